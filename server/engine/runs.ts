import { type AttemptRow, loadAttempts } from '../storage/attempts.ts'
import { accountSecretBox } from '../storage/secret-box.ts'
import { appOf } from './app-of.ts'
import { createLease, type Instant } from './lease.ts'
import type { Parts } from './parts.ts'
import { publish } from './publish.ts'
import { accountView } from './publish-context.ts'
import type { Run } from './run.ts'
import { publishingMax } from './timing.ts'

/** A delivery that was claimed or taken over a moment ago and has to be read. */
export interface Held {
  deliveryId: string
  accountId: string
  attempt: number
  takenOver: Run['takenOver']
}

/** The deliveries in work in this process. */
export interface Runs {
  /** How many more may be started. */
  free(): number
  isBusy(accountId: string): boolean
  /** Starts deliveries whose lease was asked for at `askedAt`. Their places count at once. */
  start(held: Held[], askedAt: Instant): void
  all(): Run[]
  count(): number
  /** When all have ended. */
  idle(): Promise<void>
}

/** @param onFree called when an account may be asked for its next delivery. */
export function createRuns(parts: Parts, onFree: (accountId: string) => void): Runs {
  const { ctx, timing, observer } = parts
  const running = new Map<string, Run>()
  const busy = new Map<string, number>()
  let count = 0
  let idle = Promise.withResolvers<void>()

  function begin(held: Held[]) {
    if (count === 0) idle = Promise.withResolvers()
    count += held.length
    for (const { accountId } of held) busy.set(accountId, (busy.get(accountId) ?? 0) + 1)
  }

  function end(accountId: string) {
    count--
    const left = (busy.get(accountId) ?? 1) - 1
    if (left > 0) busy.set(accountId, left)
    else busy.delete(accountId)
    if (count === 0) idle.resolve()
    if (left === 0) onFree(accountId)
  }

  async function load(held: Held[], askedAt: Instant) {
    let rows: AttemptRow[] = []
    try {
      rows = await loadAttempts(ctx.db, held)
    } catch (error) {
      // Their leases run out, and they are taken over.
      observer.trouble?.('Reading claimed deliveries failed', error)
    }
    const byId = new Map(rows.map((row) => [row.id, row]))
    for (const one of held) {
      const row = byId.get(one.deliveryId)
      if (!row) end(one.accountId)
      else void run(row, one, askedAt)
    }
  }

  async function run(row: AttemptRow, { accountId, takenOver }: Held, askedAt: Instant) {
    const network = ctx.networks.get(row.network)
    if (!network) throw new Error(`Claimed a delivery of the unknown network ${row.network}`)
    const stop = new AbortController()
    const { secret: sealed } = row
    const one: Run = {
      row,
      network,
      recovery: network.recoveryFor?.(accountView(row, network)) ?? network.recovery,
      app: appOf(ctx, row),
      secret: accountSecretBox({ db: ctx.db, vault: ctx.vault, accountId, sealed, signal: stop.signal }),
      lease: createLease(ctx.clock, askedAt, timing.leaseMs),
      takenOver,
      stop,
      isLost: false,
      budget: null,
      appBudget: null,
      answers: [],
      files: null,
    }
    running.set(row.id, one)
    try {
      await publish(parts, one)
    } catch (error) {
      observer.trouble?.('A delivery ended in a mistake of ours', error, row.id)
    } finally {
      if (running.get(row.id) === one) running.delete(row.id)
      end(accountId)
    }
  }

  idle.resolve()
  return {
    free: () => Math.max(0, publishingMax - count),
    isBusy: (accountId) => busy.has(accountId),
    start(held, askedAt) {
      if (held.length === 0) return
      begin(held)
      void load(held, askedAt)
    },
    all: () => [...running.values()],
    count: () => count,
    idle: () => idle.promise,
  }
}
