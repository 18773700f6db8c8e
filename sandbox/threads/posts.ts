import { containersOf } from '../graph-containers.ts'
import { grown } from '../growth.ts'
import type { OAuthRules } from '../oauth.ts'
import type { Person } from '../people.ts'
import { somePeople } from '../people.ts'
import type { FeedPost, World } from '../simulator.ts'

const day = 86_400_000

/** A token of an hour after the consent, exchanged for one of 60 days (docs/threads/get-started/long-lived-tokens). */
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

/** What a container holds until it is published, and a post afterwards. */
export interface Content {
  mediaType: 'TEXT' | 'IMAGE' | 'VIDEO' | 'CAROUSEL'
  text: string
  fileId: string | null
  altText: string | null
  /** Ids of the containers of a carousel. */
  children: string[]
  isCarouselItem: boolean
  replyTo: string | null
  quotes: string | null
  replyControl: string
  topicTag: string | null
  link: string | null
  poll: string[]
}

export interface Post {
  id: string
  owner: Person
  content: Content
  at: string
  likes: number
}

export const postsOf = (world: World) => world.table<Post>('posts', { max: 5_000 })
export const containers = (world: World) => containersOf<Content>(world)

export const permalink = (world: World, post: Post) =>
  world.publicUrl(`/web/@${post.owner.handle}/post/${post.id}`)

/** Everything a post shows: its own file, or those of its carousel. */
export function filesOf(world: World, content: Content): { fileId: string; altText: string | null }[] {
  const parts = content.mediaType === 'CAROUSEL' ? content.children : []
  const contents = parts.length > 0 ? parts.map((id) => containers(world).get(id)?.content) : [content]
  return contents.flatMap((one) => (one?.fileId ? [{ fileId: one.fileId, altText: one.altText }] : []))
}

export function countsOf(world: World, post: Post) {
  const age = world.now().getTime() - Date.parse(post.at)
  const all = postsOf(world).all()
  return {
    views: grown(`${post.id}:views`, age, 900),
    likes: post.likes,
    replies: all.filter(({ content }) => content.replyTo === post.id).length,
    reposts: grown(`${post.id}:reposts`, age, 8),
    quotes: all.filter(({ content }) => content.quotes === post.id).length,
    shares: grown(`${post.id}:shares`, age, 12),
  }
}

export const feedOf = (world: World): FeedPost[] =>
  postsOf(world)
    .all()
    .map((post) => ({
      id: post.id,
      author: { name: post.owner.name, handle: `@${post.owner.handle}` },
      text: post.content.text,
      at: post.at,
      url: permalink(world, post),
      media: filesOf(world, post.content).map(({ fileId, altText }) => {
        const file = world.media.get(fileId)
        const mimeType = file?.mimeType ?? ''
        return {
          kind: mimeType.startsWith('video/') ? 'video' : 'image',
          url: file ? world.media.url(fileId) : null,
          mimeType,
          altText,
        }
      }),
      link: post.content.link ? { url: post.content.link, title: null } : null,
      replyTo: post.content.replyTo,
      counts: countsOf(world, post),
      notes: [
        ...(post.content.topicTag ? [`topic: ${post.content.topicTag}`] : []),
        ...(post.content.replyControl === 'everyone' ? [] : [`answers: ${post.content.replyControl}`]),
        ...(post.content.poll.length > 0 ? [`poll: ${post.content.poll.join(' / ')}`] : []),
      ],
    }))
