import type { FastifyRequest } from 'fastify'
import { graphPerson, missing, personNumber, refuseGraph } from '../graph-api.ts'
import { grown } from '../growth.ts'
import type { OAuth, OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { FeedPost, World } from '../simulator.ts'

const day = 86_400_000

/** An hour or two after the consent, then 60 days; the tokens of pages do not run out (docs/facebook-login). */
export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: true }),
  pageWord: 'page',
  pkce: 'ignored',
  scopeSeparator: ',',
  codeMs: 600_000,
  accessTokenMs: 2 * 3_600_000,
  refreshTokens: 'none',
  refreshTokenMs: null,
}
export const longTokenMs = 60 * day

/** A photo that was uploaded; seen only in a post or a story that shows it. */
export interface Photo {
  id: string
  pageId: string
  fileId: string
  altText: string | null
  at: number
}

export interface Video {
  id: string
  pageId: string
  form: 'video' | 'reel' | 'story'
  sessionId: string
  size: number
  fileId: string | null
  description: string
  title: string | null
  /** When it was asked to be published; null: only uploaded. */
  finishedAt: string | null
  readyAt: number
  likes: number
}

export interface Post {
  id: string
  page: Person
  message: string
  link: string | null
  photoIds: string[]
  isStory: boolean
  at: string
  likes: number
}

export interface Comment {
  id: string
  on: string
  by: Person
  message: string
  at: string
}

export const tables = (world: World) => ({
  photos: world.table<Photo>('photos', { max: 5_000 }),
  videos: world.table<Video>('videos', { max: 2_000 }),
  posts: world.table<Post>('posts', { max: 5_000 }),
  comments: world.table<Comment>('comments', { max: 5_000 }),
  pages: world.table<Person>('pages'),
  /** Bytes of videos whose pieces are still coming, by session: base64. */
  pieces: world.table<string>('pieces', { max: 100 }),
})

/** The page whose token this is. A page is a person of its own; it is kept so that its posts can name it. */
export function pageOf(world: World, oauth: OAuth, request: FastifyRequest): { page: Person; id: string } {
  const page = graphPerson(oauth, request)
  const id = personNumber(world, page)
  const { pages } = tables(world)
  if (!pages.get(id)) pages.put(id, page)
  return { page, id }
}

/** The page in the path must be the token's own. */
export function ownPage(world: World, oauth: OAuth, request: FastifyRequest): { page: Person; id: string } {
  const own = pageOf(world, oauth, request)
  const { page } = request.params as { page: string }
  if (page !== own.id && page !== 'me')
    throw refuseGraph({
      status: 403,
      code: 200,
      message: '(#200) The user hasn’t authorized the application to perform this action',
    })
  return own
}

export const isReady = (world: World, video: Video) =>
  video.finishedAt !== null && world.now().getTime() >= video.readyAt

/** Stories are over after a day. */
export const isOver = (world: World, at: string) => world.now().getTime() - Date.parse(at) > day

export const permalink = (world: World, id: string) => world.publicUrl(`/web/posts/${id}`)

export function commentsOn(world: World, id: string): Comment[] {
  return tables(world)
    .comments.all()
    .filter(({ on }) => on === id)
}

export function countsOf(world: World, one: { id: string; likes: number }, at: string) {
  const age = world.now().getTime() - Date.parse(at)
  return {
    views: grown(`${one.id}:views`, age, 1200),
    reach: grown(`${one.id}:reach`, age, 900),
    likes: one.likes,
    comments: commentsOn(world, one.id).length,
    shares: grown(`${one.id}:shares`, age, 9),
  }
}

const author = (page: Person) => ({ name: page.name, handle: page.handle })

export function feedOf(world: World): FeedPost[] {
  const { posts, videos, comments, photos, pages } = tables(world)
  const media = (fileId: string | null | undefined, altText: string | null) => {
    const file = fileId ? world.media.get(fileId) : undefined
    const mimeType = file?.mimeType ?? ''
    return {
      kind: mimeType.startsWith('image/') ? ('image' as const) : ('video' as const),
      url: file && fileId ? world.media.url(fileId) : null,
      mimeType,
      altText,
    }
  }
  return [
    ...posts
      .all()
      .filter((post) => !post.isStory || !isOver(world, post.at))
      .map((post) => ({
        id: post.id,
        author: author(post.page),
        text: post.message,
        at: post.at,
        url: permalink(world, post.id),
        link: post.link ? { url: post.link, title: null } : null,
        media: post.photoIds.map((id) => media(photos.get(id)?.fileId, photos.get(id)?.altText ?? null)),
        counts: countsOf(world, post, post.at),
        notes: post.isStory ? ['story'] : [],
      })),
    ...videos
      .all()
      .filter((video) => isReady(world, video))
      .filter((video) => video.form !== 'story' || !isOver(world, video.finishedAt ?? ''))
      .map((video) => ({
        id: video.id,
        author: author(pages.get(video.pageId) ?? { id: video.pageId, name: 'A page', handle: 'a-page' }),
        text: video.description,
        title: video.title,
        at: video.finishedAt ?? '',
        url: permalink(world, video.id),
        media: [media(video.fileId, null)],
        counts: countsOf(world, video, video.finishedAt ?? ''),
        notes: video.form === 'video' ? [] : [video.form],
      })),
    ...comments.all().map(({ id, by, message, at, on }) => ({
      id,
      author: author(by),
      text: message,
      at,
      url: null,
      replyTo: on,
    })),
  ]
}

export function videoOf(world: World, id: string, pageId: string): Video {
  const video = tables(world).videos.get(id)
  if (video?.pageId !== pageId) throw missing(id)
  return video
}
