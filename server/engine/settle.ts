import { theEngine } from '../domain/actor.ts'
import type { Db } from '../storage/database.ts'
import { type NewEvent, recordEvents } from '../storage/events.ts'
import {
  expireAccount,
  recordBudgets,
  recordSettlements,
  type SettledPost,
  settledPosts,
} from '../storage/settlements.ts'
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
  const batch = createBatch<Ending, boolean>({
    sizeMax: recordBatchMax,
    patienceMs,
    onTrouble: (error) => observer.trouble?.('Settling deliveries failed', error),
    flush: (endings) => ctx.db.transaction().execute((tx) => settleAll(tx, ctx, processId, endings)),
  })
  return async (ending) => {
    const settled = await batch.add(ending)
    const { wakeAt, parkedMs, state } = ending.settlement
    if (settled && state === 'publishing') wakeWithin(parkedMs ?? 0)
    if (settled && state === 'scheduled' && wakeAt) wakeWithin(wakeAt.getTime() - ctx.clock.now().getTime())
    if (settled)
      observer.settled?.({
        deliveryId: ending.run.row.id,
        network: ending.run.network.id,
        state: ending.settlement.state,
        rule: ending.settlement.failure?.rule ?? null,
      })
    else ending.run.isLost = true
    return settled
  }
}

async function settleAll(
  tx: Db,
  ctx: EngineContext,
  processId: string,
  endings: Ending[],
): Promise<boolean[]> {
  const now = ctx.clock.now()
  const events = await recordAccounts(tx, ctx, endings, now)
  const settled = await recordSettlements(
    tx,
    endings.map((ending) => ending.settlement),
    { processId, now },
  )
  const final = endings.filter(({ run, settlement }) => settled.has(run.row.id) && isFinal(settlement.state))
  events.push(...final.map((ending) => deliveryEvent(ctx, ending)))
  const failedNow = new Set(
    final.filter(({ settlement }) => settlement.state !== 'published').map(({ run }) => run.row.postId),
  )
  const posts = await settledPosts(tx, [...new Set(final.map(({ run }) => run.row.postId))])
  events.push(...posts.flatMap((post) => postEvents(ctx, post, failedNow.has(post.postId))))
  await recordEvents(tx, theEngine, now, events)
  return endings.map(({ run }) => settled.has(run.row.id))
}

const isFinal = (state: string) => state === 'published' || state === 'failed' || state === 'uncertain'

// ---------------------------------------------------------------- accounts

async function recordAccounts(tx: Db, ctx: EngineContext, endings: Ending[], now: Date): Promise<NewEvent[]> {
  const events: NewEvent[] = []
  for (const { run, expire } of endings) {
    if (!expire) continue
    const { accountId, secretVersion } = run.row
    const account = await expireAccount(tx, { accountId, secretVersion, failure: expire }, now)
    if (account)
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
          reason: expire.message,
          remedy: expire.remedy,
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
  return events
}

// ---------------------------------------------------------------- events

function deliveryEvent(ctx: EngineContext, { run, settlement }: Ending): NewEvent {
  const { row } = run
  return {
    id: ctx.newId(),
    workspaceId: row.workspaceId,
    type: `delivery.${settlement.state}`,
    resourceType: 'delivery',
    resourceId: row.id,
    data: {
      deliveryId: row.id,
      postId: row.postId,
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

/**
 * When the last delivery has settled: `post.published` once if one or more is out, `post.failed` once if one or more
 * is not (answers 1.1). A later round, after a retry, tells only what is new.
 */
function postEvents(ctx: EngineContext, post: SettledPost, hasFailedNow: boolean): NewEvent[] {
  const isOut = post.deliveries.some(({ state }) => state === 'published')
  const isMissing = post.deliveries.some(({ state }) => state === 'failed' || state === 'uncertain')
  const event = (type: string): NewEvent => ({
    id: ctx.newId(),
    workspaceId: post.workspaceId,
    type,
    resourceType: 'post',
    resourceId: post.postId,
    data: {
      postId: post.postId,
      brandId: post.brandId,
      status: post.status,
      publishedAt: post.publishedAt?.toISOString() ?? null,
      deliveries: post.deliveries,
    },
  })
  return [
    ...(isOut && !post.toldPublished ? [event('post.published')] : []),
    ...(isMissing && (hasFailedNow || !post.toldFailed) ? [event('post.failed')] : []),
  ]
}
