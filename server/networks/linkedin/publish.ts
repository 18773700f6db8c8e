import { asList, asNumber, asRecord, asString, at } from '../../net/read-json.ts'
import type {
  AccountContext,
  DeliveryInput,
  Done,
  Json,
  KeySource,
  Lookup,
  Prepared,
  PublishContext,
  Published,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { duplicateOf } from './failure.ts'
import { littleText } from './little-text.ts'
import { PrepareFailed, uploadMedia } from './media.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

export const writeTimeoutMs = 30_000
const clockSlackMs = 10_000

/** Uploads the files. Nobody sees any of it. */
export async function prepare(ctx: PublishContext, { media }: DeliveryInput): Promise<Prepared> {
  try {
    const urns: string[] = []
    for (const [index, file] of media.entries()) urns.push(await uploadMedia(ctx, file, index))
    return { outcome: 'ready', prepared: { author: ctx.account.externalId, urns } }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

export function plan({ draft, media }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { author, urns } = prepared as { author: string; urns: string[] }
  const { visibility = 'PUBLIC', disableReshare = false } = draft.options as {
    visibility?: string
    disableReshare?: boolean
  }
  const shown = urns.map((id, index) => {
    const altText = media[index]?.altText
    return { id, ...(altText ? { altText } : {}) }
  })
  const isVideo = media[0]?.kind === 'video'
  const content =
    shown.length > 1
      ? { multiImage: { images: shown } }
      : shown[0]
        ? {
            media: isVideo
              ? { id: shown[0].id, title: draft.title ?? media[0]?.filename ?? 'Video' }
              : shown[0],
          }
        : draft.link
          ? { article: { source: draft.link, title: draft.title || hostOf(draft.link) } }
          : null
  const payload = {
    author,
    commentary: littleText(draft.text),
    visibility,
    distribution: { feedDistribution: 'MAIN_FEED', targetEntities: [], thirdPartyDistributionChannels: [] },
    lifecycleState: 'PUBLISHED',
    isReshareDisabledByAuthor: disableReshare,
    ...(content ? { content } : {}),
  }
  return [{ kind: 'post', key: keys.uuid(), payload: payload as unknown as Json }]
}

const hostOf = (link: string) => (URL.canParse(link) ? new URL(link).host : link)

/** The same post again is refused for about ten minutes, and the refusal names the one that is there: that is this one. */
export async function commit(ctx: PublishContext, write: Write): Promise<WriteResult> {
  const asked = await authorized(ctx, () => ({
    method: 'POST',
    url: `${ctx.origin()}/rest/posts`,
    json: write.payload,
    timeoutMs: writeTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'no_answer') return { outcome: 'unknown', why: asked.why }
  if (asked.kind === 'answer') {
    const urn = (asked.ok ? asked.headers.get('x-restli-id') : null) ?? duplicateOf(asked)
    if (urn) return { outcome: 'accepted', externalId: urn, url: urlOf(ctx, urn) }
    if (asked.ok) return { outcome: 'unknown', why: 'LinkedIn answered without naming the post' }
    if (asked.status >= 500) return { outcome: 'unknown', why: `LinkedIn answered ${asked.status}` }
  }
  return { outcome: 'rejected', failure: askedFailure(asked, 'publish the post', ctx.now()) }
}

const urlOf = (ctx: AccountContext, urn: string) => `${ctx.origin('web')}/feed/update/${urn}`
const isPage = (ctx: AccountContext) => ctx.account.externalId.startsWith('urn:li:organization:')

/** Pages can list their posts; members cannot be listed at all, so for them nobody can tell. */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  _done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  if (!isPage(ctx)) return { outcome: 'unknown', why: "LinkedIn does not show a member's own posts to apps" }
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/rest/posts`,
    query: { q: 'author', author: ctx.account.externalId, count: 50, sortBy: 'CREATED' },
    headers: { 'x-restli-method': 'FINDER' },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind !== 'answer' || !asked.ok)
    return { outcome: 'unknown', why: askedFailure(asked, 'look for the post', ctx.now()).message }
  const wanted = asString(at(write.payload, 'commentary'))
  const found = asList(at(asked.json, 'elements'))
    .map(asRecord)
    .find(
      (post) =>
        post?.commentary === wanted && (asNumber(post?.createdAt) ?? 0) >= fencedAt.getTime() - clockSlackMs,
    )
  const urn = asString(found?.id)
  if (urn) return { outcome: 'published', externalId: urn, url: urlOf(ctx, urn) }
  return { outcome: 'unknown', why: 'The post is not in the list of the page (yet)' }
}

export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const asked = await authorized(ctx, () => ({
    method: 'DELETE',
    url: `${ctx.origin()}/rest/posts/${encodeURIComponent(externalId)}`,
    headers: { 'x-restli-method': 'DELETE' },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'answer' && (asked.ok || asked.status === 404)) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: askedFailure(asked, 'delete the post', ctx.now()) }
}
