import type { Json, Lookup, PublishContext, Write } from '../network.ts'
import { asNumber, asRecord, asString, dataOf } from './answers.ts'
import type { Payload, PhotoPayload } from './payload.ts'
import { callApi } from './request.ts'
import { published, readStatus } from './status.ts'
import { currentUpload } from './uploads.ts'

/**
 * A video's upload says how far it came, so both answers can be proven. Photos leave no id behind when the answer is
 * lost: a public post shows in the list of posts, and everything else is unknown.
 */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  _done: unknown,
  fencedAt: Date,
): Promise<Lookup> {
  const payload = write.payload as Payload
  if (payload.kind === 'photo') return findPhotos(ctx, payload, fencedAt)
  const { publishId } = await currentUpload(ctx, payload)
  const status = await readStatus(ctx, publishId)
  if (status.outcome === 'failed') return { outcome: 'unknown', why: status.failure.message }
  const { state, uploadedBytes, postId } = status.value
  if (state === 'failed') return { outcome: 'absent' }
  if (state === 'uploading' && uploadedBytes < sizeOf(payload.init.body)) return { outcome: 'absent' }
  if (state === 'gone') return { outcome: 'unknown', why: 'TikTok no longer knows the upload' }
  if (state === 'published' && postId !== null)
    return { outcome: 'published', ...published(ctx, publishId, postId) }
  if (state === 'published' || state === 'inbox')
    return { outcome: 'published', externalId: publishId, url: null, data: { publishId } }
  return { outcome: 'unknown', why: 'TikTok is still working on the video' }
}

const sizeOf = (body: { [name: string]: Json }) => asNumber(asRecord(body.source_info)?.video_size) ?? 0

/** Clocks differ a little; the list tells whole seconds. */
const clockSlackMs = 5_000

async function findPhotos(ctx: PublishContext, { body }: PhotoPayload, fencedAt: Date): Promise<Lookup> {
  const answer = await callApi(ctx, {
    method: 'POST',
    path: '/v2/video/list/',
    query: { fields: 'id,title,video_description,create_time,share_url' },
    json: { max_count: 20 },
  })
  const data = dataOf(answer)
  const info = asRecord(body.post_info)
  const sought = asString(info?.description)?.trim()
  const since = (fencedAt.getTime() - clockSlackMs) / 1000
  const match = (Array.isArray(data?.videos) ? data.videos : []).map(asRecord).find((video) => {
    const said = [asString(video?.video_description)?.trim(), asString(video?.title)?.trim()]
    return Boolean(sought) && said.includes(sought) && (asNumber(video?.create_time) ?? 0) >= since
  })
  const id = asString(match?.id)
  if (id) return { outcome: 'published', externalId: id, url: asString(match?.share_url) ?? null }
  return {
    outcome: 'unknown',
    why: 'TikTok kept no mark of the request, and its list shows public posts only',
  }
}
