import type { Simulator, World } from '../simulator.ts'
import { accountOf } from './accounts.ts'
import { changeChannel } from './channels.ts'
import { orderRefusal } from './ordered-refusals.ts'
import { rateWindows } from './rate-limits.ts'
import { type Channel, type Service, services, tables } from './state.ts'

/** What a test may do to Buffer. */
export const controls: Simulator['controls'] = {
  /** `{operation, error, message?, when?: before|after, times?: 1}`: the next such request is refused so. */
  refuse: orderRefusal,
  /** `{quarterHour?, day?, month?}`: requests per key in each rolling window. */
  rateLimits: (world, input) =>
    setNumbers(world, input, { names: Object.keys(rateWindows), prefix: 'rate:', max: requestsMax }),
  /** `{scheduledPosts?, dailyPosts?}`: the most per channel. */
  limits: (world, input) =>
    setNumbers(world, input, { names: ['scheduledPosts', 'dailyPosts'], max: requestsMax }),
  /** `{metricsEveryMs}`: how often Buffer asks the networks for numbers; a day in life. */
  metrics: (world, input) => setNumbers(world, input, { names: ['metricsEveryMs'], max: metricsEveryMsMax }),
  /** `{key, id, service?, name?, isDisconnected?, isLocked?}`: makes a channel of the key's account so. */
  channel(world, { key, id, service, name, isDisconnected, isLocked }) {
    if (typeof key !== 'string' || typeof id !== 'string') return { error: 'key and id are needed' }
    if (/^missing/i.test(id)) return { error: 'ids that begin with "missing" have no channel' }
    if (service !== undefined && !services.includes(service as Service))
      return { error: `service must be one of ${services.join(', ')}` }
    const changes: Partial<Channel> = {
      ...(service !== undefined && { service: service as Service }),
      ...(typeof name === 'string' && { name }),
      ...(typeof isDisconnected === 'boolean' && { isDisconnected }),
      ...(typeof isLocked === 'boolean' && { isLocked }),
    }
    return changeChannel(world, accountOf(key), id, changes)
  },
  /** `{postId, message?}`: the network will not take it, or has not after all. */
  failPost(world, { postId, message = 'The network refused the post.' }) {
    const { posts } = tables(world)
    const post = posts.get(String(postId))
    if (!post) return { error: `there is no post ${postId}` }
    posts.put(post.id, { ...post, failure: String(message) })
    return {}
  },
  /** `{postId}`: somebody deleted it at Buffer. */
  deletePost: (world, { postId }) => ({ deleted: tables(world).posts.delete(String(postId)) }),
}

/** A key's requests are remembered up to its limit. */
const requestsMax = 100_000
const metricsEveryMsMax = 30 * 86_400_000

function setNumbers(
  world: World,
  input: Record<string, unknown>,
  { names, prefix = '', max }: { names: string[]; prefix?: string; max: number },
) {
  const given = names.filter((name) => input[name] !== undefined)
  const isRight = given.every((name) => {
    const value = input[name]
    return Number.isInteger(value) && Number(value) > 0 && Number(value) <= max
  })
  if (!isRight || given.length === 0) return { error: `${names.join(', ')}: whole numbers from 1 to ${max}` }
  for (const name of given) tables(world).settings.put(`${prefix}${name}`, input[name] as number)
  return Object.fromEntries(given.map((name) => [name, input[name]]))
}
