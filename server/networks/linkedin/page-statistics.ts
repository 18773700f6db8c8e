/**
 * A page's numbers, organic ones only: organizations/share-statistics (the last twelve months), organizations/
 * organization-network-size, organizations/follower-statistics. They need `rw_organization_admin` and an administrator.
 */
import { asList, asNumber, asRecord, asString, at, type JsonRecord } from '../../net/read-json.ts'
import type { AccountContext, AccountMetrics, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { restliList, restliQuery, restliValue } from './restli.ts'
import { type Asked, askedFailure, readRest } from './session.ts'

export async function pagePostMetrics(
  ctx: AccountContext,
  published: Published[],
): Promise<Outcome<PostMetrics[]>> {
  const urns = published.map(({ externalId }) => externalId)
  const of = (kind: string) => urns.filter((urn) => urn.startsWith(`urn:li:${kind}:`))
  const [shares, ugcPosts] = [of('share'), of('ugcPost')]
  const asked = await shareStatistics(ctx, {
    ...(shares.length > 0 && { shares: restliList(shares) }),
    ...(ugcPosts.length > 0 && { ugcPosts: restliList(ugcPosts) }),
  })
  if (asked.kind !== 'answer' || !asked.ok)
    return { outcome: 'failed', failure: askedFailure(asked, 'tell the numbers of posts', ctx.now()) }
  // A post that nothing happened to yet is not in the answer, and one without numbers is left out, never 0.
  const counted = elementsOf(asked).flatMap((element): PostMetrics[] => {
    const externalId = asString(element.share) ?? asString(element.ugcPost)
    const total = asRecord(element.totalShareStatistics)
    return externalId && total ? [{ externalId, ...countsOf(total), raw: total as Record<string, Json> }] : []
  })
  return { outcome: 'done', value: counted }
}

export async function pageAccountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const urn = restliValue(ctx.account.externalId)
  const size = await readRest(ctx, `networkSizes/${urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER`)
  const followers = size.kind === 'answer' && size.ok ? asNumber(at(size.json, 'firstDegreeSize')) : undefined
  if (followers === undefined)
    return { outcome: 'failed', failure: askedFailure(size, 'tell the followers of the page', ctx.now()) }
  const shares = elementsOf(await shareStatistics(ctx, {}))[0]?.totalShareStatistics
  const gains = await followerGains(ctx)
  return {
    outcome: 'done',
    value: {
      followers,
      raw: {
        firstDegreeSize: followers,
        ...(asRecord(shares) && { totalShareStatistics: shares as Json }),
        ...(gains && { followerGains: gains }),
      },
    },
  }
}

const shareStatistics = (ctx: AccountContext, posts: Record<string, string>) =>
  readRest(ctx, `organizationalEntityShareStatistics?${restliQuery({ ...ofEntity(ctx), ...posts })}`)

const ofEntity = (ctx: AccountContext) => ({
  q: 'organizationalEntity',
  organizationalEntity: restliValue(ctx.account.externalId),
})

/** Of the last whole days: the newest two are not counted yet (follower-statistics). */
const gainDays = 30
const dayMs = 86_400_000

async function followerGains(ctx: AccountContext): Promise<Json | null> {
  const end = Math.floor(ctx.now().getTime() / dayMs) * dayMs - 2 * dayMs
  const range = `(start:${end - gainDays * dayMs},end:${end})`
  const asked = await readRest(
    ctx,
    `organizationalEntityFollowerStatistics?${restliQuery({
      ...ofEntity(ctx),
      timeIntervals: `(timeRange:${range},timeGranularityType:DAY)`,
    })}`,
  )
  const days = elementsOf(asked).map(({ followerGains }) => followerGains)
  if (days.length === 0) return null
  const sum = (name: string) => days.reduce<number>((total, day) => total + (asNumber(at(day, name)) ?? 0), 0)
  return { days: days.length, organic: sum('organicFollowerGain'), paid: sum('paidFollowerGain') }
}

const elementsOf = (asked: Asked): JsonRecord[] =>
  asked.kind === 'answer' && asked.ok
    ? asList(at(asked.json, 'elements')).flatMap((element): JsonRecord[] => {
        const record = asRecord(element)
        return record ? [record] : []
      })
    : []

function countsOf(total: Record<string, unknown>): Omit<PostMetrics, 'externalId' | 'raw'> {
  const names = {
    impressions: 'impressionCount',
    reach: 'uniqueImpressionsCount',
    likes: 'likeCount',
    comments: 'commentCount',
    shares: 'shareCount',
    clicks: 'clickCount',
  } as const
  return Object.fromEntries(
    Object.entries(names).flatMap(([ours, theirs]) => {
      const count = asNumber(total[theirs])
      return count === undefined ? [] : [[ours, count]]
    }),
  )
}
