import { containersOf } from '../graph-containers.ts'
import { grown } from '../growth.ts'
import type { OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { FeedPost, World } from '../simulator.ts'

const day = 86_400_000

/** A token of an hour after the consent, exchanged for one of 60 days (.../reference/access_token). */
export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: false }),
  pkce: 'ignored',
  scopeSeparator: ',',
  codeMs: 3_600_000,
  accessTokenMs: 3_600_000,
  refreshTokens: 'none',
  refreshTokenMs: null,
}
export const longTokenMs = 60 * day

export type MediaType = 'IMAGE' | 'VIDEO' | 'REELS' | 'STORIES' | 'CAROUSEL'

/** What a container holds until it is published, and a post afterwards. */
export interface Content {
  mediaType: MediaType
  caption: string
  fileId: string | null
  altText: string | null
  children: string[]
  isCarouselItem: boolean
  collaborators: string[]
}

export interface Post {
  id: string
  owner: Person
  content: Content
  at: string
  likes: number
}

export interface Comment {
  id: string
  postId: string
  text: string
  by: Person
  at: string
}

export const postsOf = (world: World) => world.table<Post>('posts', { max: 5_000 })
export const commentsOf = (world: World) => world.table<Comment>('comments', { max: 5_000 })
export const containers = (world: World) => containersOf<Content>(world)

/** Stories are over after a day. */
export const isOver = (world: World, post: Post) =>
  post.content.mediaType === 'STORIES' && world.now().getTime() - Date.parse(post.at) > day

export const permalink = (world: World, post: Post) => world.publicUrl(`/web/p/${post.id}/`)

export function filesOf(world: World, content: Content): { fileId: string; altText: string | null }[] {
  const contents =
    content.mediaType === 'CAROUSEL'
      ? content.children.map((id) => containers(world).get(id)?.content)
      : [content]
  return contents.flatMap((one) => (one?.fileId ? [{ fileId: one.fileId, altText: one.altText }] : []))
}

export function countsOf(world: World, post: Post) {
  const age = world.now().getTime() - Date.parse(post.at)
  const comments = commentsOf(world)
    .all()
    .filter(({ postId }) => postId === post.id).length
  const counts = {
    views: grown(`${post.id}:views`, age, 1500),
    reach: grown(`${post.id}:reach`, age, 1000),
    likes: post.likes,
    comments,
    replies: 0,
    saved: grown(`${post.id}:saved`, age, 15),
    shares: grown(`${post.id}:shares`, age, 10),
  }
  return { ...counts, total_interactions: counts.likes + counts.comments + counts.saved + counts.shares }
}

export const feedOf = (world: World): FeedPost[] => [
  ...postsOf(world)
    .all()
    .filter((post) => !isOver(world, post))
    .map((post) => ({
      id: post.id,
      author: { name: post.owner.name, handle: `@${post.owner.handle}` },
      text: post.content.caption,
      at: post.at,
      url: permalink(world, post),
      media: filesOf(world, post.content).map(({ fileId, altText }) => {
        const file = world.media.get(fileId)
        return {
          kind: file?.mimeType.startsWith('video/') ? ('video' as const) : ('image' as const),
          url: file ? world.media.url(fileId) : null,
          mimeType: file?.mimeType ?? '',
          altText,
        }
      }),
      counts: countsOf(world, post),
      notes: [
        ...(post.content.mediaType === 'REELS' ? ['reel'] : []),
        ...(post.content.mediaType === 'STORIES' ? ['story'] : []),
        ...post.content.collaborators.map((handle) => `with @${handle}`),
      ],
    })),
  ...commentsOf(world)
    .all()
    .map(({ id, by, text, at, postId }) => ({
      id,
      author: { name: by.name, handle: `@${by.handle}` },
      text,
      at,
      url: null,
      replyTo: postId,
    })),
]
