import type { World } from '../simulator.ts'
import { isWaiting, statusOf } from './post-state.ts'
import { Declined } from './problems.ts'
import { type Channel, type Post, tables } from './state.ts'

/** Posts waiting on one channel: the number of Buffer's paid plans. A control lowers it. */
const scheduledPostsMax = 5_000

/** `LimitReachedError` when the channel has no room for another post. */
export function checkLimits(world: World, channel: Channel, post: Post, isNow: boolean) {
  const others = postsOf(world, channel.account, channel.id).filter(({ id }) => id !== post.id)
  const most = tables(world).settings.get('scheduledPosts') ?? scheduledPostsMax
  if (!isNow && others.filter((one) => isWaiting(world, one)).length >= most)
    throw new Declined(
      'LimitReachedError',
      `The channel has ${most} scheduled posts, the most its plan allows`,
    )
  const today = world.now().toISOString().slice(0, 10)
  const { limit, sent, scheduled } = dailyStatus(world, channel, today, post.id)
  if (isNow && limit !== null && sent + scheduled >= limit)
    throw new Declined('LimitReachedError', `The channel's limit of ${limit} posts a day is reached`)
}

/** `DailyPostingLimitStatus` of a day in UTC, `YYYY-MM-DD`. */
export function dailyStatus(world: World, channel: Channel, day: string, without?: string) {
  const posts = postsOf(world, channel.account, channel.id).filter(
    ({ id, dueAt }) => id !== without && dueAt?.startsWith(day),
  )
  const sent = posts.filter((post) => ['sending', 'sent'].includes(statusOf(world, post))).length
  const scheduled = posts.filter((post) => isWaiting(world, post)).length
  const limit = tables(world).settings.get('dailyPosts') ?? null
  return {
    channelId: channel.id,
    sent,
    scheduled,
    limit,
    isAtLimit: limit !== null && sent + scheduled >= limit,
  }
}

const postsOf = (world: World, account: string, channelId: string) =>
  tables(world)
    .posts.all()
    .filter((post) => post.account === account && post.channelId === channelId)
