import { threadParts } from '../../domain/split-thread.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asId, asRecord, asString } from '../../net/read-json.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { failureOf, resetInMs } from './failure.ts'
import { UploadFailed, uploadMedia } from './media.ts'
import { limitsBesideWarning, optionsOf } from './options.ts'
import { profileFailure } from './profile.ts'
import { send } from './request.ts'

/** No post is answered later than this; Mastodon's own front end gives up after a minute, most posts take under one second. */
export const writeTimeoutMs = 30_000

/** One status, as it is sent and as it is recognised again. */
export type StatusPayload = {
  text: string
  mediaIds: string[]
  contentWarning: string | null
  visibility: string | null
  language: string | null
  sensitive: boolean | null
  /** The id of the post it answers; a later part of a thread answers the write before it. */
  replyTo: string | null
  answersPrevious: boolean
  poll: { [key: string]: Json } | null
}

/** Uploads every file; a file that is up already is not sent again. */
export async function prepare(ctx: PublishContext, { draft, media }: DeliveryInput): Promise<Prepared> {
  const { focus } = optionsOf(draft)
  const mediaIds: string[] = []
  try {
    for (const file of media) mediaIds.push(await uploadMedia(ctx, file, focus?.[file.id]))
  } catch (error) {
    if (error instanceof UploadFailed) return { outcome: 'failed', failure: error.failure }
    // What else ends the work, such as a lost lease, is the caller's business.
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
    return {
      outcome: 'failed',
      failure: {
        class: 'transient',
        rule: 'mastodon.stopped',
        message: 'Stopped while the media was being prepared',
        remedy: 'Nothing to do: it is taken up again.',
      },
    }
  }
  return { outcome: 'ready', prepared: { mediaIds } }
}

/** The post, its further parts as answers to each other, and the first comment as an answer to the last part. */
export function plan(delivery: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { draft, limits } = delivery
  const options = optionsOf(draft)
  const mediaIds = (prepared as { mediaIds: string[] }).mediaIds
  const common = {
    contentWarning: options.contentWarning || null,
    visibility: options.visibility ?? null,
    language: options.language ?? null,
  }
  const parts = threadParts(draft, limitsBesideWarning(draft, limits))
  const statuses = parts.map((text, index): StatusPayload => {
    const isFirst = index === 0
    return {
      ...common,
      text,
      mediaIds: isFirst ? mediaIds : [],
      sensitive: isFirst ? (options.sensitive ?? null) : null,
      replyTo: isFirst ? replyId(options.replyTo) : null,
      answersPrevious: !isFirst,
      poll: isFirst && options.poll ? { ...options.poll } : null,
    }
  })
  const writes = statuses.map(
    (payload, index): Write => ({ kind: index === 0 ? 'post' : 'reply', key: keys.uuid(), payload }),
  )
  if (options.firstComment)
    writes.push({
      kind: 'comment',
      key: keys.uuid(),
      payload: {
        ...common,
        contentWarning: null,
        text: options.firstComment,
        mediaIds: [],
        sensitive: null,
        replyTo: null,
        answersPrevious: true,
        poll: null,
      } satisfies StatusPayload,
    })
  return writes
}

/** `109…` stays, `https://mastodon.social/@me/109…` gives its last part. */
function replyId(replyTo: string | undefined): string | null {
  if (!replyTo) return null
  const path = URL.canParse(replyTo) ? new URL(replyTo).pathname : replyTo
  return path.split('/').filter(Boolean).at(-1) ?? null
}

/** The id of the post that a write answers, or null when it answers none. */
export function repliesTo(payload: StatusPayload, done: Written[]): string | null {
  if (!payload.answersPrevious) return payload.replyTo
  const previous = done.at(-1)
  if (!previous) throw new Error('A part of a thread was sent before the part it answers')
  return previous.externalId
}

/** Sends one status. */
export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const payload = write.payload as StatusPayload
  const answer = await send(ctx, {
    method: 'POST',
    path: '/api/v1/statuses',
    headers: { 'idempotency-key': write.key },
    json: requestBody(payload, repliesTo(payload, done)),
    timeoutMs: writeTimeoutMs,
  })
  if (answer.kind === 'answer') tellBudget(ctx, answer)
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  if (answer.kind === 'answer' && answer.ok) return accepted(answer)
  // A server that failed, or something in front of it that lost patience, may have published all the same.
  if (answer.kind === 'answer' && (answer.status >= 500 || answer.status === 408))
    return { outcome: 'unknown', why: `The server answered ${answer.status}` }
  return { outcome: 'rejected', failure: await rejection(ctx, answer) }
}

function requestBody(payload: StatusPayload, replyTo: string | null): Record<string, unknown> {
  const { text, mediaIds, contentWarning, visibility, language, sensitive, poll } = payload
  return {
    status: text,
    ...(mediaIds.length > 0 && { media_ids: mediaIds }),
    ...(contentWarning && { spoiler_text: contentWarning }),
    ...(visibility && { visibility }),
    ...(language && { language }),
    ...(sensitive !== null && { sensitive }),
    ...(replyTo && { in_reply_to_id: replyTo }),
    ...(poll && {
      poll: {
        options: poll.options,
        expires_in: poll.expiresInSeconds,
        multiple: poll.multiple ?? false,
        hide_totals: poll.hideTotals ?? false,
      },
    }),
  }
}

/** The headers of this answer count posts (300 in 3 hours); those of uploads and reads count something else. */
function tellBudget(ctx: PublishContext, answer: Answered): void {
  const left = Number(answer.headers.get('x-ratelimit-remaining') ?? Number.NaN)
  const waitMs = resetInMs(answer, ctx.now())
  if (!Number.isInteger(left) || waitMs === null || waitMs <= 0) return
  ctx.budget?.(left, new Date(ctx.now().getTime() + waitMs))
}

function accepted(answer: Answered): WriteResult {
  const status = asRecord(answer.json)
  const id = asId(status?.id)
  if (!id) return { outcome: 'unknown', why: 'The server answered 200 without saying which post it made' }
  return { outcome: 'accepted', externalId: id, url: asString(status?.url) ?? asString(status?.uri) ?? null }
}

/** Some servers answer 422 or 403 to a bad token, where Mastodon means the post: reading the profile tells which. */
async function rejection(ctx: PublishContext, answer: HttpAnswer) {
  const failure = failureOf(answer, 'publish the post', ctx.now())
  const isDoubtful = answer.kind === 'answer' && (answer.status === 422 || answer.status === 403)
  if (!isDoubtful || failure.class === 'transient') return failure
  const profile = await send(ctx, { method: 'GET', path: '/api/v1/accounts/verify_credentials' })
  if (profile.kind !== 'answer') return failure
  if (!profile.ok) {
    const aboutAccount = profileFailure(profile, ctx.now())
    return aboutAccount.class === 'reconnect' ? aboutAccount : failure
  }
  // The account is fine, so a 403 is about this post or about what the token may do.
  if (answer.status === 403 && !/scope/i.test(failure.message) && failure.class === 'reconnect')
    return {
      ...failure,
      class: 'permanent' as const,
      remedy: 'Check that the account may answer or quote that post, then retry.',
    }
  return failure
}
