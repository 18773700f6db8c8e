import type { FastifyInstance, FastifyRequest } from 'fastify'
import { grown } from '../growth.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import { bad, missing } from './refusals.ts'
import { listParameter, type RestliRecord, recordParameter } from './restli.ts'
import { likesOf, type Post, personUrn, tables } from './state.ts'

const dayMs = 86_400_000

/** Numbers of pages and of members; each wants a permission that not every app has. */
export function statisticsRoutes(app: FastifyInstance, world: World, callers: Callers) {
  const { comments, posts } = tables(world)
  const named = (operation: string) => ({ config: { simulated: { operation } } })
  const ageMs = (at: string) => world.now().getTime() - Date.parse(at)
  const paging = { start: 0, count: 10, links: [] }

  const countsOf = ({ urn, at }: Post) => {
    const count = (what: string, typical: number) => grown(`${urn}:${what}`, ageMs(at), typical)
    return {
      impressionCount: count('impressions', 900),
      uniqueImpressionsCount: count('reach', 500),
      clickCount: count('clicks', 30),
      likeCount: count('likes', 25) + likesOf(world, urn),
      commentCount: comments.all().filter(({ postUrn }) => postUrn === urn).length,
      shareCount: count('shares', 4),
    }
  }

  app.get('/rest/organizationalEntityShareStatistics', named('shareStatistics'), async (request) => {
    const page = pageAsked(request)
    const wanted = [...listParameter(request, 'shares'), ...listParameter(request, 'ugcPosts')]
    const mine = posts.all().filter(({ author }) => author === page)
    if (wanted.length === 0)
      return {
        elements: [{ organizationalEntity: page, totalShareStatistics: summed(mine.map(countsOf)) }],
        paging,
      }
    return {
      elements: mine
        .filter(({ urn }) => wanted.includes(urn))
        .map((post) => ({
          organizationalEntity: page,
          share: post.urn,
          totalShareStatistics: summed([countsOf(post)]),
        })),
      paging,
    }
  })

  app.get('/rest/organizationalEntityFollowerStatistics', named('followerStatistics'), async (request) => {
    const page = pageAsked(request)
    const intervals = recordParameter(request, 'timeIntervals')
    if (intervals === undefined)
      return { elements: [{ organizationalEntity: page, followerCountsByStaffCountRange: [] }], paging }
    const { start, end } = (intervals.timeRange ?? {}) as RestliRecord
    const [from, to] = [Number(start), Number(end)]
    if (!(from < to) || intervals.timeGranularityType !== 'DAY')
      throw bad('ILLEGAL_ARGUMENT', 'timeIntervals needs a timeRange and the granularity DAY')
    return {
      elements: Array.from({ length: Math.floor((to - from) / dayMs) }, (_, day) => ({
        organizationalEntity: page,
        timeRange: { start: from + day * dayMs, end: from + (day + 1) * dayMs },
        followerGains: {
          organicFollowerGain: grown(`${page}:${from + day * dayMs}`, dayMs, 3),
          paidFollowerGain: 0,
        },
      })),
      paging,
    }
  })

  app.get<{ Params: { urn: string }; Querystring: { edgeType?: string } }>(
    '/rest/networkSizes/:urn',
    named('networkSizes'),
    async (request) => {
      callers.versioned(request)
      if (request.query.edgeType !== 'COMPANY_FOLLOWED_BY_MEMBER')
        throw bad('ILLEGAL_ARGUMENT', `There is no edge type ${request.query.edgeType}`)
      return { firstDegreeSize: 120 + grown(`${request.params.urn}:followers`, 30 * dayMs, 200) }
    },
  )

  app.get<{ Querystring: { q?: string; queryType?: string; aggregation?: string } }>(
    '/rest/memberCreatorPostAnalytics',
    named('memberCreatorPostAnalytics'),
    async (request) => {
      const person = callers.versioned(request, 'r_member_postAnalytics')
      const { q, queryType = '', aggregation } = request.query
      const field = memberCounts[queryType]
      if (q !== 'entity' || !field || aggregation !== 'TOTAL')
        throw bad('ILLEGAL_ARGUMENT', 'q, queryType or aggregation is unknown')
      const { share, ugc } = recordParameter(request, 'entity') ?? {}
      const post = posts.get(String(share ?? ugc))
      if (!post) throw missing()
      callers.mayActFor(person, post.author, 'memberCreatorPostAnalytics')
      return {
        elements: [
          {
            count: countsOf(post)[field],
            metricType: {
              'com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1': queryType,
            },
            targetEntity: { share: post.urn },
          },
        ],
        paging,
      }
    },
  )

  app.get('/rest/memberFollowersCount', named('memberFollowersCount'), async (request) => {
    const person = callers.versioned(request, 'r_member_profileAnalytics')
    return {
      elements: [{ memberFollowersCount: 80 + grown(`${personUrn(person)}:followers`, 30 * dayMs, 100) }],
      paging,
    }
  })

  function pageAsked(request: FastifyRequest): string {
    const person = callers.versioned(request, 'rw_organization_admin')
    const { q, organizationalEntity } = request.query as { q?: string; organizationalEntity?: string }
    if (q !== 'organizationalEntity') throw bad('ILLEGAL_ARGUMENT', `There is no finder ${q}`)
    return callers.mayActFor(person, organizationalEntity, 'statistics of this page')
  }

  type Counts = ReturnType<typeof countsOf>

  /** The engagement is a share of the impressions, as LinkedIn tells it. */
  function summed(all: Counts[]): Counts & { engagement: number } {
    const sum = (name: keyof Counts) => all.reduce((total, one) => total + one[name], 0)
    const total: Counts = {
      impressionCount: sum('impressionCount'),
      uniqueImpressionsCount: sum('uniqueImpressionsCount'),
      clickCount: sum('clickCount'),
      likeCount: sum('likeCount'),
      commentCount: sum('commentCount'),
      shareCount: sum('shareCount'),
    }
    const actions = total.clickCount + total.likeCount + total.commentCount + total.shareCount
    return { ...total, engagement: total.impressionCount === 0 ? 0 : actions / total.impressionCount }
  }
}

const memberCounts: Record<
  string,
  'impressionCount' | 'uniqueImpressionsCount' | 'likeCount' | 'commentCount' | 'shareCount' | undefined
> = {
  IMPRESSION: 'impressionCount',
  MEMBERS_REACHED: 'uniqueImpressionsCount',
  REACTION: 'likeCount',
  COMMENT: 'commentCount',
  RESHARE: 'shareCount',
}
