import type { World } from '../simulator.ts'
import type { Account } from './accounts.ts'
import { postEntity } from './post-entity.ts'
import { type PostStatus, statusOf } from './post-state.ts'
import { fieldError } from './problems.ts'
import { type Post, tables } from './state.ts'

export interface PostsArguments {
  input: {
    organizationId: string
    filter?: {
      channelIds?: string[] | null
      status?: PostStatus[] | null
      tags?: { in: string[]; isEmpty: boolean } | null
      dueAt?: Range | null
      createdAt?: Range | null
    } | null
    sort?: Sort[] | null
  }
  first?: number | null
  after?: string | null
}

/** Both ends belong to it. */
interface Range {
  start?: string | null
  end?: string | null
}

interface Sort {
  field: 'dueAt' | 'createdAt'
  direction: 'asc' | 'desc'
}

/** How many a page holds, unasked and at most; both assumed. */
const firstDefault = 20
const firstMax = 100

/** `posts`: a page of the organization's posts, forward only. */
export function listPosts(world: World, account: Account, { input, first, after }: PostsArguments) {
  if (first != null && first < 1) throw fieldError('BAD_USER_INPUT', 'first must be at least 1')
  const sort = input.sort?.length ? input.sort : [{ field: 'createdAt', direction: 'desc' } as const]
  const rows = tables(world)
    .posts.all()
    .filter((post) => post.account === account.id && !post.isRemoved)
    .filter((post) => fits(world, post, input.filter ?? {}))
    .map((post) => ({ post, place: placeOf(post, sort) }))
    .sort((a, b) => compare(a.place, b.place, sort))
  const start = after == null ? null : readCursor(after)
  const rest = start === null ? rows : rows.filter(({ place }) => compare(place, start, sort) > 0)
  const page = rest.slice(0, Math.min(first ?? firstDefault, firstMax))
  const edges = page.map(({ post, place }) => ({
    node: postEntity(world, account, post),
    cursor: cursorOf(place),
  }))
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasPreviousPage: false,
      hasNextPage: rest.length > page.length,
    },
  }
}

type Filter = NonNullable<PostsArguments['input']['filter']>

const fits = (world: World, post: Post, { channelIds, status, tags, dueAt, createdAt }: Filter) =>
  (!channelIds || channelIds.includes(post.channelId)) &&
  (!status || status.includes(statusOf(world, post))) &&
  (!tags || (tags.isEmpty && post.tagIds.length === 0) || post.tagIds.some((id) => tags.in.includes(id))) &&
  isWithin(post.dueAt, dueAt) &&
  isWithin(post.createdAt, createdAt)

function isWithin(at: string | null, range: Range | null | undefined) {
  if (!range || (range.start == null && range.end == null)) return true
  return at !== null && (range.start == null || at >= range.start) && (range.end == null || at <= range.end)
}

/** Where a post stands in the order: a cursor says it without the post, which may be deleted meanwhile. */
const placeOf = (post: Post, sort: readonly Sort[]) => [
  ...sort.map(({ field }) => post[field] ?? ''),
  post.id,
]

function compare(a: string[], b: string[], sort: readonly Sort[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? ''
    const sign = sort[index]?.direction === 'desc' ? -1 : 1
    if (value !== other) return value < other ? -sign : sign
  }
  return 0
}

const cursorOf = (place: string[]) => Buffer.from(JSON.stringify(place)).toString('base64url')

function readCursor(cursor: string): string[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(place) && place.every((part) => typeof part === 'string')) return place
  } catch {
    // Not JSON: refused below like any other stranger.
  }
  throw fieldError('BAD_USER_INPUT', 'after is not a cursor of this list')
}
