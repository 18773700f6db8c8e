import type { HttpAnswer } from '../../net/http.ts'
import type { AccountContext, Json, Outcome, PublishContext, Write, WriteResult } from '../network.ts'
import { asNumber, asString, dataOf, errorCodeOf } from './answers.ts'
import { failReason, failureOf } from './failure.ts'
import { callApi } from './request.ts'

/** Where a `publish_id` stands. */
export interface Status {
  state: 'uploading' | 'working' | 'published' | 'inbox' | 'failed' | 'gone'
  uploadedBytes: number
  failReason: string
  /** Of a public post, once moderation has let it pass. */
  postId: string | null
}

const states: Record<string, Status['state']> = {
  PROCESSING_UPLOAD: 'uploading',
  PROCESSING_DOWNLOAD: 'working',
  SEND_TO_USER_INBOX: 'inbox',
  PUBLISH_COMPLETE: 'published',
  FAILED: 'failed',
}

export async function readStatus(ctx: AccountContext, publishId: string): Promise<Outcome<Status>> {
  const path = '/v2/post/publish/status/fetch/'
  const answer = await callApi(ctx, { method: 'POST', path, json: { publish_id: publishId } })
  const data = dataOf(answer)
  if (!data) {
    // The id of an upload is forgotten some time after it was given up.
    if (errorCodeOf(answer) === 'invalid_publish_id')
      return { outcome: 'done', value: { state: 'gone', uploadedBytes: 0, failReason: '', postId: null } }
    return { outcome: 'failed', failure: failureOf(answer, 'tell whether the post is out') }
  }
  return {
    outcome: 'done',
    value: {
      state: states[asString(data.status) ?? ''] ?? 'working',
      uploadedBytes: asNumber(data.uploaded_bytes) ?? 0,
      failReason: asString(data.fail_reason) ?? '',
      postId: postIdIn(answer),
    },
  }
}

/**
 * `publicaly_available_post_id` (sic) holds 64-bit numbers, which JavaScript would round to another post's id: they are
 * read from the text.
 */
function postIdIn(answer: HttpAnswer): string | null {
  if (answer.kind !== 'answer') return null
  return /"publical(?:ly|y)_available_post_id"\s*:\s*\[\s*"?(\d+)/.exec(answer.text)?.[1] ?? null
}

/** A post waits this long for its public id before it counts as published without one. */
const postIdWaitMs = 2 * 60_000
const pollAfterMs = 3_000

type Token = { publishId: string; completeSince?: string }

export async function poll(ctx: PublishContext, _write: Write, token: Json): Promise<WriteResult> {
  const { publishId } = token as Token
  const status = await readStatus(ctx, publishId)
  if (status.outcome === 'failed') return { outcome: 'unknown', why: status.failure.message }
  const result = settled(ctx, token as Token, status.value)
  return result ?? { outcome: 'pending', token, pollAfterMs }
}

/** What a status means for the write; null while TikTok is still at work. */
export function settled(ctx: AccountContext, token: Token, status: Status): WriteResult | null {
  const { publishId, completeSince } = token
  switch (status.state) {
    case 'uploading':
    case 'working':
      return null
    case 'gone':
      return { outcome: 'unknown', why: 'TikTok no longer knows the upload' }
    case 'failed':
      return { outcome: 'rejected', failure: failReason(status.failReason) }
    case 'inbox':
      return { outcome: 'accepted', externalId: publishId, url: null, data: { publishId } }
    case 'published': {
      if (status.postId !== null) return { outcome: 'accepted', ...published(ctx, publishId, status.postId) }
      // A private post never gets a public id, a public one after moderation; nobody says which it will be.
      const since = completeSince === undefined ? ctx.now() : new Date(completeSince)
      if (ctx.now().getTime() - since.getTime() < postIdWaitMs)
        return {
          outcome: 'pending',
          token: { publishId, completeSince: since.toISOString() },
          pollAfterMs: 10_000,
        }
      return { outcome: 'accepted', externalId: publishId, url: null, data: { publishId } }
    }
  }
}

export const published = (ctx: AccountContext, publishId: string, postId: string) => ({
  externalId: postId,
  // The address with `video` leads to photo posts too.
  url: ctx.account.handle ? `${ctx.origin('web')}/@${ctx.account.handle}/video/${postId}` : null,
  data: { publishId },
})
