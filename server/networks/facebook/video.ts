import { asRecord, asString, graphFailure, graphObject } from '../graph-api.ts'
import type { Json, PublishContext, Write, WriteResult } from '../network.ts'
import { facebookGraph, sendAsPage, version } from './api.ts'

/** A minute of video takes about a minute. */
const pollAfterMs = 5_000

export const pendingVideo = (videoId: string): WriteResult => ({
  outcome: 'pending',
  token: { videoId },
  pollAfterMs,
})

/** Facebook took the video and makes it ready; it becomes visible by itself. Asks once. */
export async function poll(ctx: PublishContext, write: Write, token: Json): Promise<WriteResult> {
  const { videoId } = token as { videoId: string }
  const state = await videoState(ctx, videoId)
  switch (state.state) {
    case 'published':
      return {
        outcome: 'accepted',
        externalId: videoId,
        url: state.url,
        data: { form: (write.payload as { form: string }).form },
      }
    case 'failed':
      return {
        outcome: 'rejected',
        failure: {
          class: 'permanent',
          rule: 'facebook.video_refused',
          message: `Facebook could not process the video: ${state.why}`,
          remedy: 'Encode it as MP4 with H.264 and AAC, then retry.',
        },
      }
    case 'waiting':
    case 'begun':
    case 'unclear':
      return pendingVideo(videoId)
  }
}

/**
 * - `waiting`: uploaded, and nobody asked to publish it;
 * - `begun`: somebody did; it is being processed or published.
 */
export type VideoState =
  | { state: 'waiting' | 'begun' }
  | { state: 'published'; url: string | null }
  | { state: 'failed'; why: string }
  | { state: 'unclear'; why: string }

/** The three phases of a video (video-api/guides/reels-publishing, "Get upload status"). */
export async function videoState(ctx: PublishContext, videoId: string): Promise<VideoState> {
  const answer = await sendAsPage(ctx, {
    method: 'GET',
    path: `${version}/${videoId}`,
    query: { fields: 'status,published,permalink_url' },
  })
  const video = graphObject(answer)
  const status = asRecord(video?.status)
  if (!video || !status)
    return { state: 'unclear', why: graphFailure(facebookGraph, answer, 'say how far the video is').message }
  const phase = (name: string) => asString(asRecord(status[name])?.status) ?? 'not_started'
  const error = [status.processing_phase, status.publishing_phase].map(firstError).find((why) => why !== null)
  if (asString(status.video_status) === 'error' || error)
    return { state: 'failed', why: error ?? 'no reason given' }
  if (
    phase('publishing_phase') === 'complete' ||
    (video.published === true && status.video_status === 'ready')
  )
    return { state: 'published', url: absolute(ctx, asString(video.permalink_url)) }
  const begun = phase('processing_phase') !== 'not_started' || phase('publishing_phase') !== 'not_started'
  return { state: begun ? 'begun' : 'waiting' }
}

function firstError(phase: Json | undefined): string | null {
  const errors = asRecord(phase)?.errors
  const [first] = Array.isArray(errors) ? errors : []
  return first ? (asString(asRecord(first)?.message) ?? 'no reason given') : null
}

/** A video's permalink comes without the host. */
const absolute = (ctx: PublishContext, permalink: string | undefined): string | null =>
  permalink === undefined ? null : permalink.startsWith('/') ? `${ctx.origin('web')}${permalink}` : permalink
