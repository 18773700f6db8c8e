import type { Failure } from '../domain/delivery.ts'
import type { Settlement } from '../storage/settlements.ts'
import { firstMetricsMs } from './metrics-schedule.ts'
import type { Parts } from './parts.ts'
import { nextTryMs, rateLimitMs, triesMax } from './retry-policy.ts'
import { acceptedWrites, type Ending, hasBegun, type Run } from './run.ts'

type Change = Partial<Omit<Settlement, 'deliveryId' | 'attempt' | 'postId' | 'state' | 'answers'>>

const ending = (run: Run, state: Settlement['state'], change: Change): Ending => ({
  run,
  expire: null,
  blockedUntil: null,
  settlement: {
    deliveryId: run.row.id,
    attempt: run.row.attempt,
    postId: run.row.postId,
    state,
    wakeAt: null,
    parkedMs: null,
    tries: run.row.tries,
    failure: null,
    published: null,
    outcome: null,
    log: null,
    answers: run.answers,
    ...change,
  },
})

/** Everything is out. The first write is the post; replies and comments hang on it. */
export function published({ ctx }: Parts, run: Run): Ending {
  const root = acceptedWrites(run)[0]
  const now = ctx.clock.now()
  return ending(run, 'published', {
    tries: run.row.tries,
    published: {
      externalId: root?.externalId ?? null,
      url: root?.url ?? null,
      data: root?.data ?? null,
      at: now,
      metricsAt: run.network.metrics ? new Date(now.getTime() + firstMetricsMs) : null,
    },
    outcome: 'published',
    log: { action: 'publish_success', message: null, detail: { url: root?.url ?? null } },
  })
}

/**
 * A write or the preparation did not work, and certainly nothing more became visible by it. The class decides
 * (domain/delivery.ts). What has begun to be visible stays `publishing`, parked, until it is finished or given up.
 */
export function afterFailure(parts: Parts, run: Run, failure: Failure): Ending {
  switch (failure.class) {
    case 'transient':
      return retry(parts, run, failure)
    case 'rate_limited':
      return snooze(parts, run, failure)
    case 'reconnect':
      return {
        ...held(run, failure),
        expire: { failure, ifRenewed: retry(parts, run, failure).settlement },
      }
    case 'permanent':
    case 'administrator':
      return failed(run, failure)
  }
}

function retry({ ctx, random }: Parts, run: Run, failure: Failure): Ending {
  const tries = run.row.tries + 1
  const waitMs = nextTryMs(tries, failure.retryAfterMs, random())
  if (waitMs === null) return failed(run, { ...failure, message: gaveUp(failure.message) })
  return waiting(run, new Date(ctx.clock.now().getTime() + waitMs), waitMs, {
    tries,
    failure,
    outcome: 'retry',
    log: {
      action: 'retry_scheduled',
      message: failure.message,
      detail: { waitMs, tries, rule: failure.rule },
    },
  })
}

const gaveUp = (message: string) => `Given up after ${triesMax} tries. ${message}`

function snooze({ ctx }: Parts, run: Run, failure: Failure): Ending {
  const waitMs = rateLimitMs(failure.retryAfterMs)
  const until = new Date(ctx.clock.now().getTime() + waitMs)
  return {
    ...waiting(run, until, waitMs, {
      failure,
      outcome: 'held',
      log: { action: 'held', message: failure.message, detail: { waitMs, rule: failure.rule } },
    }),
    blockedUntil: until,
  }
}

/** Back to scheduled; or parked, when a part of it is out: that must not be edited or cancelled any more. */
const waiting = (run: Run, wakeAt: Date, waitMs: number, change: Change): Ending =>
  hasAccepted(run)
    ? ending(run, 'publishing', { ...change, wakeAt, parkedMs: waitMs, outcome: null })
    : ending(run, 'scheduled', { ...change, wakeAt })

const hasAccepted = (run: Run) => acceptedWrites(run).length > 0

/** Until a person has acted on the account; `resumeHeld` brings it back. */
export const held = (run: Run, failure: Failure): Ending =>
  ending(run, 'held', {
    failure,
    outcome: 'held',
    log: { action: 'held', message: failure.message, detail: { rule: failure.rule } },
  })

export function failed(run: Run, failure: Failure): Ending {
  const out = acceptedWrites(run)
  const message =
    out.length === 0
      ? failure.message
      : `Only the first ${out.length} of its parts went out. ${failure.message}`
  return {
    ...ending(run, 'failed', {
      failure: { ...failure, message },
      outcome: 'failed',
      log: { action: 'publish_failure', message, detail: { rule: failure.rule, remedy: failure.remedy } },
      // Where the first part can be seen.
      ...(out[0] && {
        published: {
          externalId: out[0].externalId,
          url: out[0].url,
          data: out[0].data,
          at: null,
          metricsAt: null,
        },
      }),
    }),
  }
}

/** Its account was disconnected before it was all out. */
export const cancelled = (run: Run): Ending =>
  ending(run, 'cancelled', {
    outcome: 'yielded',
    log: { action: 'publish_failure', message: 'The account was disconnected.', detail: {} },
  })

/** Its approval is missing: nothing goes out, and the post is a draft again with its time kept (answers 1.2). */
export const unapproved = (run: Run, message: string): Ending =>
  ending(run, 'draft', {
    outcome: 'yielded',
    log: { action: 'held', message: `Not published. ${message}`, detail: { rule: 'approval_required' } },
  })

/** Nobody can tell whether a write happened: a person looks. */
export const uncertain = (run: Run, why: string): Ending =>
  ending(run, 'uncertain', {
    failure: {
      class: 'permanent',
      rule: 'uncertain',
      message: `${run.network.name} was asked to publish this and the answer was lost. ${why}`,
      remedy: 'Look at the account: say that it is live, or have it sent again.',
    },
    outcome: 'uncertain',
    log: { action: 'uncertain', message: why, detail: {} },
  })

/** Fenced and not settled: any engine looks at it again after `parkedMs`. */
export const parked = (run: Run, parkedMs: number, failure: Failure | null = null): Ending =>
  ending(run, 'publishing', { parkedMs, failure })

/** The engine stops before anything was visible: the next engine takes it at once. */
export const givenBack = ({ ctx }: Parts, run: Run): Ending =>
  hasBegun(run)
    ? ending(run, 'publishing', { parkedMs: 0 })
    : ending(run, 'scheduled', { wakeAt: ctx.clock.now(), outcome: 'yielded' })

/**
 * The process that had it died before anything was visible. Once that happens to anyone; a post that ends process
 * after process waits longer each time, and is given up like any other.
 */
export function startOver(parts: Parts, run: Run): Ending {
  const failure: Failure = {
    class: 'transient',
    rule: 'interrupted',
    message: 'The server ended while it was preparing this post.',
    remedy: 'Nothing to do: it is tried again.',
  }
  if (run.row.tries > 0) return retry(parts, run, failure)
  return ending(run, 'scheduled', { wakeAt: parts.ctx.clock.now(), tries: 1, outcome: 'retry' })
}
