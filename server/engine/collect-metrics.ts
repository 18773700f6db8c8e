import { engagementOf, engagementRate } from '../domain/analytics.ts'
import type { Failure } from '../domain/delivery.ts'
import type { AppBudget, Network, PostMetrics } from '../networks/network.ts'
import { activeAccounts, type WorkAccount } from '../storage/account-work.ts'
import {
  deliveriesToMeasure,
  type MeasuredDelivery,
  moveMeasurements,
  type PostSnapshot,
  recordPostMetrics,
} from '../storage/collected-metrics.ts'
import { type ChoreContext, choreContext, expireIfDead, forEachAccount } from './account-chore.ts'
import { recordToldToChore, sparedApps } from './app-budget.ts'
import { metricsAgainMs, nextMetricsAt } from './metrics-schedule.ts'

/** Deliveries in one round, and rounds in one run: the next run comes within minutes. */
const deliveriesMax = 1_000
const roundsMax = 10
/** Where a network does not say how many posts it measures at once. */
const batchMaxDefault = 20
/** An account that cannot be used now is looked at again after this; reconnecting it is for a person. */
const unusableAgainMs = 6 * 3_600_000
/** A network that limits its rate is not believed to mean longer than a day. */
const againMsMax = 24 * 3_600_000

/**
 * Brings the numbers of published posts back: one snapshot per delivery that is due, on a schedule that thins out with
 * the post's age. Whatever happens, each delivery gets a new due time, so that none stands in the way of the others.
 * @returns how many snapshots were recorded.
 */
export async function collectMetrics(
  ctx: ChoreContext,
  onTrouble: (what: string, error: unknown) => void,
): Promise<number> {
  let recorded = 0
  for (let round = 0; round < roundsMax; round++) {
    const due = await deliveriesToMeasure(ctx.db, ctx.clock.now(), deliveriesMax)
    const byAccount = Map.groupBy(due, (delivery) => delivery.accountId)
    const accounts = await activeAccounts(ctx.db, [...byAccount.keys()])
    const usable = new Map(accounts.map((account) => [account.id, account]))
    await forEachAccount(
      [...byAccount],
      async ([accountId, deliveries]) => {
        const account = usable.get(accountId)
        const network = account && ctx.networks.get(account.network)
        if (!account || !network) return await postpone(ctx, deliveries, unusableAgainMs)
        const spared = await sparedApps(ctx)
        const until = spared(account)
        if (until) return await postponeTo(ctx, deliveries, until)
        const measured = await measure(ctx, account, network, deliveries)
        recorded += measured
      },
      ([accountId, deliveries], error) => {
        onTrouble(`Collecting the numbers of account ${accountId} failed`, error)
        postpone(ctx, deliveries, metricsAgainMs).catch((inner) => onTrouble('Postponing failed', inner))
      },
    )
    if (due.length < deliveriesMax) break
  }
  return recorded
}

async function measure(
  ctx: ChoreContext,
  account: WorkAccount,
  network: Network,
  deliveries: MeasuredDelivery[],
): Promise<number> {
  if (!network.metrics) {
    await moveMeasurements(
      ctx.db,
      deliveries.map(({ id }) => ({ deliveryId: id, at: null })),
    )
    return 0
  }
  let recorded = 0
  const batchMax = network.metricsBatchMax ?? batchMaxDefault
  for (let from = 0; from < deliveries.length; from += batchMax) {
    const batch = deliveries.slice(from, from + batchMax)
    const told: AppBudget[] = []
    const result = await network.metrics(
      choreContext(ctx, account, network, told),
      batch.map(({ externalId, url, publishedData }) => ({ externalId, url, data: publishedData })),
    )
    await recordToldToChore(ctx, account, told)
    if (result.outcome === 'failed') {
      await expireIfDead(ctx, account, result.failure)
      await postpone(ctx, deliveries.slice(from), againMs(result.failure))
      return recorded
    }
    recorded += await record(ctx, batch, result.value)
  }
  return recorded
}

async function record(ctx: ChoreContext, batch: MeasuredDelivery[], metrics: PostMetrics[]): Promise<number> {
  const now = ctx.clock.now()
  const found = new Map(metrics.map((one) => [one.externalId, one]))
  const snapshots = batch.flatMap(({ id, externalId }): PostSnapshot[] => {
    const one = found.get(externalId)
    if (!one) return []
    const { externalId: _, raw, ...counts } = one
    return [{ deliveryId: id, counts, engagementRate: rateOf(one), raw }]
  })
  const next = batch.map(({ id, publishedAt }) => ({ deliveryId: id, at: nextMetricsAt(publishedAt, now) }))
  await recordPostMetrics(ctx.db, snapshots, next, { newId: ctx.newId, now })
  return snapshots.length
}

/** As for numbers written by hand (A18): by views, else by impressions. */
const rateOf = ({ likes, comments, shares, views, impressions }: PostMetrics) =>
  engagementRate(
    engagementOf({ likes: likes ?? null, comments: comments ?? null, shares: shares ?? null }),
    views ?? impressions ?? 0,
  )

const againMs = ({ retryAfterMs = metricsAgainMs }: Failure) =>
  Math.min(Math.max(retryAfterMs, 60_000), againMsMax)

const postpone = (ctx: ChoreContext, deliveries: MeasuredDelivery[], ms: number) =>
  postponeTo(ctx, deliveries, new Date(ctx.clock.now().getTime() + ms))

const postponeTo = (ctx: ChoreContext, deliveries: MeasuredDelivery[], at: Date) =>
  moveMeasurements(
    ctx.db,
    deliveries.map(({ id }) => ({ deliveryId: id, at })),
  )
