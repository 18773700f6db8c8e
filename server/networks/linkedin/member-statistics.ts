/**
 * A member's numbers: members/post-statistics and members/follower-statistics. They need permissions of a product that
 * LinkedIn grants by hand, so they are asked for only where the account was connected with `memberAnalytics`.
 */
import { asList, asNumber, at } from '../../net/read-json.ts'
import type { AccountContext, AccountMetrics, Outcome, PostMetrics, Published } from '../network.ts'
import { restliQuery, restliRecord } from './restli.ts'
import { askedFailure, readRest } from './session.ts'

export const hasMemberAnalytics = (ctx: AccountContext) => ctx.account.settings.memberAnalytics === true

const questions = {
  impressions: 'IMPRESSION',
  reach: 'MEMBERS_REACHED',
  likes: 'REACTION',
  comments: 'COMMENT',
  shares: 'RESHARE',
} as const

/** One request for each number of each post; LinkedIn has no other way. */
export async function memberPostMetrics(
  ctx: AccountContext,
  published: Published[],
): Promise<Outcome<PostMetrics[]>> {
  if (!hasMemberAnalytics(ctx)) return { outcome: 'done', value: [] }
  const counted: PostMetrics[] = []
  for (const { externalId } of published) {
    const counts: Record<string, number> = {}
    for (const [name, queryType] of Object.entries(questions)) {
      const kind = externalId.startsWith('urn:li:ugcPost:') ? 'ugc' : 'share'
      const asked = await readRest(
        ctx,
        `memberCreatorPostAnalytics?${restliQuery({
          q: 'entity',
          entity: restliRecord({ [kind]: externalId }),
          queryType,
          aggregation: 'TOTAL',
        })}`,
      )
      if (asked.kind === 'answer' && asked.status === 404) break
      if (asked.kind !== 'answer' || !asked.ok)
        return { outcome: 'failed', failure: askedFailure(asked, 'tell the numbers of a post', ctx.now()) }
      const count = asNumber(at(asList(at(asked.json, 'elements'))[0], 'count'))
      if (count !== undefined) counts[name] = count
    }
    if (Object.keys(counts).length > 0) counted.push({ externalId, ...counts, raw: counts })
  }
  return { outcome: 'done', value: counted }
}

export async function memberAccountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  if (!hasMemberAnalytics(ctx)) return { outcome: 'done', value: { raw: {} } }
  const asked = await readRest(ctx, 'memberFollowersCount?q=me')
  const followers =
    asked.kind === 'answer' && asked.ok
      ? asNumber(at(asList(at(asked.json, 'elements'))[0], 'memberFollowersCount'))
      : undefined
  if (followers === undefined)
    return { outcome: 'failed', failure: askedFailure(asked, 'tell the followers', ctx.now()) }
  return { outcome: 'done', value: { followers, raw: { memberFollowersCount: followers } } }
}
