import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { failureOf } from './failure.ts'
import { asNumber, asRecord, asString, resultOf, sendForAccount } from './request.ts'

/** One request each. */
export const metricsBatchMax = 10

/** Deletes the message. One that is gone already is done. */
export async function remove(ctx: AccountContext, post: Published): Promise<Done> {
  const answer = await ofMessage(ctx, post, 'DELETE')
  if (answer.kind === 'answer' && (answer.ok || isUnknownMessage(answer.json)))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'delete the message') }
}

/** Reactions are all there is; Discord tells nobody how many have read a message. */
export async function metrics(ctx: AccountContext, posts: Published[]): Promise<Outcome<PostMetrics[]>> {
  const counted: PostMetrics[] = []
  for (const post of posts) {
    const answer = await ofMessage(ctx, post, 'GET')
    const message = resultOf(answer)
    if (message) counted.push(metricsOf(post.externalId, message))
    else if (answer.kind !== 'answer' || !isUnknownMessage(answer.json))
      return { outcome: 'failed', failure: failureOf(answer, 'count the reactions') }
  }
  return { outcome: 'done', value: counted }
}

function metricsOf(externalId: string, message: Record<string, Json>): PostMetrics {
  const reactions = Array.isArray(message.reactions) ? message.reactions.map(asRecord) : []
  const raw: Record<string, Json> = {}
  for (const reaction of reactions) {
    const emoji = asRecord(reaction?.emoji)
    const name = asString(emoji?.name) ?? asString(emoji?.id) ?? '?'
    raw[name] = asNumber(reaction?.count) ?? 0
  }
  const likes = Object.values(raw).reduce<number>((sum, count) => sum + Number(count), 0)
  const answers = asNumber(asRecord(message.thread)?.message_count)
  return { externalId, likes, ...(answers !== undefined && { comments: answers }), raw }
}

/** Messages in threads are reached through the thread. */
function ofMessage(ctx: AccountContext, { externalId, data }: Published, method: 'GET' | 'DELETE') {
  const channelId = asString(asRecord(data)?.channelId)
  const isElsewhere = channelId !== undefined && channelId !== asString(ctx.account.settings.channelId)
  return sendForAccount(ctx, ({ messages, webhook }) =>
    webhook
      ? {
          method,
          path: `${messages}/${externalId}`,
          query: { thread_id: isElsewhere ? channelId : undefined },
        }
      : { method, path: `${isElsewhere ? `/channels/${channelId}/messages` : messages}/${externalId}` },
  )
}

/** 10008; a webhook answers the same for a message of somebody else. */
const isUnknownMessage = (body: unknown) => asRecord(body)?.code === 10_008
