import type { Draft } from '../../domain/draft.ts'
import { asId, graphError, graphFailure, graphObject, sendGraph } from '../graph-api.ts'
import { PrepareFailed, readyContainer } from '../graph-containers.ts'
import { quotaFailure } from '../graph-quota.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  MediaFile,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { accountPath, containers, instagramGraph, permalinkOf, tokenOf, version } from './api.ts'
import { isStory, optionsOf } from './options.ts'

/** Publishing a container is answered within seconds; Meta's own guide gives it no number. */
export const writeTimeoutMs = 60_000

export type InstagramPayload =
  | { kind: 'media'; containerId: string; caption: string; isStory: boolean }
  | { kind: 'comment'; text: string }

/** Makes and fills the containers: nothing of them is visible. Instagram fetches the files itself. */
export async function prepare(ctx: PublishContext, delivery: DeliveryInput): Promise<Prepared> {
  try {
    const token = await tokenOf(ctx)
    const full = await quotaFailure(ctx, instagramGraph, token, accountPath(ctx, 'content_publishing_limit'))
    if (full) return { outcome: 'failed', failure: full }
    const { media } = delivery
    const children =
      media.length > 1
        ? await Promise.all(media.map((file, index) => carouselItem(ctx, token, delivery, file, index)))
        : []
    const containerId = await readyContainer(ctx, containers, token, {
      name: 'post',
      path: accountPath(ctx, 'media'),
      form: () => postForm(delivery, children),
    })
    return { outcome: 'ready', prepared: { containerId } }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

const carouselItem = (
  ctx: PublishContext,
  token: string,
  { draft }: DeliveryInput,
  file: MediaFile,
  index: number,
) =>
  readyContainer(ctx, containers, token, {
    name: `file ${index + 1}`,
    path: accountPath(ctx, 'media'),
    form: () => ({
      ...(file.kind === 'video'
        ? { media_type: 'VIDEO', video_url: file.publicUrl() }
        : { image_url: file.publicUrl(), ...altText(file) }),
      ...(index === 0 && userTags(draft, file)),
      is_carousel_item: 'true',
    }),
  })

/** A single video is a reel; a story has neither caption nor alternative text. */
function postForm({ draft, media }: DeliveryInput, children: string[]): Record<string, string> {
  const options = optionsOf(draft)
  const [file] = media
  if (!file) throw new Error('Instagram publishes nothing without media')
  if (isStory(draft))
    return {
      media_type: 'STORIES',
      ...(file.kind === 'video' ? { video_url: file.publicUrl() } : { image_url: file.publicUrl() }),
      ...userTags(draft, file),
    }
  return {
    ...(children.length > 0
      ? { media_type: 'CAROUSEL', children: children.join(',') }
      : file.kind === 'video'
        ? { media_type: 'REELS', video_url: file.publicUrl(), ...reelForm(draft), ...userTags(draft, file) }
        : { image_url: file.publicUrl(), ...altText(file), ...userTags(draft, file) }),
    ...(draft.text !== '' && { caption: draft.text }),
    ...(options.locationId && { location_id: options.locationId }),
    ...(options.collaborators && { collaborators: JSON.stringify(options.collaborators) }),
  }
}

function reelForm(draft: Draft): Record<string, string> {
  const { shareToFeed, coverUrl, thumbOffsetMs, audioName } = optionsOf(draft)
  return {
    ...(shareToFeed !== undefined && { share_to_feed: String(shareToFeed) }),
    ...(coverUrl && { cover_url: coverUrl }),
    ...(thumbOffsetMs !== undefined && { thumb_offset: String(thumbOffsetMs) }),
    ...(audioName && { audio_name: audioName }),
  }
}

const altText = (file: MediaFile): Record<string, string> => (file.altText ? { alt_text: file.altText } : {})

/** Places are for pictures only. */
function userTags(draft: Draft, file: MediaFile): Record<string, string> {
  const tags = optionsOf(draft).userTags
  if (!tags || tags.length === 0) return {}
  const places = tags.map(({ username, x = 0.5, y = 0.5 }) =>
    file.kind === 'image' ? { username, x, y } : { username },
  )
  return { user_tags: JSON.stringify(places) }
}

export function plan({ draft }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { containerId } = prepared as { containerId: string }
  const { firstComment } = optionsOf(draft)
  const media: InstagramPayload = { kind: 'media', containerId, caption: draft.text, isStory: isStory(draft) }
  const comment: InstagramPayload | null = firstComment ? { kind: 'comment', text: firstComment } : null
  return [
    { kind: 'post', key: containerId, payload: media },
    ...(comment ? [{ kind: 'comment' as const, key: keys.uuid(), payload: comment }] : []),
  ]
}

// ---------------------------------------------------------------- sending

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const payload = write.payload as InstagramPayload
  const token = await tokenOf(ctx)
  const answer = await sendGraph(ctx, token, {
    method: 'POST',
    ...(payload.kind === 'media'
      ? { path: accountPath(ctx, 'media_publish'), form: { creation_id: payload.containerId } }
      : { path: `${version}/${postOf(done)}/comments`, form: { message: payload.text } }),
    timeoutMs: writeTimeoutMs - 10_000,
  })
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  const id = asId(graphObject(answer)?.id)
  if (id && payload.kind === 'comment') return { outcome: 'accepted', externalId: id, url: null }
  if (id && payload.kind === 'media')
    return {
      outcome: 'accepted',
      externalId: id,
      url: await permalinkOf(ctx, token, id),
      data: { isStory: payload.isStory },
    }
  if (answer.kind === 'answer' && (!graphError(answer) || answer.status >= 500))
    return {
      outcome: 'unknown',
      why: `Instagram answered ${answer.status} without saying whether it published`,
    }
  return { outcome: 'rejected', failure: graphFailure(instagramGraph, answer, 'publish the post') }
}

/** The post that a comment stands under. */
export function postOf(done: Written[]): string {
  const post = done[0]?.externalId
  if (!post) throw new Error('A comment needs the post before it')
  return post
}
