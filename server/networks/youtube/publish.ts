import { asList, asString, at } from '../../net/read-json.ts'
import type {
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
import type { Asked } from '../oauth-request.ts'
import { askApi } from './access.ts'
import { failureOf } from './failure.ts'
import { optionsOf, titleOf } from './options.ts'
import { UploadFailed, uploadVideo } from './upload.ts'

export const writeTimeoutMs = 30_000
/** Processing takes minutes to hours; the engine asks about it for a day. */
const pollAfterMs = 15_000

/**
 * The visible mutation is not the upload but the change from private to what the author wants: it can be repeated
 * without harm, and looking at the video tells whether it happened.
 */
export type VideoPayload = { videoId: string; status: { [name: string]: Json } }
export type CommentPayload = { text: string }

/** Uploads the video, privately. Nobody but the channel sees it. */
export async function prepare(ctx: PublishContext, { draft, media }: DeliveryInput): Promise<Prepared> {
  const [file] = media
  if (!file) throw new Error('A video was checked for and is not here')
  const options = optionsOf(draft)
  const resource = {
    snippet: {
      title: titleOf(draft),
      description: draft.text,
      ...(options.tags && { tags: options.tags }),
      ...(options.categoryId && { categoryId: options.categoryId }),
      ...(options.language && { defaultLanguage: options.language }),
    },
    status: statusOf(draft.options, 'private'),
  }
  try {
    const videoId = await uploadVideo(ctx, file, resource, {
      notifySubscribers: options.notifySubscribers ?? true,
    })
    return { outcome: 'ready', prepared: { videoId } }
  } catch (error) {
    if (error instanceof UploadFailed) return { outcome: 'failed', failure: error.failure }
    // What else ends the work, such as a lost lease, is the caller's business.
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
    return {
      outcome: 'failed',
      failure: {
        class: 'transient',
        rule: 'youtube.stopped',
        message: 'Stopped while the video was being uploaded',
        remedy: 'Nothing to do: it is taken up again.',
      },
    }
  }
}

/** The whole part `status`: what is left out of an update is set back by YouTube. */
function statusOf(given: DeliveryInput['draft']['options'], privacyStatus: string): { [name: string]: Json } {
  const options = optionsOf({ options: given } as DeliveryInput['draft'])
  return {
    privacyStatus,
    selfDeclaredMadeForKids: options.madeForKids ?? false,
    license: options.license ?? 'youtube',
    embeddable: options.embeddable ?? true,
    ...(options.syntheticMedia !== undefined && { containsSyntheticMedia: options.syntheticMedia }),
  }
}

export function plan({ draft }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { videoId } = prepared as { videoId: string }
  const options = optionsOf(draft)
  const video: VideoPayload = { videoId, status: statusOf(draft.options, options.privacy ?? 'public') }
  const writes: Write[] = [{ kind: 'post', key: keys.uuid(), payload: video }]
  if (options.firstComment)
    writes.push({
      kind: 'comment',
      key: keys.uuid(),
      payload: { text: options.firstComment } satisfies CommentPayload,
    })
  return writes
}

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  return write.kind === 'comment' ? comment(ctx, write, done) : publishVideo(ctx, write)
}

async function publishVideo(ctx: PublishContext, write: Write): Promise<WriteResult> {
  const { videoId, status } = write.payload as VideoPayload
  const asked = await askApi(ctx, {
    method: 'PUT',
    path: '/videos',
    query: { part: 'status' },
    json: { id: videoId, status },
    timeoutMs: writeTimeoutMs,
  })
  if (asked.kind !== 'answer' || !asked.ok) return notSent(asked, 'publish the video', ctx)
  return settled(asked.json, write)
}

function notSent(asked: Asked, tried: string, ctx: PublishContext): WriteResult {
  if (asked.kind === 'no_answer') return { outcome: 'unknown', why: asked.why }
  if (asked.kind === 'answer' && (asked.status >= 500 || asked.status === 408 || asked.ok))
    return { outcome: 'unknown', why: `YouTube answered ${asked.status}` }
  return { outcome: 'rejected', failure: failureOf(asked, tried, ctx.now()) }
}

/** What a video resource with its `status` says of the write. */
function settled(video: unknown, { payload }: Write): WriteResult {
  const { videoId, status } = payload as VideoPayload
  const seen = asString(at(video, 'status', 'privacyStatus'))
  // Uploads of an app that Google has not audited stay private, whatever is asked.
  if (seen !== status.privacyStatus)
    return {
      outcome: 'rejected',
      failure: {
        class: 'administrator',
        rule: 'youtube.locked_private',
        message: `YouTube keeps the video ${seen ?? 'private'}, because Google has not audited the app.`,
        remedy:
          'Have the app audited (YouTube API Services audit form), or make the video public at YouTube.',
      },
    }
  const uploadStatus = asString(at(video, 'status', 'uploadStatus'))
  if (uploadStatus === 'failed' || uploadStatus === 'rejected' || uploadStatus === 'deleted')
    return { outcome: 'rejected', failure: notProcessed(uploadStatus, video) }
  if (uploadStatus === 'uploaded') return { outcome: 'pending', token: { videoId }, pollAfterMs }
  return { outcome: 'accepted', externalId: videoId, url: videoUrl(videoId) }
}

function notProcessed(uploadStatus: string, video: unknown) {
  const reason =
    asString(at(video, 'status', 'rejectionReason')) ??
    asString(at(video, 'status', 'failureReason')) ??
    uploadStatus
  return {
    class: 'permanent' as const,
    rule: `youtube.${uploadStatus}`,
    message: `YouTube took the video back after processing it: ${reason}.`,
    remedy:
      reason === 'duplicate'
        ? 'This very file is on the channel already; use another one.'
        : 'Look at the video in YouTube Studio, mend it, and publish the post again.',
  }
}

/** Is the video processed? */
export async function poll(ctx: PublishContext, write: Write): Promise<WriteResult> {
  const found = await readStatus(ctx, write)
  if (found.kind === 'unknown') return { outcome: 'unknown', why: found.why }
  if (found.kind === 'gone') return { outcome: 'rejected', failure: notProcessed('deleted', null) }
  return settled(found.video, write)
}

/** A video that is as public as the author wants was published; one that is still private was not. */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  if (write.kind === 'comment') return lookUpComment(ctx, write, done, fencedAt)
  const { videoId, status } = write.payload as VideoPayload
  const found = await readStatus(ctx, write)
  if (found.kind === 'unknown') return { outcome: 'unknown', why: found.why }
  const isPublished =
    found.kind === 'found' && at(found.video, 'status', 'privacyStatus') === status.privacyStatus
  return isPublished
    ? { outcome: 'published', externalId: videoId, url: videoUrl(videoId) }
    : { outcome: 'absent' }
}

async function readStatus(
  ctx: PublishContext,
  { payload }: Write,
): Promise<{ kind: 'found'; video: unknown } | { kind: 'gone' } | { kind: 'unknown'; why: string }> {
  const { videoId } = payload as VideoPayload
  const asked = await askApi(ctx, { method: 'GET', path: '/videos', query: { part: 'status', id: videoId } })
  const items = asked.kind === 'answer' && asked.ok ? at(asked.json, 'items') : undefined
  if (!Array.isArray(items))
    return { kind: 'unknown', why: failureOf(asked, 'look at the video', ctx.now()).message }
  const [video] = items
  return video ? { kind: 'found', video } : { kind: 'gone' }
}

export const videoUrl = (id: string) => `https://www.youtube.com/watch?v=${encodeURIComponent(id)}`

// ---------------------------------------------------------------- the first comment

async function comment(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const { text } = write.payload as CommentPayload
  const asked = await askApi(ctx, {
    method: 'POST',
    path: '/commentThreads',
    query: { part: 'snippet' },
    json: {
      snippet: {
        videoId: videoOf(done),
        topLevelComment: { snippet: { textOriginal: text } },
      },
    },
    timeoutMs: writeTimeoutMs,
  })
  const id = asked.kind === 'answer' && asked.ok ? asString(at(asked.json, 'id')) : undefined
  if (!id) return notSent(asked, 'write the first comment', ctx)
  return { outcome: 'accepted', externalId: id, url: commentUrl(videoOf(done), id) }
}

/** The newest comments of the video; a channel's own appear at once, others' may wait for moderation. */
async function lookUpComment(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const { text } = write.payload as CommentPayload
  const asked = await askApi(ctx, {
    method: 'GET',
    path: '/commentThreads',
    query: {
      part: 'snippet',
      videoId: videoOf(done),
      order: 'time',
      maxResults: 100,
      textFormat: 'plainText',
    },
  })
  const items = asked.kind === 'answer' && asked.ok ? at(asked.json, 'items') : undefined
  if (!Array.isArray(items))
    return { outcome: 'unknown', why: failureOf(asked, 'read the comments', ctx.now()).message }
  for (const item of asList(items)) {
    const snippet = at(item, 'snippet', 'topLevelComment', 'snippet')
    const isOurs = at(snippet, 'authorChannelId', 'value') === ctx.account.externalId
    const said = asString(at(snippet, 'textOriginal')) ?? asString(at(snippet, 'textDisplay')) ?? ''
    const id = asString(at(item, 'id'))
    if (isOurs && id && plain(said) === plain(text))
      return { outcome: 'published', externalId: id, url: commentUrl(videoOf(done), id) }
  }
  // More comments than a page since the fence would hide ours.
  const oldest = Date.parse(
    asString(at(items.at(-1), 'snippet', 'topLevelComment', 'snippet', 'publishedAt')) ?? '',
  )
  const isWhole = at(asked.kind === 'answer' ? asked.json : null, 'nextPageToken') === undefined
  return isWhole || oldest < fencedAt.getTime() - 60_000
    ? { outcome: 'absent' }
    : { outcome: 'unknown', why: 'The video has more new comments than are looked through' }
}

function videoOf(done: Written[]): string {
  const video = done[0]?.externalId
  if (!video) throw new Error('The first comment was sent before its video')
  return video
}

const plain = (text: string) => text.normalize('NFKC').replaceAll(/\s/g, '')
const commentUrl = (videoId: string, id: string) => `${videoUrl(videoId)}&lc=${encodeURIComponent(id)}`
