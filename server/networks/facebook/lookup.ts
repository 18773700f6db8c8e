import type { HttpAnswer } from '../../net/http.ts'
import { asId, asRecord, asString, graphList, graphObject, sinceFence } from '../graph-api.ts'
import type { Json, Lookup, PublishContext, Write, Written } from '../network.ts'
import { pagePath, sendAsPage, version } from './api.ts'
import { type FacebookPayload, postOf } from './publish.ts'
import { videoState } from './video.ts'

const listedMax = 50

/** Facebook protects nothing against doubles: each form is looked for in its own way. */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const payload = write.payload as FacebookPayload
  switch (payload.form) {
    case 'feed':
      return await findPost(ctx, payload, fencedAt)
    case 'video':
    case 'reel':
    case 'video_story':
      return await findVideo(ctx, payload.videoId, payload.form)
    case 'photo_story':
      return await findStory(ctx, payload.photoId)
    case 'comment':
      return await findComment(ctx, postOf(done), payload.message)
  }
}

/**
 * Among the newest posts, by text and time. Facebook may have changed the text a little, so `absent` is said only when the
 * page has published nothing at all since the write began.
 */
async function findPost(
  ctx: PublishContext,
  { message }: FacebookPayload & { form: 'feed' },
  fencedAt: Date,
): Promise<Lookup> {
  const answer = await sendAsPage(ctx, {
    method: 'GET',
    path: pagePath(ctx, 'published_posts'),
    query: { fields: 'id,message,created_time,permalink_url', limit: listedMax },
  })
  const posts = graphList(answer)
  if (!posts) return unknown('Facebook did not show the posts of the page')
  const since = sinceFence(answer, ctx.now(), fencedAt)
  const recent = posts.filter((post) => Date.parse(asString(post.created_time) ?? '') >= since)
  const same = recent.filter((post) => plain(asString(post.message) ?? '') === plain(message))
  const id = asId(same[0]?.id)
  if (same.length === 1 && id)
    return {
      outcome: 'published',
      externalId: id,
      url: asString(same[0]?.permalink_url) ?? null,
      data: { form: 'feed' },
    }
  if (same.length > 1) return unknown('The page has published this text more than once in this time')
  if (recent.length > 0 && recent.length === posts.length && hasMore(answer))
    return unknown('The page has published more since than one look shows')
  return recent.length === 0
    ? { outcome: 'absent' }
    : unknown('The page has published something else since; it may be this post in other words')
}

/** Line ends and blanks are not told apart the same way everywhere. */
const plain = (text: string) => text.normalize('NFC').replaceAll(/\s+/g, ' ').trim()

async function findVideo(ctx: PublishContext, videoId: string, form: string): Promise<Lookup> {
  const state = await videoState(ctx, videoId)
  switch (state.state) {
    case 'published':
      return { outcome: 'published', externalId: videoId, url: state.url, data: { form } }
    case 'waiting':
      return { outcome: 'absent' }
    case 'begun':
      return unknown('Facebook is still processing the video')
    case 'failed':
      return { outcome: 'absent' }
    case 'unclear':
      return unknown(state.why)
  }
}

/** The list of stories may be empty because the page does not archive them, which proves nothing. */
async function findStory(ctx: PublishContext, photoId: string): Promise<Lookup> {
  const answer = await sendAsPage(ctx, {
    method: 'GET',
    path: pagePath(ctx, 'stories'),
    query: { fields: 'post_id,media_id,url', limit: listedMax },
  })
  const story = graphList(answer)?.find((one) => asId(one.media_id) === photoId)
  const id = asId(story?.post_id)
  if (id)
    return {
      outcome: 'published',
      externalId: id,
      url: asString(story?.url) ?? null,
      data: { form: 'photo_story' },
    }
  return unknown('Facebook does not show the story; it may not be archived')
}

async function findComment(ctx: PublishContext, postId: string, message: string): Promise<Lookup> {
  const answer = await sendAsPage(ctx, {
    method: 'GET',
    path: `${version}/${postId}/comments`,
    query: { fields: 'id,message', filter: 'stream', limit: listedMax },
  })
  const comments = graphList(answer)
  if (!comments) return unknown('Facebook did not show the comments of the post')
  const id = asId(comments.find((comment) => plain(asString(comment.message) ?? '') === plain(message))?.id)
  if (id) return { outcome: 'published', externalId: id, url: null, data: { form: 'comment' } }
  return hasMore(answer) ? unknown('The post has more comments than one look shows') : { outcome: 'absent' }
}

const hasMore = (answer: HttpAnswer): boolean =>
  (asRecord(graphObject(answer)?.paging) as Record<string, Json> | undefined)?.next !== undefined

const unknown = (why: string): Lookup => ({ outcome: 'unknown', why })
