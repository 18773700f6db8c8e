import type { FastifyReply, FastifyRequest } from 'fastify'
import { grown } from '../growth.ts'
import type { World } from '../simulator.ts'
import { refuse } from './errors.ts'
import { requireUser, userId } from './users.ts'

export interface Post {
  id: number
  author: string
  slug: string
  status: string
  title: string
  content: string
  excerpt: string
  featuredMedia: number
  sticky: boolean
  at: string
  modifiedAt: string
}

export const postsOf = (world: World) => world.table<Post>('posts')

export function addPost(world: World, request: FastifyRequest, reply: FastifyReply) {
  const { name } = requireUser(world, request, 'rest_cannot_create')
  const body = request.body as Record<string, string> & { featured_media?: number; sticky?: boolean }
  const { title = '', content = '', excerpt = '', status = 'draft' } = body
  if (!['publish', 'future', 'draft', 'pending', 'private'].includes(status))
    throw refuse(400, 'rest_invalid_param', 'Invalid parameter(s): status')
  if (title === '' && content === '' && excerpt === '')
    throw refuse(400, 'empty_content', 'Content, title, and excerpt are empty.')
  const id = world.nextNumber('post', 10)
  const at = world.now().toISOString()
  const post: Post = {
    id,
    author: name,
    slug: uniqueSlug(world, body.slug || String(id)),
    status,
    title,
    content,
    excerpt,
    featuredMedia: body.featured_media ?? 0,
    sticky: body.sticky === true,
    at,
    modifiedAt: at,
  }
  postsOf(world).put(String(id), post)
  reply.code(201)
  return presentPost(world, post)
}

/** A slug that is taken gets a suffix; it is no error (seen on 6.1.9). */
function uniqueSlug(world: World, wanted: string): string {
  const taken = new Set(
    postsOf(world)
      .all()
      .map(({ slug }) => slug),
  )
  let slug = wanted
  for (let suffix = 2; taken.has(slug); suffix++) slug = `${wanted}-${suffix}`
  return slug
}

export function listPosts(world: World, request: FastifyRequest, reply: FastifyReply) {
  const { slug, status = 'publish', per_page: perPage } = request.query as Record<string, string | undefined>
  if (status !== 'publish') requireUser(world, request, 'rest_forbidden_status')
  const found = postsOf(world)
    .all()
    .filter((post) => slug === undefined || post.slug === slug)
    // "any" leaves the bin out, as WordPress does.
    .filter((post) => (status === 'any' ? post.status !== 'trash' : post.status === status))
  reply.header('x-wp-total', String(found.length))
  return found
    .toReversed()
    .slice(0, Number(perPage ?? 10))
    .map((post) => presentPost(world, post))
}

export function trashPost(world: World, request: FastifyRequest, _reply: FastifyReply, id: string) {
  requireUser(world, request, 'rest_cannot_delete')
  const post = postsOf(world).get(id)
  if (!post) throw refuse(404, 'rest_post_invalid_id', 'Invalid post ID.')
  if (post.status === 'trash') throw refuse(410, 'rest_already_trashed', 'The post has already been deleted.')
  const trashed = {
    ...post,
    status: 'trash',
    slug: `${post.slug}__trashed`,
    modifiedAt: world.now().toISOString(),
  }
  return presentPost(world, postsOf(world).put(id, trashed))
}

export function listComments(world: World, request: FastifyRequest, reply: FastifyReply) {
  const post = postsOf(world).get(String((request.query as { post?: string }).post))
  reply.header('x-wp-total', String(post ? commentsOn(world, post) : 0))
  return []
}

export const commentsOn = (world: World, post: Post) =>
  grown(`${post.id}:comments`, world.now().getTime() - Date.parse(post.at), 6)

function presentPost(world: World, post: Post) {
  const link = world.publicUrl(`/${post.slug}/`)
  return {
    id: post.id,
    date: post.at.slice(0, 19),
    date_gmt: post.at.slice(0, 19),
    guid: { rendered: link },
    modified: post.modifiedAt.slice(0, 19),
    modified_gmt: post.modifiedAt.slice(0, 19),
    slug: post.slug,
    status: post.status,
    type: 'post',
    link,
    title: { rendered: post.title },
    content: { rendered: post.content, protected: false },
    excerpt: { rendered: post.excerpt, protected: false },
    author: userId(post.author),
    featured_media: post.featuredMedia,
    comment_status: 'open',
    ping_status: 'open',
    sticky: post.sticky,
    template: '',
    format: 'standard',
    meta: [],
    categories: [1],
    tags: [],
  }
}
