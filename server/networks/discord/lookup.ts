import type { HttpAnswer } from '../../net/http.ts'
import type { Json, Lookup, PublishContext, Write, Written } from '../network.ts'
import { type MessagePayload, published } from './publish.ts'
import { asRecord, asString, type DiscordSecret, resultOf, secretOf, sendAsBot } from './request.ts'

/** What a listing may differ from our clock after it was corrected by the answer's own date. */
const clockSlackMs = 3_000
/** The newest hundred messages are all one request brings. */
const listedMax = 100

/**
 * Lists the channel with a bot and looks for the message: by author, nonce where one is shown, and text. `absent` only when
 * the author wrote nothing since the write began, and the listing is known to be whole: it shows something from before, so
 * the bot may read the history.
 */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const secret = secretOf(await ctx.secret.current())
  const payload = write.payload as MessagePayload
  if (secret.botToken === null)
    return unknown('Discord does not let a webhook look for its messages; connect it together with a bot')
  if (payload.threadName) return unknown('The message opened a thread of its own, which cannot be listed')
  const channelId =
    payload.threadId ??
    (secret.kind === 'bot' ? secret.channelId : asString(ctx.account.settings.channelId)) ??
    ''
  const author = await authorOf(ctx, secret)
  if (author === null) return unknown('The bot could not be asked who it is')
  const answer = await sendAsBot(ctx, secret.botToken, {
    method: 'GET',
    path: `/channels/${channelId}/messages`,
    query: { limit: listedMax },
  })
  if (answer.kind !== 'answer') return unknown(answer.why)
  if (!answer.ok || !Array.isArray(answer.json)) return unknown(`Discord answered ${answer.status}`)
  const since = fencedAt.getTime() + serverAheadMs(answer, ctx.now()) - clockSlackMs
  const known = new Set(done.map(({ externalId }) => externalId))
  const messages = answer.json.map(asRecord).filter((message) => !known.has(asString(message?.id) ?? ''))
  return judge(messages, { ctx, write, payload, author, since })
}

interface Sought {
  ctx: PublishContext
  write: Write
  payload: MessagePayload
  author: string
  /** Milliseconds since 1970, by Discord's clock. */
  since: number
}

function judge(messages: (Record<string, Json> | undefined)[], sought: Sought): Lookup {
  const { ctx, write, payload, author, since } = sought
  const later = messages.filter((message) => timeOf(message) >= since && authorIn(message) === author)
  const match = later.find((message) =>
    message?.nonce === undefined ? sameContent(message, payload) : String(message.nonce) === write.key,
  )
  const id = asString(match?.id)
  const channelId = asString(match?.channel_id)
  if (id && channelId) return { outcome: 'published', ...published(ctx, id, channelId) }
  // Discord may strip characters from a text, and hides the texts of webhooks from bots without the message content
  // intent: whatever the author wrote since then may be this message.
  if (later.length > 0)
    return unknown('The account wrote something since then that cannot be told from this message')
  if (!messages.some((message) => timeOf(message) < since))
    return unknown('The channel shows nothing from before the message, so the listing may not be whole')
  return { outcome: 'absent' }
}

/** Discord trims what it shows; a message of files alone is known by their names. */
function sameContent(message: Record<string, Json> | undefined, payload: MessagePayload): boolean {
  if (payload.content.trim() !== '') return asString(message?.content)?.trim() === payload.content.trim()
  const names = Array.isArray(message?.attachments)
    ? message.attachments.map((one) => asString(asRecord(one)?.filename))
    : []
  return names.length > 0 && names.join('\n') === payload.files.map(({ filename }) => filename).join('\n')
}

async function authorOf(ctx: PublishContext, secret: DiscordSecret): Promise<string | null> {
  if (secret.kind === 'webhook') return secret.webhookId
  const me = await sendAsBot(ctx, secret.botToken, { method: 'GET', path: '/users/@me' })
  return asString(resultOf(me)?.id) ?? null
}

const authorIn = (message: Record<string, Json> | undefined) =>
  asString(message?.webhook_id) ?? asString(asRecord(message?.author)?.id)

const timeOf = (message: Record<string, Json> | undefined) => Date.parse(asString(message?.timestamp) ?? '')

/** How far Discord's clock is ahead of ours, by the date of its answer. */
function serverAheadMs(answer: Extract<HttpAnswer, { kind: 'answer' }>, now: Date): number {
  const date = Date.parse(answer.headers.get('date') ?? '')
  return Number.isNaN(date) ? 0 : date - now.getTime()
}

const unknown = (why: string): Lookup => ({ outcome: 'unknown', why })
