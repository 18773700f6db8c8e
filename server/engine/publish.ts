import type { Failure } from '../domain/delivery.ts'
import type { Write, WriteResult } from '../networks/network.ts'
import type { WriteRow } from '../storage/attempts.ts'
import { deadline } from './deadline.ts'
import {
  afterFailure,
  cancelled,
  failed,
  givenBack,
  held,
  parked,
  published,
  startOver,
  unapproved,
} from './endings.ts'
import { fenceWrite, maySend } from './fence.ts'
import { judge } from './judge.ts'
import { accepted, findFate, markUnknown, pendingUntil } from './look-up.ts'
import type { Parts } from './parts.ts'
import { planWrites } from './prepare.ts'
import { publishContext } from './publish-context.ts'
import {
  acceptedWrites,
  type Ending,
  hasBegun,
  Lost,
  noteAnswer,
  openWrite,
  plannedWrite,
  type Run,
  Stopping,
  storedPlan,
  writtenSoFar,
} from './run.ts'

/**
 * The life of one attempt, from the claim to its settlement: judge, prepare, then for each write: fence on disk, send,
 * note the answer; at last settle. Never throws: whatever happens ends in a record.
 */
export async function publish(parts: Parts, run: Run): Promise<void> {
  const { observer, at } = parts
  const { id } = run.row
  let ending: Ending
  try {
    ending = await attempt(parts, run)
  } catch (error) {
    ending = endingOf(parts, run, error)
  }
  try {
    await at('before-settle', id)
    await parts.settle(ending)
    await at('after-settle', id)
  } catch (error) {
    // The lease runs out and another attempt looks at what is on disk.
    observer.trouble?.('A delivery could not be settled', error, id)
  }
}

async function attempt(parts: Parts, run: Run): Promise<Ending> {
  const verdict = judge(run, parts.ctx.clock.now())
  const open = openWrite(run)
  if (open) {
    const fate = await findFate(parts, run, open)
    if (fate.fate === 'ended') return fate.ending
    if (fate.fate === 'again') {
      const plan = storedPlan(run) ?? []
      const ending = await send(parts, run, plannedWrite(run, open), open.position, plan, open)
      if (ending) return ending
    }
    // With everything out there is nothing left to judge.
    if (isAllOut(run)) return published(parts, run)
  } else if (run.takenOver && !hasBegun(run)) return startOver(parts, run)

  switch (verdict.verdict) {
    case 'hold':
      return held(run, verdict.failure)
    case 'cancel':
      return cancelled(run)
    case 'unapproved':
      return unapproved(run, verdict.message)
    case 'fail':
      return failed(run, verdict.failure)
    case 'go':
      return await writeAll(parts, run)
  }
}

const isAllOut = (run: Run) => acceptedWrites(run).length === storedPlan(run)?.length

/** Sends what is not out yet. A retry goes on after the writes that were accepted, never from the top. */
async function writeAll(parts: Parts, run: Run): Promise<Ending> {
  const planned = await planWrites(parts, run)
  await parts.at('after-prepare', run.row.id)
  if (planned.outcome === 'failed') return afterFailure(parts, run, planned.failure)
  const { plan } = planned
  for (let position = acceptedWrites(run).length; position < plan.length; position++) {
    if (parts.isStopping()) throw new Stopping()
    const ending = await send(parts, run, plan[position] as Write, position, plan)
    if (ending) return ending
  }
  return published(parts, run)
}

/** One visible mutation. @returns null when it was accepted and the next one may follow. */
async function send(
  parts: Parts,
  run: Run,
  write: Write,
  position: number,
  plan: Write[],
  again?: WriteRow,
): Promise<Ending | null> {
  const { row } = run
  const isFirst = !hasBegun(run) && row.tries === 0
  const fence = await fenceWrite(parts, run, write, position, plan, again)
  await parts.at('after-fence', row.id)
  if (!maySend(parts, run)) {
    // Certainly not sent, and said so if the delivery is still ours; a second request could be under way for a repeat.
    if (again) return parked(run, 0)
    noteAnswer(run, fence, { state: 'rejected', failure: stalled })
    return afterFailure(parts, run, stalled)
  }
  if (isFirst)
    parts.observer.sent?.({
      deliveryId: row.id,
      network: row.network,
      latenessMs: parts.ctx.clock.now().getTime() - row.dueAt.getTime(),
    })
  const sentAt = parts.ctx.clock.now()
  const result = await commit(parts, run, write)
  switch (result.outcome) {
    case 'accepted':
      noteAnswer(run, fence, accepted(result))
      await parts.at('after-accept', row.id)
      return null
    case 'pending':
      noteAnswer(run, fence, { state: 'pending', token: result.token })
      return pendingUntil(parts, run, fence, result.pollAfterMs, '')
    case 'rejected':
      noteAnswer(run, fence, { state: 'rejected', failure: result.failure })
      return afterFailure(parts, run, result.failure)
    case 'unknown': {
      const fate = await findFate(parts, run, markUnknown(parts, run, fence, sentAt))
      if (fate.fate === 'ended') return fate.ending
      if (fate.fate === 'accepted') return null
      return await send(parts, run, write, position, plan, fence)
    }
  }
}

/** The request itself, ended in time: an answer that never comes is an unknown one. */
async function commit(parts: Parts, run: Run, write: Write): Promise<WriteResult> {
  const { network, recovery } = run
  using time = deadline(recovery.writeTimeoutMs + parts.timing.answerGraceMs)
  try {
    const context = publishContext(parts, run, time.signal)
    return await time.race(network.commit(context, write, writtenSoFar(run)))
  } catch (error) {
    if (!time.signal.aborted)
      parts.observer.trouble?.(`${network.name}: publishing failed`, error, run.row.id)
    return { outcome: 'unknown', why: `${network.name} did not answer.` }
  }
}

const stalled: Failure = {
  class: 'transient',
  rule: 'stalled',
  message: 'The server stood still for a while right before sending.',
  remedy: 'Nothing to do: it is tried again.',
}

function endingOf(parts: Parts, run: Run, error: unknown): Ending {
  // Lost to somebody else: this misses the delivery, and records what is a fact all the same.
  if (error instanceof Lost || run.isLost) return parked(run, 0)
  if (error instanceof Stopping || run.stop.signal.aborted) return givenBack(parts, run)
  parts.observer.trouble?.('Publishing failed before anything was sent', error, run.row.id)
  const failure: Failure = {
    class: 'transient',
    rule: 'internal_error',
    message: `Preparing the post for ${run.network.name} failed by a mistake on our side.`,
    remedy: 'It is tried again; if it keeps failing, report it with the time and the id of this post.',
  }
  // A write may be open: then its fate is looked for, and nothing is sent blindly.
  return openWrite(run) ? parked(run, parts.timing.lookEveryMs, failure) : afterFailure(parts, run, failure)
}
