import { theEngine } from '../domain/actor.ts'
import { recordAppBudgets, type ToldBudget } from '../storage/app-budgets.ts'
import type { AttemptRow } from '../storage/attempts.ts'
import type { Db } from '../storage/database.ts'
import { type NewEvent, recordEvents } from '../storage/events.ts'
import { settledPostEvents } from '../storage/settled-posts.ts'
import { expireAccount, recordBudgets, recordSettlements, type Settlement } from '../storage/settlements.ts'
import { toldBudget } from './app-budget.ts'
import { createBatch } from './batch.ts'
import type { EngineContext } from './engine-context.ts'
import type { EngineObserver } from './observer.ts'
import type { Ending, Settle } from './run.ts'
import { recordBatchMax } from './timing.ts'

/**
 * What a network answered is worth keeping, even past the lease: while the database is away, recording it is tried
 * for so long. After that, a take-over looks at the network instead.
 */
const patienceMs = 10 * 60_000

/**
 * The settle collector: answers, delivery, attempt, post status, log, budget and events of many deliveries in one
 * transaction.
 * @param wakeWithin called with the milliseconds until a settled delivery wants the engine again.
 */
export function createSettle(
  ctx: EngineContext,
  processId: string,
  observer: EngineObserver,
  wakeWithin: (ms: number) => void,
): Settle {
  const batch = createBatch<Ending, Settlement | null>({
    sizeMax: recordBatchMax,
    patienceMs,
    onTrouble: (error) => observer.trouble?.('Settling deliveries failed', error),
    flush: (endings) => ctx.db.transaction().execute((tx) => settleAll(tx, ctx, processId, endings)),
  })
  return async (ending) => {
    const { run } = ending
    const settlement = await batch.add(ending)
    if (!settlement) {
      run.isLost = true
      return
    }
    const { state, wakeAt, parkedMs, failure } = settlement
    if (state === 'publishing') wakeWithin(parkedMs ?? 0)
    if (state === 'scheduled' && wakeAt) wakeWithin(wakeAt.getTime() - ctx.clock.now().getTime())
    const rule = failure?.rule ?? null
    observer.settled?.({ deliveryId: run.row.id, network: run.network.id, state, rule })
  }
}

/** @returns what was recorded of each; null where the delivery is no longer ours. */
async function settleAll(
  tx: Db,
  ctx: EngineContext,
  processId: string,
  endings: Ending[],
): Promise<(Settlement | null)[]> {
  const now = ctx.clock.now()
  const { events, renewed, disconnected } = await recordAccounts(tx, ctx, endings, now)
  const settlements = endings.map(({ run, settlement, expire }): Settlement => {
    if (expire && renewed.has(run.row.accountId)) return expire.ifRenewed
    return disconnected.has(run.row.accountId) ? { ...settlement, state: 'cancelled' } : settlement
  })
  const settled = await recordSettlements(tx, settlements, { processId, now })
  const recorded = settlements.map((settlement) => (settled.has(settlement.deliveryId) ? settlement : null))
  const final = recorded.flatMap((settlement, index) =>
    settlement && isFinal(settlement.state) ? [{ settlement, row: (endings[index] as Ending).run.row }] : [],
  )
  events.push(...final.map(({ settlement, row }) => deliveryEvent(ctx, settlement, row)))
  const failedNow = new Set(
    final.filter(({ settlement }) => isMissing(settlement)).map(({ row }) => row.postId),
  )
  const postIds = [...new Set(final.map(({ row }) => row.postId))]
  events.push(...(await settledPostEvents(tx, { postIds, failedNow, newId: ctx.newId })))
  await recordEvents(tx, theEngine, now, events)
  // Last, since deliveries of every account of the app write this row.
  await recordAppBudgets(tx, endings.flatMap(toldOfApp))
  return recorded
}

const isFinal = (state: string) => ['published', 'failed', 'uncertain', 'cancelled'].includes(state)
const isMissing = ({ state }: Settlement) => state === 'failed' || state === 'uncertain'

// ---------------------------------------------------------------- accounts

/** @returns the events, and the accounts that were renewed or disconnected since the attempts began. */
async function recordAccounts(tx: Db, ctx: EngineContext, endings: Ending[], now: Date) {
  const events: NewEvent[] = []
  const renewed = new Set<string>()
  const disconnected = new Set<string>()
  for (const { run, expire } of endings) {
    if (!expire) continue
    const { accountId, secretVersion } = run.row
    const { failure } = expire
    const account = await expireAccount(tx, { accountId, secretVersion, failure }, now)
    if (account === 'renewed') renewed.add(accountId)
    else if (account === 'disconnected') disconnected.add(accountId)
    else if (account !== 'gone')
      events.push({
        id: ctx.newId(),
        workspaceId: account.workspaceId,
        type: 'account.expired',
        resourceType: 'account',
        resourceId: accountId,
        data: {
          accountId,
          network: account.network,
          name: account.name,
          reason: failure.message,
          remedy: failure.remedy,
        },
      })
  }
  await recordBudgets(
    tx,
    endings
      .filter(({ run, blockedUntil }) => blockedUntil || run.budget)
      .map(({ run, blockedUntil }) => ({
        accountId: run.row.accountId,
        blockedUntil,
        left: run.budget?.left ?? null,
        resetsAt: run.budget?.resetsAt ?? null,
      })),
  )
  return { events, renewed, disconnected }
}

function toldOfApp({ run: { row, app, appBudget }, settlement }: Ending): ToldBudget[] {
  // With an app registered at the account's own server (Mastodon) nothing is shared.
  if (!appBudget || row.appCredentials) return []
  return [toldBudget(row, app, appBudget, settlement.published ? row.accountId : null)]
}

// ---------------------------------------------------------------- events

function deliveryEvent(ctx: EngineContext, settlement: Settlement, row: AttemptRow): NewEvent {
  return {
    id: ctx.newId(),
    workspaceId: row.workspaceId,
    type: `delivery.${settlement.state}`,
    resourceType: 'delivery',
    resourceId: row.id,
    data: {
      deliveryId: row.id,
      postId: row.postId,
      brandId: row.brandId,
      accountId: row.accountId,
      network: row.network,
      externalId: settlement.published?.externalId ?? null,
      url: settlement.published?.url ?? null,
      ...(settlement.failure && {
        rule: settlement.failure.rule,
        message: settlement.failure.message,
        remedy: settlement.failure.remedy,
      }),
    },
  }
}
