import { asList, asString, at } from '../../net/read-json.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Json, Outcome } from '../network.ts'
import { askApi } from './access.ts'
import { channelProfile } from './connect.ts'
import { failureOf } from './failure.ts'

/** Is the access still good, and is it still this channel's? */
export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const read = await readChannel(ctx, 'snippet')
  return read.outcome === 'failed' ? read : { outcome: 'done', value: channelProfile(read.value) }
}

/** Subscribers are rounded to three figures by YouTube, and left out where the channel hides them. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const read = await readChannel(ctx, 'statistics')
  if (read.outcome === 'failed') return read
  const isHidden = at(read.value, 'statistics', 'hiddenSubscriberCount') === true
  const raw: Record<string, Json> = {}
  for (const name of ['subscriberCount', 'videoCount', 'viewCount'])
    raw[name] = countAt(read.value, name) ?? null
  return {
    outcome: 'done',
    value: {
      ...(!isHidden && { followers: countAt(read.value, 'subscriberCount') }),
      posts: countAt(read.value, 'videoCount'),
      raw,
    },
  }
}

/** 64-bit numbers come as strings. */
export function countAt(resource: unknown, name: string): number | undefined {
  const text = asString(at(resource, 'statistics', name))
  const number = Number(text)
  return text && Number.isSafeInteger(number) ? number : undefined
}

async function readChannel(ctx: AccountContext, part: string): Promise<Outcome<unknown>> {
  const asked = await askApi(ctx, { method: 'GET', path: '/channels', query: { part, mine: true } })
  if (asked.kind !== 'answer' || !asked.ok)
    return { outcome: 'failed', failure: failureOf(asked, 'read the channel', ctx.now()) }
  const own = asList(at(asked.json, 'items')).find((item) => at(item, 'id') === ctx.account.externalId)
  if (own) return { outcome: 'done', value: own }
  return {
    outcome: 'failed',
    failure: {
      class: 'reconnect',
      rule: 'youtube.channel_gone',
      message: `The channel ${ctx.account.name} does not belong to this access any more.`,
      remedy: 'Connect the channel again.',
    },
  }
}
