import { setTimeout as pause } from 'node:timers/promises'
import type { Write } from '../networks/network.ts'
import type { WriteRow } from '../storage/attempts.ts'
import { type Fence, type FenceVerdict, fenceWrites } from '../storage/fences.ts'
import type { Json } from '../storage/json.ts'
import { createBatch } from './batch.ts'
import type { EngineContext } from './engine-context.ts'
import { instantOf } from './lease.ts'
import type { EngineObserver } from './observer.ts'
import type { Parts } from './parts.ts'
import { Lost, type Run } from './run.ts'
import { recordBatchMax } from './timing.ts'

/** The fence collector: "about to send" of many deliveries in one commit. */
export function createFence(
  ctx: EngineContext,
  processId: string,
  patienceMs: number,
  observer: EngineObserver,
) {
  return createBatch<Fence, FenceVerdict>({
    sizeMax: recordBatchMax,
    patienceMs,
    onTrouble: (error) => observer.trouble?.('Fencing writes failed', error),
    flush: async (fences) => {
      const verdicts = await fenceWrites(ctx.db, fences, { processId, now: ctx.clock.now() })
      return fences.map((fence) => verdicts.get(fence.deliveryId) ?? 'lost')
    },
  }).add
}

/** How long a fence waits for somebody who holds the delivery's row; an edit takes milliseconds. */
const lockedWaitMs = 10

/**
 * Puts "about to send" on disk and makes sure that it may be sent now: the lease must outlast the request, by the
 * larger of monotonic and wall time, so that a process that stalled and woke up after a take-over never sends.
 * @param again the row of the same write, when it is sent once more with the same key.
 * @throws Lost when the delivery was edited, cancelled or taken over.
 */
export async function fenceWrite(
  parts: Parts,
  run: Run,
  write: Write,
  position: number,
  plan: Write[],
  again?: WriteRow,
): Promise<WriteRow> {
  const { ctx, timing } = parts
  const leaseMs = run.recovery.writeTimeoutMs + timing.answerGraceMs + timing.leaseMs
  const fence: Fence = {
    deliveryId: run.row.id,
    attempt: run.row.attempt,
    writeId: again?.id ?? ctx.newId(),
    position,
    kind: write.kind,
    key: write.key,
    leaseMs,
    plan: plan as unknown as Json,
    answered: answerBefore(run),
  }
  const fencedAt = again?.fencedAt ?? ctx.clock.now()
  for (;;) {
    const askedAt = instantOf(ctx.clock)
    const verdict = await parts.fence(fence)
    if (verdict === 'fenced') {
      run.lease.extend(askedAt, leaseMs)
      break
    }
    if (verdict === 'lost' || run.lease.leftMs() <= 0) {
      run.isLost = true
      throw new Lost(run.row.id)
    }
    await pause(lockedWaitMs)
  }
  run.answers = []
  run.row.checkpoint.plan = plan as unknown as Json
  const row: WriteRow = {
    ...emptyWrite,
    id: fence.writeId,
    attempt: run.row.attempt,
    position,
    kind: write.kind,
    key: write.key,
    fencedAt,
  }
  run.row.writes = [...run.row.writes.filter((other) => other.position !== position), row]
  return row
}

const emptyWrite = {
  state: 'open' as const,
  externalId: null,
  url: null,
  data: null,
  token: null,
  failure: null,
  conclusiveAt: null,
  absentAt: null,
  looks: 0,
}

/** The answer to the write before, which is recorded along with the fence. */
function answerBefore(run: Run): Fence['answered'] {
  const [answer] = run.answers
  if (!answer) return null
  if (run.answers.length > 1 || answer.state !== 'accepted' || !answer.externalId)
    throw new Error(`Delivery ${run.row.id} goes on after a write that was not accepted`)
  const { writeId, externalId, url = null, data = null } = answer
  return { writeId, externalId, url, data }
}

/** Asked right before sending: does the lease outlast the request? */
export const maySend = ({ timing }: Parts, run: Run): boolean =>
  !run.isLost && run.lease.leftMs() > run.recovery.writeTimeoutMs + timing.answerGraceMs
