import type { Limits } from '../domain/limits.ts'
import type { AccountView, Json, Network, PublishContext } from '../networks/network.ts'
import type { AttemptRow } from '../storage/attempts.ts'
import type { Parts } from './parts.ts'
import { Lost, type Run } from './run.ts'

/** What a network gets to act for the account of this delivery. @param signal ends the work of this call. */
export function publishContext(parts: Parts, run: Run, signal: AbortSignal): PublishContext {
  const { ctx } = parts
  const { row, network } = run
  return {
    http: ctx.http,
    origin: (role) => ctx.origins(network, row.mode, row.accountSettings, role),
    account: accountView(row, network),
    secret: run.secret,
    app: run.app,
    now: () => ctx.clock.now(),
    signal,
    media: run.files ?? [],
    step: (name, work, options) => step(parts, run, name, work, options),
    budget: (left, resetsAt) => {
      run.budget = { left, resetsAt }
    },
    appBudget: (told) => {
      run.appBudget = told
    },
  }
}

export const accountView = (row: AttemptRow, network: Network): AccountView => ({
  id: row.accountId,
  externalId: row.accountExternalId,
  name: row.accountName,
  handle: row.accountHandle,
  settings: row.accountSettings,
  limits: accountLimits(row, network),
})

/** The account's own limits where its server told some, else the network's. */
export const accountLimits = (row: AttemptRow, network: Network): Limits =>
  (row.accountLimits as Limits | null) ?? network.limits

/** A finished step is on disk before its result is used, so that no crash repeats it. */
async function step<T extends Json>(
  parts: Parts,
  run: Run,
  name: string,
  work: () => Promise<T>,
  { validMs }: { validMs?: number } = {},
): Promise<T> {
  const { ctx } = parts
  const finished = run.row.checkpoint.steps?.[name]
  if (finished && !isStale(finished, ctx.clock.now())) return finished.value as T
  run.stop.signal.throwIfAborted()
  const value = await work()
  const at = ctx.clock.now()
  const until = validMs === undefined ? null : new Date(at.getTime() + validMs).toISOString()
  const isOurs = await parts.checkpoint({
    deliveryId: run.row.id,
    attempt: run.row.attempt,
    name,
    value,
    at: at.toISOString(),
    until,
  })
  if (!isOurs) {
    run.isLost = true
    throw new Lost(run.row.id)
  }
  run.row.checkpoint.steps = { ...run.row.checkpoint.steps, [name]: { value, at: at.toISOString(), until } }
  await parts.at('during-prepare', run.row.id)
  return value
}

export const isStale = (step: { until?: string | null }, now: Date): boolean =>
  step.until != null && new Date(step.until) <= now
