import type { Draft } from '../../domain/draft.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { asId, asRecord, asString, graphError, graphFailure, graphObject } from '../graph-api.ts'
import { PrepareFailed } from '../graph-containers.ts'
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
import { facebookGraph, pagePath, sendAsPage, version } from './api.ts'
import { formOf, optionsOf } from './options.ts'
import { uploadPhoto, uploadReel, uploadVideo } from './upload.ts'
import { pendingVideo } from './video.ts'

/** The bytes are there already: what publishes is small, and answered within seconds. */
export const writeTimeoutMs = 60_000

export type FacebookPayload =
  | { form: 'feed'; message: string; link: string | null; photoIds: string[]; place: string | null }
  | { form: 'video'; videoId: string; sessionId: string; description: string; title: string | null }
  | { form: 'reel'; videoId: string; description: string; title: string | null }
  | { form: 'video_story'; videoId: string }
  | { form: 'photo_story'; photoId: string }
  | { form: 'comment'; message: string }

/** Uploads what the post shows; nothing of it is visible. */
export async function prepare(ctx: PublishContext, { draft, media }: DeliveryInput): Promise<Prepared> {
  const [file] = media
  try {
    switch (formOf(draft)) {
      case 'feed':
      case 'photo_story': {
        const photoIds: string[] = []
        for (const [index, photo] of media.entries()) photoIds.push(await uploadPhoto(ctx, photo, index))
        return { outcome: 'ready', prepared: { photoIds } }
      }
      case 'video':
        if (!file) throw new Error('A video needs its file')
        return { outcome: 'ready', prepared: await uploadVideo(ctx, file) }
      case 'reel':
      case 'video_story': {
        if (!file) throw new Error('A reel needs its file')
        const edge = formOf(draft) === 'reel' ? 'video_reels' : 'video_stories'
        return { outcome: 'ready', prepared: { videoId: await uploadReel(ctx, file, edge) } }
      }
    }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

export function plan({ draft }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { firstComment } = optionsOf(draft)
  const comment: FacebookPayload | null = firstComment ? { form: 'comment', message: firstComment } : null
  return [
    { kind: 'post', key: keys.uuid(), payload: payloadOf(draft, prepared) },
    ...(comment ? [{ kind: 'comment' as const, key: keys.uuid(), payload: comment }] : []),
  ]
}

function payloadOf(draft: Draft, prepared: Json): FacebookPayload {
  const made = prepared as { photoIds: string[]; videoId: string; sessionId: string }
  const description = withLink(draft)
  switch (formOf(draft)) {
    case 'feed':
      return {
        form: 'feed',
        message: made.photoIds.length > 0 ? description : draft.text,
        link: made.photoIds.length > 0 ? null : draft.link,
        photoIds: made.photoIds,
        place: optionsOf(draft).place ?? null,
      }
    case 'video':
      return {
        form: 'video',
        videoId: made.videoId,
        sessionId: made.sessionId,
        description,
        title: draft.title,
      }
    case 'reel':
      return { form: 'reel', videoId: made.videoId, description, title: draft.title }
    case 'video_story':
      return { form: 'video_story', videoId: made.videoId }
    case 'photo_story':
      return { form: 'photo_story', photoId: made.photoIds[0] ?? '' }
  }
}

/** Beside photos or a video there is no card, so the link goes into the words. */
const withLink = ({ text, link }: Draft) =>
  link && !text.includes(link) ? [text, link].filter(Boolean).join('\n\n') : text

// ---------------------------------------------------------------- sending

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const payload = write.payload as FacebookPayload
  const answer = await sendAsPage(ctx, {
    method: 'POST',
    ...requestFor(ctx, payload, done),
    timeoutMs: writeTimeoutMs - 10_000,
  })
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  const result = await accepted(ctx, payload, answer)
  if (result) return result
  if (answer.kind === 'answer' && (!graphError(answer) || answer.status >= 500))
    return {
      outcome: 'unknown',
      why: `Facebook answered ${answer.status} without saying whether it published`,
    }
  return { outcome: 'rejected', failure: graphFailure(facebookGraph, answer, 'publish the post') }
}

function requestFor(ctx: PublishContext, payload: FacebookPayload, done: Written[]) {
  switch (payload.form) {
    case 'feed':
      return { path: pagePath(ctx, 'feed'), form: feedForm(payload) }
    case 'video':
      return {
        role: 'video',
        path: pagePath(ctx, 'videos'),
        form: {
          upload_phase: 'finish',
          upload_session_id: payload.sessionId,
          description: payload.description,
          ...(payload.title && { title: payload.title }),
        },
      }
    case 'reel':
    case 'video_story':
      return {
        path: pagePath(ctx, payload.form === 'reel' ? 'video_reels' : 'video_stories'),
        form: {
          upload_phase: 'finish',
          video_id: payload.videoId,
          ...(payload.form === 'reel' && {
            video_state: 'PUBLISHED',
            description: payload.description,
            ...(payload.title && { title: payload.title }),
          }),
        },
      }
    case 'photo_story':
      return { path: pagePath(ctx, 'photo_stories'), form: { photo_id: payload.photoId } }
    case 'comment':
      return { path: `${version}/${postOf(done)}/comments`, form: { message: payload.message } }
  }
}

function feedForm({
  message,
  link,
  photoIds,
  place,
}: FacebookPayload & { form: 'feed' }): Record<string, string> {
  return {
    ...(message !== '' && { message }),
    ...(link && { link }),
    ...(place && { place }),
    ...Object.fromEntries(
      photoIds.map((id, index) => [`attached_media[${index}]`, JSON.stringify({ media_fbid: id })]),
    ),
  }
}

/** Null: the answer does not say that it was done. */
async function accepted(
  ctx: PublishContext,
  payload: FacebookPayload,
  answer: HttpAnswer,
): Promise<WriteResult | null> {
  const body = graphObject(answer)
  switch (payload.form) {
    case 'feed':
    case 'comment': {
      const id = asId(body?.id)
      if (!id) return null
      const url = payload.form === 'feed' ? await permalinkOf(ctx, id) : null
      return { outcome: 'accepted', externalId: id, url, data: { form: payload.form } }
    }
    case 'video':
    case 'reel':
    case 'video_story':
      return body?.success === true ? pendingVideo(payload.videoId) : null
    case 'photo_story': {
      const id = asId(body?.post_id)
      return id ? { outcome: 'accepted', externalId: id, url: null, data: { form: 'photo_story' } } : null
    }
  }
}

/** The post that a comment stands under. */
export function postOf(done: Written[]): string {
  const post = done[0]?.externalId
  if (!post) throw new Error('A comment needs the post before it')
  return post
}

/** The post is out already: without an answer it has no address yet. */
async function permalinkOf(ctx: PublishContext, id: string): Promise<string | null> {
  const answer = await sendAsPage(ctx, {
    method: 'GET',
    path: `${version}/${id}`,
    query: { fields: 'permalink_url' },
    timeoutMs: 5_000,
  })
  return asString(asRecord(graphObject(answer))?.permalink_url) ?? null
}
