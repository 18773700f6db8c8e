import { grown } from '../growth.ts'
import type { World } from '../simulator.ts'
import { type Post, type Service, tables } from './state.ts'

/** Which numbers Buffer has of a network, with the ceiling of a middling post. The choice per network is assumed. */
const counted: Record<Service, Record<string, number>> = {
  twitter: { impressions: 900, reactions: 30, reposts: 6, comments: 4, clicks: 20 },
  linkedin: { impressions: 700, reactions: 25, comments: 5, shares: 3, clicks: 30 },
  facebook: { impressions: 1_200, reach: 900, reactions: 40, likes: 30, comments: 6, shares: 4, clicks: 25 },
  instagram: { views: 1_500, reach: 1_100, reactions: 90, comments: 8, shares: 5, saves: 12, follows: 2 },
  threads: { views: 800, reactions: 35, comments: 5, reposts: 4, quotes: 1 },
  bluesky: { reactions: 20, comments: 3, reposts: 5 },
  mastodon: { reactions: 20, comments: 3, reposts: 5 },
  pinterest: { impressions: 800, reactions: 8, comments: 2, saves: 15, clicks: 12 },
  youtube: { views: 600, reactions: 25, comments: 4 },
  tiktok: { views: 3_000, reactions: 150, comments: 10, shares: 12 },
  googlebusiness: { impressions: 200, clicks: 8 },
  startPage: { views: 50, clicks: 10 },
}

/** Buffer looks once a day; somebody who tries things out should not have to wait that long. A control sets it. */
const refreshMsDefault = 600_000

export interface Metrics {
  metrics: { type: string; name: string; description: string; value: number; unit: string }[] | null
  metricsUpdatedAt: string | null
}

/** As of the last refresh; null until the first one after the post was sent. */
export function metricsOf(world: World, post: Post, service: Service): Metrics {
  const refreshMs = tables(world).settings.get('metricsEveryMs') ?? refreshMsDefault
  const sentAt = Date.parse(post.sentAt ?? '')
  const refreshes = Math.floor((world.now().getTime() - sentAt) / refreshMs)
  if (!(refreshes >= 1)) return { metrics: null, metricsUpdatedAt: null }
  const ageMs = refreshes * refreshMs
  const values = countsAt(post, service, ageMs)
  const rate = engagementRate(values)
  return {
    metrics: [
      ...Object.entries(values).map(([type, value]) => metric(type, value, 'count')),
      ...(rate === null ? [] : [metric('engagementRate', rate, 'percentage')]),
    ],
    metricsUpdatedAt: new Date(sentAt + ageMs).toISOString(),
  }
}

/** What people on the network see, without Buffer's delay. */
export const countsNow = (world: World, post: Post, service: Service) =>
  countsAt(post, service, world.now().getTime() - Date.parse(post.sentAt ?? ''))

const countsAt = (post: Post, service: Service, ageMs: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counted[service]).map(([type, typical]) => [
      type,
      grown(`${post.id}:${type}`, ageMs, typical),
    ]),
  )

function engagementRate(values: Record<string, number>): number | null {
  const seen = values.impressions
  if (seen === undefined) return null
  const acts = ['reactions', 'comments', 'shares', 'reposts', 'clicks', 'saves']
  const total = acts.reduce((sum, act) => sum + (values[act] ?? 0), 0)
  return seen === 0 ? 0 : Math.min(100, Math.round((10_000 * total) / seen) / 100)
}

function metric(type: string, value: number, unit: string) {
  const words = type.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const name = `${words[0]?.toUpperCase()}${words.slice(1)}`
  return { type, name, description: `${name} of the post`, value, unit }
}
