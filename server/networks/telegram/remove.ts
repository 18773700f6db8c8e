import type { AccountContext, Done, Json, Published } from '../network.ts'
import { failureOf } from './failure.ts'
import { asRecord, callChat, resultOf } from './request.ts'

/** Deletes the message, or all messages of the album. Those already gone are skipped by Telegram itself. */
export async function remove(ctx: AccountContext, published: Published): Promise<Done> {
  const answer = await callChat(ctx, {
    method: 'deleteMessages',
    parameters: { ...chatOf(published.data), message_ids: messageIdsOf(published) },
  })
  if (resultOf(answer) === true) return { outcome: 'done', value: null }
  const failure = failureOf(answer, 'delete the post')
  if (failure.rule !== 'telegram.rejected') return { outcome: 'failed', failure }
  return {
    outcome: 'failed',
    failure: {
      ...failure,
      remedy: 'Delete it in Telegram by hand: bots may delete their messages for 48 hours at most.',
    },
  }
}

function messageIdsOf({ externalId, data }: Published): Json[] {
  const ids = asRecord(data)?.messageIds
  return Array.isArray(ids) && ids.length > 0 ? ids : [Number(externalId)]
}

/** The chat the message was sent to; the account's own where that was not kept. */
function chatOf(data: Json): { [name: string]: Json } {
  const chatId = asRecord(data)?.chatId
  return typeof chatId === 'number' ? { chat_id: chatId } : {}
}
