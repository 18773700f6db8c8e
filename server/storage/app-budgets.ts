import { sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { WorkspaceMode } from './schema.ts'

/**
 * Budgets that all accounts of a developer app share at a network: the operator's one app in live workspaces, the
 * sandbox's in the others. Advice, not a ledger: it is told by answers, and the network refuses in any case.
 */
export interface ToldBudget {
  network: string
  mode: WorkspaceMode
  clientId: string
  /** The account that used some of it, if one did: a refusal uses nothing. */
  usedBy: string | null
  left: number
  /** Of how many; null where the network does not say. */
  limit: number | null
  resetsAt: Date
}

/** Two answers that put the reset so close to each other speak of the same window, in which the lower number holds. */
const sameWindowMs = 2_000

/** Keeps what answers told, for the claims of every process. @param told the later one wins, or the lower of one window. */
export async function recordAppBudgets(db: Db, told: ToldBudget[]): Promise<void> {
  const latest = new Map<string, ToldBudget>()
  for (const one of told) {
    const key = `${one.network} ${one.mode}`
    const other = latest.get(key)
    const left = other && isSameWindow(one, other) ? Math.min(one.left, other.left) : one.left
    latest.set(key, { ...one, left, usedBy: one.usedBy ?? other?.usedBy ?? null })
  }
  if (latest.size === 0) return
  await sql`
    insert into app_budgets (network, mode, client_id, budget_left, budget_limit, resets_at, last_account_id)
    select network, mode, "clientId", "left", "limit", "resetsAt", "usedBy"
    from json_to_recordset(${json([...latest.values()])}::json) as told (
      network text, mode workspace_mode, "clientId" text, "usedBy" uuid, "left" int, "limit" int, "resetsAt" timestamptz)
    order by network, mode
    on conflict (network, mode) do update
    set client_id = excluded.client_id, budget_limit = excluded.budget_limit, resets_at = excluded.resets_at,
        last_account_id = coalesce(excluded.last_account_id, app_budgets.last_account_id),
        budget_left = case
          when app_budgets.client_id = excluded.client_id
            and abs(extract(epoch from app_budgets.resets_at - excluded.resets_at)) * 1000 < ${sameWindowMs}
          then least(app_budgets.budget_left, excluded.budget_left)
          else excluded.budget_left end`.execute(db)
}

const isSameWindow = (one: ToldBudget, other: ToldBudget) =>
  Math.abs(one.resetsAt.getTime() - other.resetsAt.getTime()) < sameWindowMs

/** What was said of an app that is not set up any more. @param clientIds by network, of live workspaces. */
export async function forgetOtherApps(db: Db, clientIds: Record<string, string>): Promise<void> {
  await sql`
    delete from app_budgets
    where mode = 'live' and client_id is distinct from (${json(clientIds)}::jsonb ->> network)`.execute(db)
}

/** What is left to apps until when, of those windows that have not ended. */
export async function openAppBudgets(
  db: Db,
  now: Date,
): Promise<Pick<ToldBudget, 'network' | 'mode' | 'left' | 'limit' | 'resetsAt'>[]> {
  return await db
    .selectFrom('appBudgets')
    .select(['network', 'mode', 'budgetLeft as left', 'budgetLimit as limit', 'resetsAt'])
    .where('resetsAt', '>', now)
    .execute()
}

/** One statement's share of a backlog: more wakes up again at once, and is put off by the next. */
const putOffMax = 5_000

/**
 * The app of this account is over its budget: what is due for any of its accounts waits until then, without using a
 * try. They wake a millisecond apart in rounds, every account once in each, and the first round goes on after the
 * account that used the last of the budget: so all advance alike, however little each window gives.
 * Indexes deliveries_due, deliveries_lane.
 */
export async function snoozeApp(db: Db, accountId: string, until: Date, now: Date): Promise<void> {
  await sql`
    with app as (
      select app_budgets.network, app_budgets.mode, app_budgets.last_account_id
      from accounts
      join workspaces on workspaces.id = accounts.workspace_id
      join app_budgets on app_budgets.network = accounts.network and app_budgets.mode = workspaces.mode
      where accounts.id = ${accountId}
    ), due as (
      select deliveries.id, deliveries.account_id, deliveries.wake_at, app.last_account_id
      from app
      join deliveries on deliveries.network = app.network
      join workspaces on workspaces.id = deliveries.workspace_id and workspaces.mode = app.mode
      where deliveries.state = 'scheduled' and deliveries.wake_at <= ${now}
      order by deliveries.wake_at, deliveries.id limit ${putOffMax}
      for update of deliveries skip locked
    ), turns as (
      select id, account_id, last_account_id, row_number() over (partition by account_id order by wake_at, id) as turn
      from due
    ), placed as (
      select id, row_number() over (order by turn, account_id <= last_account_id nulls first, account_id, id) as place from turns
    )
    update deliveries set wake_at = ${until}::timestamptz + placed.place * interval '1 ms', updated_at = ${now}
    from placed where deliveries.id = placed.id`.execute(db)
}
