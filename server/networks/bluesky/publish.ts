import { threadParts } from '../../domain/split-thread.ts'
import { asRecord, asString } from '../../net/read-json.ts'
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
import { errorName, failureOf } from './failure.ts'
import { linkCard } from './link-card.ts'
import { type Embed, mediaEmbed } from './media.ts'
import { optionsOf, textWithLink } from './options.ts'
import { postUri, postUrl } from './post-address.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { findReplyRefs, type PostRef, type ReplyRefs } from './reply.ts'
import { type FacetedText, withFacets } from './rich-text.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'
import { tidOf, tidRandomBelow } from './tid.ts'

/** Writes are answered within a second; a loaded server was seen to take several. */
export const writeTimeoutMs = 30_000

const collection = 'app.bsky.feed.post'

type PreparedPost = {
  /** The posts of the thread; one for a post that is no thread. */
  parts: FacetedText[]
  firstComment: FacetedText | null
  embed: Embed | null
  reply: ReplyRefs | null
}

/** One record, as it is put. `answersPrevious`: the reply is completed from the writes before it. */
type PostPayload = { record: { [key: string]: Json }; answersPrevious: boolean }

/** Finds mentions, the answered post, the card, and uploads files. Nobody sees any of it. */
export async function prepare(
  ctx: PublishContext,
  { draft, media, limits }: DeliveryInput,
): Promise<Prepared> {
  const { replyTo, firstComment, linkCard: wantsCard } = optionsOf(draft)
  const texts = threadParts({ ...draft, text: textWithLink(draft) }, limits)
  try {
    const faceted = await withFacets(ctx, firstComment ? [...texts, firstComment] : texts)
    const reply = replyTo ? await ctx.step('answered post', () => findReplyRefs(ctx, replyTo)) : null
    const parts = faceted.slice(0, texts.length)
    const address = draft.link ?? (wantsCard === false ? null : firstLink(parts))
    const embed = (await mediaEmbed(ctx, media)) ?? (address ? await linkCard(ctx, address) : null)
    const prepared: PreparedPost = { parts, firstComment: faceted[texts.length] ?? null, embed, reply }
    return { outcome: 'ready', prepared: prepared as unknown as Json }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

/** A card belongs to the first post, so only that one's text is searched. */
function firstLink([first]: FacetedText[]): string | null {
  for (const { features } of first?.facets ?? [])
    for (const feature of features) if (typeof feature.uri === 'string') return feature.uri
  return null
}

/** The post, the further parts of its thread, and the first comment, each under a key chosen here and now. */
export function plan({ draft }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { parts, firstComment, embed, reply } = prepared as unknown as PreparedPost
  const { langs, contentWarnings } = optionsOf(draft)
  const now = keys.now().getTime()
  return [...parts, ...(firstComment ? [firstComment] : [])].map(({ text, facets }, index): Write => {
    // One millisecond apart, so that the parts sort in their order everywhere.
    const at = new Date(now + index)
    const record: { [key: string]: Json } = {
      $type: collection,
      text,
      ...(facets.length > 0 ? { facets: facets as unknown as Json } : {}),
      ...(langs && langs.length > 0 ? { langs } : {}),
      ...(index === 0 && embed ? { embed } : {}),
      ...(index === 0 && reply ? { reply } : {}),
      ...(contentWarnings && contentWarnings.length > 0 ? { labels: selfLabels(contentWarnings) } : {}),
      createdAt: at.toISOString(),
    }
    const payload: PostPayload = { record, answersPrevious: index > 0 }
    const kind = index >= parts.length ? 'comment' : index > 0 || reply ? 'reply' : 'post'
    return { kind, key: tidOf(at, keys.random(tidRandomBelow)), payload }
  })
}

const selfLabels = (values: string[]): Json => ({
  $type: 'com.atproto.label.defs#selfLabels',
  values: values.map((val) => ({ val })),
})

/**
 * Puts one record under its key, only if nothing is there (`swapRecord: null`). The same put again changes nothing and
 * is answered like the first; `createRecord` would be answered 500 (observed on the reference server, 0.4.217 and 0.5.35).
 */
export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const asked = await authorized(ctx, () => ({
    method: 'POST',
    url: `${ctx.origin()}/xrpc/com.atproto.repo.putRecord`,
    json: {
      repo: ctx.account.externalId,
      collection,
      rkey: write.key,
      record: completed(write.payload as unknown as PostPayload, done),
      swapRecord: null,
    },
    timeoutMs: writeTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'no_answer') return { outcome: 'unknown', why: asked.why }
  if (asked.kind === 'answer') {
    if (asked.ok) return accepted(ctx, write, asked.json)
    if (asked.status >= 500) return { outcome: 'unknown', why: `The server answered ${asked.status}` }
    if (errorName(asked) === 'InvalidSwap') return existing(ctx, write)
  }
  return { outcome: 'rejected', failure: askedFailure(asked, 'publish the post', ctx.now()) }
}

function completed({ record, answersPrevious }: PostPayload, done: Written[]) {
  const [first] = done
  const last = done.at(-1)
  if (!answersPrevious || !first || !last) return record
  const firstRecord = (first.write.payload as unknown as PostPayload).record
  const root = (firstRecord.reply as ReplyRefs | undefined)?.root ?? refOf(first)
  return { ...record, reply: { root, parent: refOf(last) } }
}

const refOf = (written: Written): PostRef => ({
  uri: written.externalId,
  cid: asString(asRecord(written.data)?.cid) ?? '',
})

function accepted(ctx: AccountContext, write: Write, json: unknown): WriteResult {
  const cid = asString(asRecord(json)?.cid)
  if (!cid) return { outcome: 'unknown', why: 'The server answered 200 without naming the record' }
  const did = ctx.account.externalId
  return {
    outcome: 'accepted',
    externalId: postUri(did, write.key),
    url: postUrl(ctx.origin('web'), did, write.key),
    data: { cid },
  }
}

/** Something is under our key. The key is ours alone, so it is this post, in a form the server has changed. */
async function existing(ctx: AccountContext, write: Write): Promise<WriteResult> {
  const found = await find(ctx, write)
  if (found.outcome === 'published') return { ...found, outcome: 'accepted' }
  return { outcome: 'unknown', why: 'The server says that the post exists, and does not show it' }
}

/** The account's own server is the authority on its records: what it does not have does not exist. */
export const lookup = (ctx: PublishContext, write: Write): Promise<Lookup> => find(ctx, write)

async function find(ctx: AccountContext, write: Write): Promise<Lookup> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: `${ctx.origin()}/xrpc/com.atproto.repo.getRecord`,
    query: { repo: ctx.account.externalId, collection, rkey: write.key },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  if (answer.kind === 'answer') {
    if (answer.status === 400 && errorName(answer) === 'RecordNotFound') return { outcome: 'absent' }
    const result = answer.ok ? accepted(ctx, write, answer.json) : null
    if (result?.outcome === 'accepted') return { ...result, outcome: 'published' }
  }
  return { outcome: 'unknown', why: failureOf(answer, 'look for the post', ctx.now()).message }
}
