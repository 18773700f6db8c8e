import { grown } from '../growth.ts'
import type { Person } from '../people.ts'
import type { FeedPost, World } from '../simulator.ts'
import { refuse } from './refusals.ts'

/** One `publish_id`: an upload under way, or a post. */
export interface Publish {
  id: string
  kind: 'video' | 'photo'
  /** Goes to the person's inbox instead of the profile. */
  toInbox: boolean
  person: Person
  title: string
  description: string
  privacy: string
  /** Of the upload; 0 for what is pulled. */
  size: number
  chunkSize: number
  chunkCount: number
  received: number
  chunkFiles: string[]
  files: string[]
  begunAt: string
  /** When TikTok has made it a post; null until everything has arrived. */
  readyAt: string | null
  failReason: string | null
  /** 19 digits: beyond what a JavaScript number holds. */
  postId: string
  likes: number
}

export const publishesOf = (world: World) => world.table<Publish>('publishes')

/** "The upload_url is valid for one hour" (content-posting-api-reference-direct-post). */
const uploadMsMax = 3_600_000

export function publishOf(world: World, id: string): Publish {
  const found = publishesOf(world).get(id)
  if (!found) throw refuse(400, 'invalid_publish_id', 'The publish_id does not exist')
  return found
}

export function begin(
  world: World,
  what: Pick<Publish, 'kind' | 'toInbox' | 'person' | 'title' | 'description' | 'privacy'>,
): Publish {
  const number = world.nextNumber('publish')
  return {
    ...what,
    id: `${what.kind === 'video' ? 'v_pub_file' : 'p_pub_url'}~v2-1.${7_400_000 + number}`,
    size: 0,
    chunkSize: 0,
    chunkCount: 0,
    received: 0,
    chunkFiles: [],
    files: [],
    begunAt: world.now().toISOString(),
    readyAt: null,
    failReason: null,
    postId: String(7_400_000_000_000_000_001n + BigInt(number)),
    likes: 0,
  }
}

export const isUploadOver = (world: World, publish: Publish) =>
  world.now().getTime() - Date.parse(publish.begunAt) > uploadMsMax

export function statusOf(world: World, publish: Publish): string {
  if (publish.failReason !== null) return 'FAILED'
  if (publish.readyAt === null && publish.kind === 'video') return 'PROCESSING_UPLOAD'
  if (publish.readyAt === null || publish.readyAt > world.now().toISOString()) return 'PROCESSING_DOWNLOAD'
  return publish.toInbox ? 'SEND_TO_USER_INBOX' : 'PUBLISH_COMPLETE'
}

/** Posts on a profile; what went to an inbox is nobody's to see. */
export const postsOf = (world: World) =>
  publishesOf(world)
    .all()
    .filter((publish) => statusOf(world, publish) === 'PUBLISH_COMPLETE')

export function countsOf(world: World, publish: Publish) {
  const ageMs = world.now().getTime() - Date.parse(publish.readyAt ?? publish.begunAt)
  const grow = (name: string, typical: number) => grown(`${publish.id}:${name}`, ageMs, typical)
  return {
    view_count: grow('views', 2_000) + publish.likes,
    like_count: grow('likes', 120) + publish.likes,
    comment_count: grow('comments', 9),
    share_count: grow('shares', 6),
  }
}

export const permalink = (world: World, { kind, person, postId }: Publish) =>
  world.publicUrl(`/web/@${person.handle}/${kind}/${postId}`)

export function feedOf(world: World): FeedPost[] {
  return postsOf(world).map((publish) => {
    const counts = countsOf(world, publish)
    return {
      id: publish.postId,
      author: { name: publish.person.name, handle: `@${publish.person.handle}` },
      title: publish.kind === 'photo' ? publish.title : null,
      text: publish.kind === 'photo' ? publish.description : publish.title,
      at: publish.readyAt ?? publish.begunAt,
      url: permalink(world, publish),
      media: publish.files.map((id) => {
        const file = world.media.get(id)
        return {
          kind: publish.kind === 'video' ? ('video' as const) : ('image' as const),
          url: file ? world.media.url(id) : null,
          mimeType: file?.mimeType ?? 'application/octet-stream',
          altText: null,
        }
      }),
      counts: { views: counts.view_count, likes: counts.like_count, comments: counts.comment_count },
      notes:
        publish.privacy === 'PUBLIC_TO_EVERYONE' ? [] : [publish.privacy.toLowerCase().replaceAll('_', ' ')],
    }
  })
}
