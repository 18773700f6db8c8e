import { sql } from 'kysely'
import type { DeliveryState, Failure } from '../domain/delivery.ts'
import { type Db, plannedEachTime } from './database.ts'
import { type Json, json } from './json.ts'
import { refreshPostStatus } from './post-status.ts'
import { uuidV7At } from './uuid-v7.ts'

/** What one attempt came to. Recorded only while the attempt is still the current one and its owner this process. */
export interface Settlement {
  deliveryId: string
  attempt: number
  postId: string
  /** `publishing` parks the delivery: nobody owns it until `parkedMs` have passed, then any engine goes on with it. */
  state: DeliveryState
  /** For `scheduled`: when the engine looks again. */
  wakeAt: Date | null
  parkedMs: number | null
  tries: number
  failure: Failure | null
  /** What is visible: the whole, or, with `at` null, the part of a failed thread that went out. */
  published: {
    externalId: string | null
    url: string | null
    data: Json
    at: Date | null
    metricsAt: Date | null
  } | null
  /** Of the attempt's row; null leaves it open (parked). */
  outcome: 'published' | 'retry' | 'held' | 'failed' | 'uncertain' | 'yielded' | null
  log: { action: string; message: string | null; detail: Record<string, Json> } | null
  answers: WriteAnswer[]
}

/** What became known of one write. */
export interface WriteAnswer {
  writeId: string
  state: 'accepted' | 'pending' | 'rejected' | 'absent' | 'unknown'
  externalId?: string | null
  url?: string | null
  data?: Json
  token?: Json
  failure?: Failure | null
  conclusiveAt?: Date | null
  absentAt?: Date | null
  looks?: number
}

/**
 * Records settlements, many at once. Run it in a transaction, after the accounts' changes and before events.
 *
 * Lock order, for everyone who changes deliveries: accounts, then posts in id order, then deliveries. Claims and fences
 * skip what is locked, so they cannot take part in a deadlock.
 *
 * That a write was accepted is a fact and is recorded even when the attempt is no longer current: whoever took the
 * delivery over needs no lookup then.
 * @returns the deliveries that were settled; the others had been edited, cancelled or taken over meanwhile.
 */
export async function recordSettlements(
  tx: Db,
  settlements: Settlement[],
  { processId, now }: { processId: string; now: Date },
): Promise<Set<string>> {
  const postIds = [...new Set(settlements.map((settlement) => settlement.postId))]
  await sql`${sql.raw(plannedEachTime)} select id from posts where id = any (${postIds}::uuid[]) order by id for no key update`.execute(
    tx,
  )
  const given = settlements.map(({ published, log, answers: _, ...settlement }) => ({
    ...settlement,
    externalId: published?.externalId,
    url: published?.url,
    data: published?.data,
    publishedAt: published?.at,
    metricsAt: published?.metricsAt,
    action: log?.action,
    message: log?.message,
    detail: log?.detail,
  }))
  const answers = settlements.flatMap(({ deliveryId, attempt, answers }) =>
    answers.map((answer) => ({ deliveryId, attempt, ...answer })),
  )
  const { rows } = await sql<{ id: string }>`
    with given as materialized (
      select * from json_to_recordset(${json(given)}::json) as given (
        "deliveryId" uuid, attempt int, state delivery_state, "wakeAt" timestamptz, "parkedMs" float8, tries int,
        failure jsonb, "externalId" text, url text, data jsonb, "publishedAt" timestamptz, "metricsAt" timestamptz,
        outcome text, action text, message text, detail jsonb)
    ), held as materialized (
      select deliveries.id
      from deliveries join given on given."deliveryId" = deliveries.id and given.attempt = deliveries.attempt
      where deliveries.state = 'publishing' and lease_owner = ${processId}
      order by deliveries.id for update of deliveries
    ), settled as (
      update deliveries
      set state = given.state, tries = given.tries, failure = given.failure, updated_at = ${now},
          wake_at = coalesce(given."wakeAt", wake_at),
          lease_owner = null,
          lease_until = case when given.state = 'publishing'
                        then clock_timestamp() + given."parkedMs" * interval '1 ms' end,
          external_id = coalesce(given."externalId", external_id), url = coalesce(given.url, deliveries.url),
          published_data = coalesce(given.data, published_data),
          published_at = coalesce(given."publishedAt", published_at),
          metrics_at = coalesce(given."metricsAt", metrics_at),
          checkpoint = case when given.state = 'published' then '{}'::jsonb else checkpoint end
      from held join given on given."deliveryId" = held.id
      where deliveries.id = held.id
      returning deliveries.id, workspace_id, post_id
    ), finished as (
      update attempts set finished_at = ${now}, outcome = given.outcome, failure = given.failure
      from settled join given on given."deliveryId" = settled.id
      where attempts.delivery_id = settled.id and attempts.number = given.attempt
        and attempts.finished_at is null and given.outcome is not null
    ), answers as materialized (
      select * from json_to_recordset(${json(answers)}::json) as answers (
        "deliveryId" uuid, attempt int, "writeId" uuid, state write_state, "externalId" text, url text, data jsonb,
        token jsonb, failure jsonb, "conclusiveAt" timestamptz, "absentAt" timestamptz, looks int)
    ), answered as (
      update writes
      set state = answers.state, answered_at = ${now}, external_id = answers."externalId", url = answers.url,
          data = answers.data, token = coalesce(answers.token, writes.token), failure = answers.failure,
          conclusive_at = coalesce(answers."conclusiveAt", conclusive_at),
          absent_at = coalesce(answers."absentAt", absent_at), looks = coalesce(answers.looks, writes.looks)
      from settled join answers on answers."deliveryId" = settled.id
      where writes.id = answers."writeId" and writes.state in ('open', 'pending', 'unknown')
        and (answers.state = 'accepted' or writes.attempt <= answers.attempt)
    ), logged as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, detail, created_at)
      select ${uuidV7At(now)}, settled.workspace_id, settled.post_id, settled.id, given.action, given.message,
             coalesce(given.detail, '{}'), ${now}
      from settled join given on given."deliveryId" = settled.id
      where given.action is not null
    )
    select id from settled`.execute(tx)
  const settled = new Set(rows.map((row) => row.id))
  const lost = settlements.filter(({ deliveryId }) => !settled.has(deliveryId))
  if (lost.length > 0) await recordFacts(tx, lost, now)
  const changed = settlements.filter(
    ({ deliveryId, state }) => settled.has(deliveryId) && state !== 'publishing',
  )
  await refreshPostStatus(tx, [...new Set(changed.map((settlement) => settlement.postId))], now)
  return settled
}

/**
 * What is true although the delivery is no longer ours: its attempt is over, and a write that was accepted was
 * accepted, unless somebody has settled its fate already.
 */
async function recordFacts(tx: Db, lost: Settlement[], now: Date): Promise<void> {
  const accepted = lost.flatMap(({ answers }) => answers.filter(({ state }) => state === 'accepted'))
  const attempts = lost.map(({ deliveryId, attempt }) => ({ deliveryId, attempt }))
  await sql`
    with ended as (
      update attempts set finished_at = ${now}, outcome = 'yielded'
      from json_to_recordset(${json(attempts)}::json) as given ("deliveryId" uuid, attempt int)
      where attempts.delivery_id = given."deliveryId" and attempts.number = given.attempt
        and attempts.finished_at is null
    )
    update writes
    set state = 'accepted', answered_at = ${now}, external_id = given."externalId", url = given.url, data = given.data
    from json_to_recordset(${json(accepted)}::json) as given (
      "writeId" uuid, "externalId" text, url text, data jsonb)
    where writes.id = given."writeId" and writes.state in ('open', 'pending', 'unknown')`.execute(tx)
}

// ---------------------------------------------------------------- what an attempt tells of its account

/**
 * The account's credential is dead. Only while it is the one that was used: a new consent must not be undone.
 * @returns the account that expired now; `renewed` when it is active with another credential; `disconnected`, or
 *   `gone` when it stopped being active in another way.
 */
export async function expireAccount(
  tx: Db,
  account: { accountId: string; secretVersion: number; failure: Failure },
  now: Date,
): Promise<{ workspaceId: string; network: string; name: string } | 'renewed' | 'disconnected' | 'gone'> {
  const { rows } = await sql<{ workspaceId: string; network: string; name: string }>`
    update accounts set state = 'expired', state_reason = ${json(account.failure)}::jsonb, updated_at = ${now}
    where id = ${account.accountId} and state = 'active' and secret_version = ${account.secretVersion}
    returning workspace_id, network, name`.execute(tx)
  if (rows[0]) return rows[0]
  const left = await tx
    .selectFrom('accounts')
    .select('state')
    .where('id', '=', account.accountId)
    .executeTakeFirst()
  if (left?.state === 'active') return 'renewed'
  return left?.state === 'disconnected' ? 'disconnected' : 'gone'
}

/** What the networks said of their accounts' budgets, last word wins; a block is only ever moved later. */
export async function recordBudgets(
  tx: Db,
  budgets: { accountId: string; blockedUntil: Date | null; left: number | null; resetsAt: Date | null }[],
): Promise<void> {
  if (budgets.length === 0) return
  await sql`
    with given as materialized (
      select * from json_to_recordset(${json(budgets)}::json) as given (
        "accountId" uuid, "blockedUntil" timestamptz, "left" int, "resetsAt" timestamptz)
    ), held as materialized (
      select id from accounts where id in (select "accountId" from given) order by id for no key update
    )
    update accounts
    set blocked_until = greatest(blocked_until, given."blockedUntil"),
        budget_left = coalesce(given."left", budget_left), budget_resets_at = coalesce(given."resetsAt", budget_resets_at)
    from held join given on given."accountId" = held.id
    where accounts.id = held.id`.execute(tx)
}
