import type { Failure } from '../domain/delivery.ts'
import type { Json, Lookup, Recovery, Write, WriteResult } from '../networks/network.ts'
import type { WriteRow } from '../storage/attempts.ts'
import { deadline } from './deadline.ts'
import { afterFailure, parked, uncertain } from './endings.ts'
import { accountFailure } from './judge.ts'
import type { Parts } from './parts.ts'
import { publishContext } from './publish-context.ts'
import { nextTryMs, triesMax } from './retry-policy.ts'
import { type Ending, noteAnswer, plannedWrite, type Run, writtenSoFar } from './run.ts'

/** What is to be done about a write whose fate was open. */
export type Fate =
  | { fate: 'accepted' }
  /** Send the same write again, with the same key. */
  | { fate: 'again' }
  | { fate: 'ended'; ending: Ending }

const ended = (ending: Ending): Fate => ({ fate: 'ended', ending })

/** Goes on with a write that was fenced and not settled: by this process a moment ago, or by one that is gone. */
export async function findFate(parts: Parts, run: Run, row: WriteRow): Promise<Fate> {
  if (row.state === 'pending') return await poll(parts, run, row)
  return await lookUp(parts, run, row.state === 'open' ? markUnknown(parts, run, row) : row)
}

/**
 * From now on the fate of this write is open. Absence may be proven from the moment on when its request must be over
 * and what it did must show: the request's timeout after first seeing the fence, but not before the lease of a process
 * that may still be alive has ended, and then the network's settle time (answers 3.2).
 * @param sentAt when this process sent it; without, another one did or may have.
 */
export function markUnknown({ ctx }: Parts, run: Run, row: WriteRow, sentAt?: Date): WriteRow {
  const now = ctx.clock.now().getTime()
  const { writeTimeoutMs, settleMs } = run.recovery
  const requestOverAt = sentAt
    ? Math.max(now, sentAt.getTime() + writeTimeoutMs)
    : now + Math.max(writeTimeoutMs, run.takenOver?.oldLeaseMs ?? 0)
  return noteAnswer(run, row, {
    state: 'unknown',
    conclusiveAt: new Date(requestOverAt + settleMs),
    looks: 0,
  })
}

// ---------------------------------------------------------------- lost answers

/**
 * Looks at the network for a write that may have happened. Good news counts at once. Absence counts when it was proven
 * twice apart, after the request was over. When the network cannot tell: within `repeatableMs` the same write with
 * the same key does no harm; else a person must look. Never a blind retry.
 */
async function lookUp(parts: Parts, run: Run, row: WriteRow): Promise<Fate> {
  const { ctx, timing } = parts
  const locked = accountFailure(run.row)
  const found: Lookup = locked
    ? { outcome: 'unknown', why: locked.message }
    : await askNetwork(parts, run, row)
  if (found.outcome === 'published') {
    noteAnswer(run, row, accepted(found))
    return { fate: 'accepted' }
  }
  const now = ctx.clock.now().getTime()
  const untilConclusiveMs = (row.conclusiveAt?.getTime() ?? now) - now
  if (untilConclusiveMs > 0) {
    noteAnswer(run, row, { state: 'unknown' })
    return ended(parked(run, Math.min(untilConclusiveMs, timing.lookEveryMs), lostAnswer(run)))
  }
  if (found.outcome === 'absent') return absent(parts, run, row, now)
  const fencedForMs = now - row.fencedAt.getTime()
  if (locked && run.row.accountState !== 'disconnected' && fencedForMs < run.row.latenessHours * 3_600_000)
    return ended(parked(run, timing.lockedLookMs, locked))
  if (!locked && fencedForMs + run.recovery.writeTimeoutMs < repeatableMs(run.recovery, row)) {
    run.row.tries++
    if (run.row.tries < triesMax) return { fate: 'again' }
  }
  return nobodyKnows(parts, run, row, found.why)
}

const repeatableMs = ({ repeatableMs, repeatableKinds }: Recovery, { kind }: WriteRow) =>
  repeatableKinds?.includes(kind as Write['kind']) === false ? 0 : repeatableMs

function absent(parts: Parts, run: Run, row: WriteRow, now: number): Fate {
  const { timing } = parts
  const absentForMs = row.absentAt ? now - row.absentAt.getTime() : null
  const apartMs = Math.max(timing.absentTwiceMs, run.recovery.settleMs)
  if (absentForMs === null) {
    noteAnswer(run, row, { state: 'unknown', absentAt: new Date(now) })
    return ended(parked(run, apartMs, lostAnswer(run)))
  }
  if (absentForMs < apartMs) return ended(parked(run, apartMs - absentForMs, lostAnswer(run)))
  noteAnswer(run, row, { state: 'absent' })
  return ended(afterFailure(parts, run, lostAnswer(run)))
}

/** The network cannot tell, now or ever. It is asked a few times more, because it may only be away for a moment. */
function nobodyKnows({ timing }: Parts, run: Run, row: WriteRow, why: string): Fate {
  const looks = row.looks + 1
  noteAnswer(run, row, { state: 'unknown', looks })
  if (looks >= timing.looksMax) return ended(uncertain(run, why))
  return ended(parked(run, timing.lookAgainMs * 3 ** (looks - 1), lostAnswer(run)))
}

async function askNetwork(parts: Parts, run: Run, row: WriteRow): Promise<Lookup> {
  using time = deadline(lookMsMax)
  try {
    return await time.race(
      run.network.lookup(
        publishContext(parts, run, time.signal),
        plannedWrite(run, row),
        writtenSoFar(run).slice(0, row.position),
        row.fencedAt,
      ),
    )
  } catch (error) {
    if (!time.signal.aborted)
      parts.observer.trouble?.(`${run.network.name}: lookup failed`, error, run.row.id)
    return { outcome: 'unknown', why: `${run.network.name} could not be asked whether it happened.` }
  }
}

/** A lookup or a poll, with a refresh of the token and a few pages of a list. */
const lookMsMax = 60_000

const lostAnswer = (run: Run): Failure => ({
  class: 'transient',
  rule: 'answer_lost',
  message: `The connection to ${run.network.name} broke before it said whether the post was accepted.`,
  remedy: 'Nothing to do: it is looked up at the network before anything is sent again.',
})

export const accepted = (result: { externalId: string; url: string | null; data?: Json }) =>
  ({ state: 'accepted', externalId: result.externalId, url: result.url, data: result.data ?? null }) as const

// ---------------------------------------------------------------- pending writes

/** Asks once whether a write that the network finishes later is done. */
async function poll(parts: Parts, run: Run, row: WriteRow): Promise<Fate> {
  using time = deadline(lookMsMax)
  const ctx = publishContext(parts, run, time.signal)
  let result: WriteResult
  try {
    if (!run.network.poll) throw new Error(`${run.network.id} answers "pending" and has no poll`)
    result = await time.race(run.network.poll(ctx, plannedWrite(run, row), row.token))
  } catch (error) {
    if (!time.signal.aborted) parts.observer.trouble?.(`${run.network.name}: poll failed`, error, run.row.id)
    result = { outcome: 'unknown', why: `${run.network.name} could not be asked whether it is done.` }
  }
  switch (result.outcome) {
    case 'accepted':
      noteAnswer(run, row, accepted(result))
      return { fate: 'accepted' }
    case 'rejected':
      noteAnswer(run, row, { state: 'rejected', failure: result.failure })
      return ended(afterFailure(parts, run, result.failure))
    case 'pending':
      noteAnswer(run, row, { state: 'pending', token: result.token, looks: 0 })
      return ended(pendingUntil(parts, run, row, result.pollAfterMs, 'It takes longer than a day.'))
    case 'unknown': {
      const looks = row.looks + 1
      noteAnswer(run, row, { state: 'pending', looks })
      const waitMs = nextTryMs(Math.min(looks, triesMax - 1), undefined, parts.random()) ?? 0
      return ended(pendingUntil(parts, run, row, waitMs, result.why))
    }
  }
}

/** Parks a pending write until its next poll, within bounds; past the last one a person must look. */
export function pendingUntil(
  { ctx, timing }: Parts,
  run: Run,
  row: WriteRow,
  waitMs: number,
  why: string,
): Ending {
  if (ctx.clock.now().getTime() - row.fencedAt.getTime() > timing.pendingMsMax) return uncertain(run, why)
  return parked(run, Math.min(Math.max(waitMs, timing.pollMsMin), timing.pollMsMax))
}
