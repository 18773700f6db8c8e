import type { Answered } from '../../net/http.ts'
import { asId, asInstant, asList, asRecord, asString } from '../../net/read-json.ts'
import type { Lookup, PublishContext, Write, Written } from '../network.ts'
import { failureOf } from './failure.ts'
import { fingerprint, likeness, textOfHtml } from './plain-text.ts'
import { repliesTo, type StatusPayload } from './publish.ts'
import { accountIdOf, send } from './request.ts'

/** 40 is the most a page holds (docs.joinmastodon.org/methods/accounts, July 2026). */
const pageSize = 40
/** 400 posts after the fence: more than an account may publish in the time a lookup waits (300 in 3 hours). */
const pagesMax = 10
/** `created_at` is cut to whole seconds by some servers, and so is the `Date` header that clocks are compared by. */
const clockSlackMs = 2_000
/** Two posts with this share of words in common are too much alike to say that one of them is not the other. */
const likenessMin = 0.5

/**
 * Looks for a write among the account's newest posts. `absent` is said only when the listing reaches back to before
 * the fence (or has come to its end), the server shows the author posts of this visibility, and nothing in between
 * resembles the write.
 */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const payload = write.payload as StatusPayload
  const wanted = { payload, replyTo: repliesTo(payload, done), others: done.map((one) => one.externalId) }
  let lookalike: string | null = null
  let maxId: string | undefined
  for (let page = 0; page < pagesMax; page++) {
    const answer = await send(ctx, {
      method: 'GET',
      path: `/api/v1/accounts/${encodeURIComponent(accountIdOf(ctx.account.externalId))}/statuses`,
      query: { limit: pageSize, exclude_reblogs: true, max_id: maxId },
    })
    if (answer.kind !== 'answer' || !answer.ok || !Array.isArray(answer.json))
      return {
        outcome: 'unknown',
        why: failureOf(answer, "read the account's newest posts", ctx.now()).message,
      }
    const notBefore = new Date(inServerTime(fencedAt, answer, ctx.now()).getTime() - clockSlackMs)
    const statuses = asList(answer.json).map(statusFrom)
    for (const status of statuses) {
      // Not every server leaves the boosts out when asked to.
      if (status.isReblog) continue
      if (!status.id || !status.createdAt || status.createdAt < notBefore) continue
      if (wanted.others.includes(status.id)) continue
      if (matches(status, wanted)) return { outcome: 'published', externalId: status.id, url: status.url }
      if (resembles(status, wanted)) lookalike ??= status.url ?? status.id
    }
    const oldest = statuses.at(-1)
    // Mastodon filters after it limits, so only an empty page is an end.
    const isComplete = !oldest || (oldest.createdAt !== undefined && oldest.createdAt < notBefore)
    if (isComplete)
      return lookalike ? { outcome: 'unknown', why: looksAlike(lookalike) } : absentIfShown(ctx, payload)
    // snac2 answers the same page whatever it is asked (seen 2026-11-22).
    if (!oldest?.id || oldest.id === maxId)
      return { outcome: 'unknown', why: 'The server does not list posts further back' }
    maxId = oldest.id
  }
  return {
    outcome: 'unknown',
    why: `The account has more than ${pageSize * pagesMax} posts since it was sent`,
  }
}

const looksAlike = (where: string) => `A post that resembles it was published in the meantime: ${where}`

/** The fence was timed by our clock, the posts by the server's: its `Date` header tells how far they are apart. */
function inServerTime(at: Date, answer: Answered, now: Date): Date {
  const serverNow = asInstant(answer.headers.get('date') ?? undefined)
  return serverNow ? new Date(at.getTime() + serverNow.getTime() - now.getTime()) : at
}

interface Status {
  id: string | undefined
  url: string | null
  createdAt: Date | undefined
  text: string
  contentWarning: string
  replyTo: string | null
  mediaIds: string[]
  hasPoll: boolean
  isReblog: boolean
}

function statusFrom(value: unknown): Status {
  const body = asRecord(value)
  return {
    id: asId(body?.id),
    url: asString(body?.url) ?? asString(body?.uri) ?? null,
    createdAt: asInstant(body?.created_at),
    // snac2 gives the author the source; Mastodon only the HTML.
    text: asString(body?.text) ?? textOfHtml(asString(body?.content) ?? ''),
    contentWarning: asString(body?.spoiler_text) ?? '',
    replyTo: asId(body?.in_reply_to_id) ?? null,
    mediaIds: asList(body?.media_attachments).map((one) => asId(asRecord(one)?.id) ?? ''),
    hasPoll: asRecord(body?.poll) !== undefined,
    isReblog: asRecord(body?.reblog) !== undefined,
  }
}

interface Wanted {
  payload: StatusPayload
  replyTo: string | null
  others: string[]
}

/**
 * Uploads are ours alone, so a post with our attachment ids is ours. Otherwise text, number of attachments and the post
 * that it answers must agree (snac2 renames attachments when they are attached).
 */
function matches(status: Status, { payload, replyTo }: Wanted): boolean {
  const { mediaIds } = payload
  if (mediaIds.length > 0 && mediaIds.every((id) => status.mediaIds.includes(id))) return true
  return (
    status.replyTo === replyTo &&
    status.mediaIds.length === mediaIds.length &&
    status.hasPoll === (payload.poll !== null) &&
    fingerprint(status.text) === fingerprint(payload.text) &&
    fingerprint(status.contentWarning) === fingerprint(payload.contentWarning ?? '')
  )
}

const resembles = (status: Status, { payload }: Wanted) =>
  status.mediaIds.length === payload.mediaIds.length &&
  (fingerprint(status.text) === fingerprint(payload.text) ||
    likeness(status.text, payload.text) >= likenessMin)

/**
 * Mastodon lists every post of the author to the author. Others leave out what is not public (snac2 2.75, seen
 * 2026-11-22), so there the absence of a post that may not be public proves nothing.
 */
async function absentIfShown(ctx: PublishContext, payload: StatusPayload): Promise<Lookup> {
  if (ctx.account.settings.keepsIdempotencyKeys === true) return { outcome: 'absent' }
  const visibility = payload.visibility ?? (await defaultVisibility(ctx))
  if (visibility === 'public') return { outcome: 'absent' }
  return {
    outcome: 'unknown',
    why: `The server may not list a post that is ${visibility ?? 'of unknown visibility'}`,
  }
}

async function defaultVisibility(ctx: PublishContext): Promise<string | undefined> {
  const answer = await send(ctx, { method: 'GET', path: '/api/v1/accounts/verify_credentials' })
  if (answer.kind !== 'answer' || !answer.ok) return undefined
  return asString(asRecord(asRecord(answer.json)?.source)?.privacy)
}
