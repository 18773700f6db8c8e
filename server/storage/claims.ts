import { sql } from 'kysely'
import { type Db, plannedEachTime } from './database.ts'
import { refreshPostStatus } from './post-status.ts'
import type { AccountState } from './schema.ts'
import { uuidV7At } from './uuid-v7.ts'

/**
 * The claim: due deliveries in lanes, one lane per account. An account publishes one delivery at a time, oldest
 * first; the partial unique index deliveries_one_publishing is the backstop.
 *
 * Two clocks (answers 3.6): what is due is judged by the caller's `now`, leases by the database's own clock.
 * Nothing here waits for a lock: what another transaction holds is skipped and reported, because a claim that waits
 * behind one person's edit would delay every other account.
 *
 * `networks` are those the caller knows: while versions overlap, an older process leaves a newer one's networks alone.
 */

// ---------------------------------------------------------------- which accounts have due work

/** How far into the due rows one look goes; past that, `dueLanesAfter` makes a round of all accounts. */
export const dueRowsMax = 2_000

/**
 * The accounts of the oldest due deliveries. Index deliveries_due.
 * @returns `isComplete` false when there are more due rows than one look reads, so that other accounts may be hidden
 *   behind a long backlog of these.
 */
export async function dueLanes(
  db: Db,
  networks: string[],
  now: Date,
): Promise<{ accountIds: string[]; isComplete: boolean }> {
  const { rows } = await sql<{ accountId: string; due: number }>`
    select account_id, count(*)::int as due
    from (
      select account_id, wake_at, id from deliveries
      where state = 'scheduled' and wake_at <= ${now} and network = any (${networks}::text[])
      order by wake_at, id limit ${dueRowsMax}
    ) as oldest
    group by account_id
    order by min(wake_at)`.execute(db)
  const seen = rows.reduce((sum, row) => sum + row.due, 0)
  return { accountIds: rows.map((row) => row.accountId), isComplete: seen < dueRowsMax }
}

/** How many accounts one step of the round visits: one descent of the index each, some 5 us. */
export const laneRoundMax = 500

/**
 * The next accounts after `accountId` that have scheduled work, by hopping from lane to lane in the index
 * deliveries_lane, so that no account starves behind another's backlog.
 * @returns the due ones among them, and where to go on; null after the last.
 */
export async function dueLanesAfter(
  db: Db,
  networks: string[],
  accountId: string | null,
  now: Date,
): Promise<{ accountIds: string[]; next: string | null }> {
  const rows = await db.transaction().execute(async (tx) => {
    // Right after a large import the statistics know of few rows, and sorting what is left of the index looks cheap: that
    // makes each hop a scan of the backlog.
    await sql`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`.execute(
      tx,
    )
    const hopped = await sql<{ accountId: string; isDue: boolean }>`${sql.raw(plannedEachTime)}
    with recursive lanes as (
      (select account_id, wake_at from deliveries
       where state = 'scheduled' and network = any (${networks}::text[]) and account_id > ${accountId ?? '00000000-0000-0000-0000-000000000000'}
       order by account_id, wake_at, id limit 1)
      union all
      select next.account_id, next.wake_at
      from lanes cross join lateral (
        select account_id, wake_at from deliveries
        where state = 'scheduled' and network = any (${networks}::text[]) and account_id > lanes.account_id
        order by account_id, wake_at, id limit 1
      ) as next
    )
    select account_id, wake_at <= ${now} as is_due from lanes limit ${laneRoundMax}`.execute(tx)
    return hopped.rows
  })
  return {
    accountIds: rows.filter((row) => row.isDue).map((row) => row.accountId),
    next: rows.length < laneRoundMax ? null : (rows.at(-1)?.accountId ?? null),
  }
}

/**
 * When something will next want the engine, in milliseconds from now: the first delivery that becomes due after `now`,
 * and the first parked one to be looked at again (0 or less: now). Null when there is none.
 * Indexes deliveries_due, deliveries_one_publishing.
 */
export async function nextWakes(
  db: Db,
  networks: string[],
  now: Date,
): Promise<{ dueMs: number | null; parkedMs: number | null }> {
  const { rows } = await sql<{ wakeAt: Date | null; parkedMs: number | null }>`
    select
      (select min(wake_at) from deliveries
       where state = 'scheduled' and wake_at > ${now} and network = any (${networks}::text[])) as wake_at,
      (select extract(epoch from min(lease_until) - clock_timestamp())::float8 * 1000 from deliveries
       where state = 'publishing' and lease_owner is null and network = any (${networks}::text[])) as parked_ms`.execute(
    db,
  )
  const { wakeAt = null, parkedMs = null } = rows[0] ?? {}
  return { dueMs: wakeAt && wakeAt.getTime() - now.getTime(), parkedMs }
}

// ---------------------------------------------------------------- the claim

/** What became of one lane. An account that is missing in the answer was locked by somebody: ask again soon. */
export interface ClaimedLane {
  accountId: string
  accountState: AccountState
  accountIsActive: boolean
  accountName: string
  network: string
  /** Over budget until then. */
  blockedUntil: Date | null
  /** The app that it shares with others is. */
  appBlockedUntil: Date | null
  /** Something is due here. With `deliveryId` null it was locked by somebody: ask again soon. */
  isDue: boolean
  deliveryId: string | null
  attempt: number | null
}

/**
 * Takes the next due delivery of each of these accounts, in one statement: state `publishing`, a new attempt with its
 * row, a lease, the post's status, the log. An account that is not active, is over its budget or is publishing
 * already gives none.
 */
export async function claimLanes(
  db: Db,
  accountIds: string[],
  claim: { processId: string; networks: string[]; leaseMs: number; now: Date },
): Promise<ClaimedLane[]> {
  const { now } = claim
  const { rows } = await sql<ClaimedLane>`${sql.raw(plannedEachTime)}
    with lanes as materialized (
      select id, network, name, state, is_active,
             greatest(blocked_until, case when budget_left <= 0 then budget_resets_at end) as account_blocked_until, (
               select app_budgets.resets_at
               from app_budgets join workspaces on workspaces.mode = app_budgets.mode
               where app_budgets.network = accounts.network and app_budgets.budget_left <= 0
                 and workspaces.id = accounts.workspace_id
             ) as app_blocked_until
      from accounts where id = any (${accountIds}::uuid[])
      for no key update skip locked
    ), next as materialized (
      select lanes.id as account_id, due.id
      from lanes cross join lateral (
        select id from deliveries
        where account_id = lanes.id and state = 'scheduled' and wake_at <= ${now}
        order by wake_at, id limit 1
      ) as due
      where lanes.state = 'active' and lanes.is_active and lanes.network = any (${claim.networks}::text[])
        and coalesce(greatest(account_blocked_until, app_blocked_until) <= ${now}, true)
        and not exists (select from deliveries where account_id = lanes.id and state = 'publishing')
    ), picked as materialized (
      select deliveries.id, post_id
      from deliveries join posts on posts.id = deliveries.post_id
      where deliveries.id in (select id from next)
        and deliveries.state = 'scheduled' and deliveries.wake_at <= ${now}
      for update of deliveries skip locked
      for no key update of posts skip locked
    ), claimed as (
      update deliveries
      set state = 'publishing', attempt = attempt + 1, fenced = false, lease_owner = ${claim.processId},
          lease_until = clock_timestamp() + ${claim.leaseMs} * interval '1 ms', updated_at = ${now}
      from picked where deliveries.id = picked.id
      returning deliveries.id, workspace_id, deliveries.post_id, account_id, network, attempt
    ), shown as (
      update posts set status = 'publishing', updated_at = ${now}
      where id in (select post_id from claimed) and status <> 'publishing'
    ), attempted as (
      insert into attempts (id, workspace_id, delivery_id, network, number, process_id, started_at)
      select ${uuidV7At(now)}, workspace_id, id, network, attempt, ${claim.processId}, ${now} from claimed
    ), logged as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, detail, created_at)
      select ${uuidV7At(now)}, workspace_id, post_id, id, 'publish_attempt',
             -- The how-manieth it is, for people: the column moves on with every change, too.
             jsonb_build_object('attempt', 1 + (select count(*) from attempts where delivery_id = claimed.id)), ${now}
      from claimed
    )
    select lanes.id as account_id, lanes.state as account_state, lanes.is_active as account_is_active,
           lanes.name as account_name, lanes.network, lanes.account_blocked_until as blocked_until, lanes.app_blocked_until,
           next.id is not null as is_due, claimed.id as delivery_id, claimed.attempt
    from lanes
    left join next on next.account_id = lanes.id
    left join claimed on claimed.account_id = lanes.id`.execute(db)
  return rows
}

// ---------------------------------------------------------------- lanes that cannot publish now

/**
 * The account is over its budget: what is due waits until then, without using a try. The rows wake a millisecond
 * apart, so that the lane keeps its order. Index deliveries_lane.
 */
export async function snoozeLane(db: Db, accountId: string, until: Date, now: Date): Promise<void> {
  await sql`
    with due as (
      select id, wake_at from deliveries
      where account_id = ${accountId} and state = 'scheduled' and wake_at <= ${now}
      for update skip locked
    ), placed as (
      select id, row_number() over (order by wake_at, id) as place from due
    )
    update deliveries set wake_at = ${until}::timestamptz + placed.place * interval '1 ms', updated_at = ${now}
    from placed where deliveries.id = placed.id`.execute(db)
}

/**
 * The account cannot publish until a person acts: what is due is held, see `resumeHeld`. The failure says why; the
 * post's status stays `scheduled`, which both states give it. Index deliveries_lane.
 */
export async function holdLane(
  db: Db,
  accountId: string,
  failure: { rule: string; message: string; remedy: string; class: string },
  now: Date,
): Promise<void> {
  await sql`
    with due as (
      select id from deliveries where account_id = ${accountId} and state = 'scheduled' and wake_at <= ${now}
      for update skip locked
    ), held as (
      update deliveries set state = 'held', failure = ${JSON.stringify(failure)}::jsonb, updated_at = ${now}
      from due where deliveries.id = due.id
      returning deliveries.id, workspace_id, post_id
    )
    insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, created_at)
    select ${uuidV7At(now)}, workspace_id, post_id, id, 'held', ${failure.message}, ${now} from held`.execute(
    db,
  )
}

/** The account was disconnected: what is due there goes nowhere. Posts whose last delivery this was are settled by it. */
export async function cancelLane(tx: Db, accountId: string, now: Date): Promise<string[]> {
  const { rows } = await sql<{ postId: string }>`
    with due as (
      select deliveries.id, post_id
      from deliveries join posts on posts.id = deliveries.post_id
      where account_id = ${accountId} and state = 'scheduled' and wake_at <= ${now}
      for update of deliveries skip locked
      for no key update of posts skip locked
    )
    update deliveries set state = 'cancelled', updated_at = ${now}
    from due where deliveries.id = due.id
    returning deliveries.post_id`.execute(tx)
  const postIds = [...new Set(rows.map((row) => row.postId))]
  await refreshPostStatus(tx, postIds, now)
  return postIds
}
