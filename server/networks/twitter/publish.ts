import { threadParts } from '../../domain/split-thread.ts'
import { asList, asRecord, asString, at } from '../../net/read-json.ts'
import type {
  AccountContext,
  DeliveryInput,
  Json,
  KeySource,
  Lookup,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { appBudgetIn, budgetIn, isDuplicate } from './failure.ts'
import { measure } from './limits.ts'
import { PrepareFailed, uploadMedia } from './media.ts'
import { optionsOf, postIdIn } from './options.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

export const writeTimeoutMs = 30_000

/** How far clocks may differ in looking back from the fence; more would take an earlier post of the same text for this one. */
const clockSlackMs = 10_000
/** One page of the account's own posts; nobody publishes more between a fence and a look. */
const pageSize = 100

type PostPayload = { body: { [key: string]: Json }; answersPrevious: boolean }

/** Uploads and describes the files. Nobody sees any of it. */
export async function prepare(ctx: PublishContext, { media }: DeliveryInput): Promise<Prepared> {
  try {
    const mediaIds: string[] = []
    for (const [index, file] of media.entries()) mediaIds.push(await uploadMedia(ctx, file, index))
    return { outcome: 'ready', prepared: { mediaIds } }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

/** The post, the further parts of its thread as answers, and the first comment as an answer to the last part. */
export function plan({ draft, limits }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { mediaIds } = prepared as { mediaIds: string[] }
  const { firstComment, replyTo, replySettings, poll, madeWithAi, paidPartnership } = optionsOf(draft)
  const parts = threadParts(draft, limits, measure)
  const answered = replyTo ? postIdIn(replyTo) : null
  return [...parts, ...(firstComment ? [firstComment] : [])].map((text, index): Write => {
    const isFirst = index === 0
    const body: { [key: string]: Json } = {
      text,
      ...(isFirst && mediaIds.length > 0 ? { media: { media_ids: mediaIds } } : {}),
      ...(isFirst && answered ? { reply: { in_reply_to_tweet_id: answered } } : {}),
      ...(isFirst && poll
        ? { poll: { options: poll.options, duration_minutes: Math.round(poll.expiresInSeconds / 60) } }
        : {}),
      ...(isFirst && replySettings ? { reply_settings: replySettings } : {}),
      ...(isFirst && madeWithAi ? { made_with_ai: true } : {}),
      ...(paidPartnership ? { paid_partnership: true } : {}),
    }
    const payload: PostPayload = { body, answersPrevious: !isFirst }
    const kind = index >= parts.length ? 'comment' : !isFirst || answered ? 'reply' : 'post'
    return { kind, key: keys.uuid(), payload }
  })
}

/**
 * X has no idempotency key. It refuses the same text again, for a time it does not tell: after a lost answer that
 * refusal means that the first one arrived, so the account's own posts are looked through before it counts as one.
 */
export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const { body, answersPrevious } = write.payload as unknown as PostPayload
  const parent = answersPrevious ? done.at(-1)?.externalId : undefined
  const asked = await authorized(ctx, () => ({
    method: 'POST',
    url: `${ctx.origin()}/2/tweets`,
    json: parent ? { ...body, reply: { in_reply_to_tweet_id: parent } } : body,
    timeoutMs: writeTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'no_answer') return { outcome: 'unknown', why: asked.why }
  if (asked.kind === 'answer') {
    const budget = budgetIn(asked, ctx.now())
    if (budget) ctx.budget?.(budget.left, budget.resetsAt)
    const ofApp = appBudgetIn(asked, ctx.now())
    if (ofApp) ctx.appBudget?.(ofApp)
    const id = asked.ok ? asString(at(asked.json, 'data', 'id')) : undefined
    if (id) return { outcome: 'accepted', externalId: id, url: urlOf(ctx, id) }
    if (asked.ok) return { outcome: 'unknown', why: 'X answered without saying which post it made' }
    if (asked.status >= 500) return { outcome: 'unknown', why: `X answered ${asked.status}` }
    if (isDuplicate(asked)) {
      const found = await lookup(ctx, write, done, ctx.now())
      if (found.outcome === 'published') return { ...found, outcome: 'accepted' }
    }
  }
  return { outcome: 'rejected', failure: askedFailure(asked, 'publish the post', ctx.now()) }
}

const urlOf = (ctx: AccountContext, id: string) =>
  `${ctx.origin('web')}/${ctx.account.handle ?? 'i'}/status/${id}`

/** Looks through the account's own posts since the fence, newest first, for this very text. */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/2/users/${ctx.account.externalId}/tweets`,
    query: {
      max_results: pageSize,
      start_time: new Date(fencedAt.getTime() - clockSlackMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      'post.fields': 'created_at,entities,text,note_post',
    },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  const body = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
  if (!body) return { outcome: 'unknown', why: askedFailure(asked, 'look for the post', ctx.now()).message }
  const posts = asList(body.data).map(asRecord)
  const taken = new Set(done.map(({ externalId }) => externalId))
  const wanted = comparable((write.payload as unknown as PostPayload).body.text as string)
  const found = posts.find(
    (post) => post && !taken.has(String(post.id)) && comparable(textOf(post)) === wanted,
  )
  if (found && wanted === '')
    return { outcome: 'unknown', why: 'A post without a text cannot be told from another' }
  if (found) {
    const id = String(found.id)
    return { outcome: 'published', externalId: id, url: urlOf(ctx, id) }
  }
  // Only a page that reaches back to the fence proves anything.
  if (posts.length >= pageSize || at(body, 'meta', 'next_token') !== undefined)
    return { outcome: 'unknown', why: 'The account has published too much since to look through' }
  return { outcome: 'absent' }
}

/** X shortens addresses, appends one for the media, and escapes three characters; this undoes it. */
function textOf(post: Record<string, unknown>): string {
  const note = asRecord(post.note_post)
  let text = asString(note?.text) ?? asString(post.text) ?? ''
  for (const entity of asList(at(note ?? post, 'entities', 'urls')).map(asRecord)) {
    const short = asString(entity?.url)
    const isMedia = entity?.media_key !== undefined
    if (short) text = text.replaceAll(short, isMedia ? '' : (asString(entity?.expanded_url) ?? short))
  }
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Addresses may come back with a slash or a scheme of their own; the words around them must be the same. */
const comparable = (text: string) =>
  text
    .normalize('NFC')
    .replaceAll(/https?:\/\/\S+/g, (address) => address.replace(/\/$/, '').toLowerCase())
    .replaceAll(/\s+/g, ' ')
    .trim()
