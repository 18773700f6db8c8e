import { asList, asNumber, asRecord, asString, at } from '../net/read-json.ts'
import { askBuffer, type BufferAccess, type BufferAnswer, type BufferRefusal } from './ask-buffer.ts'
import type { BufferAsset, BufferContent } from './content.ts'

/** A post as Buffer tells it. */
export interface BufferPost {
  id: string
  status: 'draft' | 'needs_approval' | 'scheduled' | 'sending' | 'sent' | 'error'
  text: string
  channelId: string
  organizationId: string | null
  createdAt: Date | null
  dueAt: Date | null
  sentAt: Date | null
  /** At the network. */
  url: string | null
  /** Why it could not be published. */
  error: string | null
  /** Buffer's names; null when they were not asked for, or until Buffer has counted, which it does once a day. */
  metrics: Record<string, number> | null
}

const postFields = `id status text channelId createdAt dueAt sentAt externalLink
  error { message } channel { organizationId }`
/** Opt-in and marked experimental (https://developers.buffer.com, November 2026), so asked for only where they are the point. */
const metricFields = 'metrics { type value }'

/**
 * Makes a post, which Buffer then publishes by itself. There is no idempotency key: after `unknown`, look for it with
 * `listPosts` before anything else.
 */
export const createBufferPost = (access: BufferAccess, channelId: string, content: BufferContent) =>
  act(access, 'createPost', 'CreatePostInput', { channelId, ...inputOf(content), assets: assetsOf(content) })

/** Makes the post what `content` says, wholly. May be repeated. */
export const editBufferPost = (access: BufferAccess, id: string, content: BufferContent) =>
  act(access, 'editPost', 'EditPostInput', { id, ...inputOf(content), assets: assetsOf(content) })

/** A member of the payload that is an error carries its kind in `__typename`, and always a message. */
async function act(
  access: BufferAccess,
  mutation: 'createPost' | 'editPost',
  inputType: string,
  input: Record<string, unknown>,
): Promise<BufferAnswer<BufferPost>> {
  const answer = await askBuffer(
    access,
    `mutation Act($input: ${inputType}!) { ${mutation}(input: $input) { __typename
      ... on PostActionSuccess { post { ${postFields} } } ... on MutationError { message } } }`,
    { input },
  )
  if (answer.outcome !== 'done') return answer
  const payload = answer.value[mutation]
  const post = postOf(at(payload, 'post'))
  if (post) return { outcome: 'done', value: post }
  const kind = asString(at(payload, '__typename')) ?? ''
  const message = asString(at(payload, 'message')) ?? 'Buffer gave no reason'
  const reason = refusals[kind]
  return reason ? { outcome: 'refused', reason, message } : { outcome: 'unknown', why: message }
}

/** `UnexpectedError` is missing: what has become of the post then, Buffer does not say. */
const refusals: Record<string, BufferRefusal> = {
  InvalidInputError: 'invalid',
  RestProxyError: 'invalid',
  LimitReachedError: 'limit_reached',
  NotFoundError: 'not_found',
  // Of this post or channel: a token that is no good fails as a whole.
  UnauthorizedError: 'invalid',
}

/** Takes a post back. `refused` says only that Buffer did not: read the post to learn why. */
export async function deleteBufferPost(access: BufferAccess, id: string): Promise<BufferAnswer<null>> {
  const answer = await askBuffer(
    access,
    `mutation Delete($input: DeletePostInput!) { deletePost(input: $input) { __typename
      ... on DeletePostSuccess { id } ... on MutationError { message } } }`,
    { input: { id } },
  )
  if (answer.outcome !== 'done') return answer
  const payload = answer.value.deletePost
  if (at(payload, '__typename') === 'DeletePostSuccess') return { outcome: 'done', value: null }
  const message = asString(at(payload, 'message')) ?? 'Buffer gave no reason'
  return { outcome: 'refused', reason: 'invalid', message }
}

export async function readBufferPost(access: BufferAccess, id: string): Promise<BufferAnswer<BufferPost>> {
  const answer = await askBuffer(
    access,
    `query Post($input: PostInput!) { post(input: $input) { ${postFields} } }`,
    { input: { id } },
  )
  if (answer.outcome !== 'done') return answer
  const post = postOf(answer.value.post)
  return post
    ? { outcome: 'done', value: post }
    : { outcome: 'refused', reason: 'not_found', message: `Buffer has no post ${id}` }
}

export interface BufferPostFilter {
  channelIds: string[]
  status?: BufferPost['status'][]
  dueAt?: { start: Date; end: Date }
  createdAt?: { start: Date; end: Date }
}

/** Posts in one page. */
const pageSize = 50
/** Each page is a request, and Buffer allows a hundred in a quarter of an hour. */
const pagesMax = 10

/**
 * The posts of an organization that fit, the newest first.
 * @returns `isComplete` false when there were more than a reader of this budget may ask for.
 */
export async function listBufferPosts(
  access: BufferAccess,
  organizationId: string,
  filter: BufferPostFilter,
  { withMetrics = false } = {},
): Promise<BufferAnswer<{ posts: BufferPost[]; isComplete: boolean }>> {
  const posts: BufferPost[] = []
  let after: string | null = null
  for (let page = 1; page <= pagesMax; page++) {
    const answer: BufferAnswer<Record<string, unknown>> = await askBuffer(
      access,
      `query Posts($input: PostsInput!, $first: Int, $after: String) {
        posts(input: $input, first: $first, after: $after) {
          edges { node { ${postFields} ${withMetrics ? metricFields : ''} } } pageInfo { hasNextPage endCursor } } }`,
      {
        input: { organizationId, filter, sort: [{ field: 'createdAt', direction: 'desc' }] },
        first: pageSize,
        after,
      },
    )
    if (answer.outcome !== 'done') return answer
    const found = asRecord(answer.value.posts)
    for (const edge of asList(found?.edges)) {
      const post = postOf(at(edge, 'node'))
      if (post) posts.push(post)
    }
    after = asString(at(found, 'pageInfo', 'endCursor')) ?? null
    if (at(found, 'pageInfo', 'hasNextPage') !== true || after === null)
      return { outcome: 'done', value: { posts, isComplete: true } }
  }
  return { outcome: 'done', value: { posts, isComplete: false } }
}

const inputOf = ({ text, metadata, mode, dueAt }: BufferContent) => ({
  // The other kind only reminds a person.
  schedulingType: 'automatic',
  mode,
  text,
  ...(dueAt && { dueAt }),
  ...(metadata && { metadata }),
})

const assetsOf = ({ assets }: BufferContent) =>
  assets.map(({ kind, url, altText }: BufferAsset) => ({
    [kind]: { url, ...(kind === 'image' && altText && { metadata: { altText } }) },
  }))

const statuses: readonly string[] = [
  'draft',
  'needs_approval',
  'scheduled',
  'sending',
  'sent',
  'error',
] satisfies BufferPost['status'][]

function postOf(value: unknown): BufferPost | null {
  const post = asRecord(value)
  const id = asString(post?.id)
  const status = asString(post?.status)
  if (!post || !id || !status || !statuses.includes(status)) return null
  return {
    id,
    status: status as BufferPost['status'],
    text: asString(post.text) ?? '',
    channelId: asString(post.channelId) ?? '',
    organizationId: asString(at(post, 'channel', 'organizationId')) ?? null,
    createdAt: instantOf(post.createdAt),
    dueAt: instantOf(post.dueAt),
    sentAt: instantOf(post.sentAt),
    url: asString(post.externalLink) ?? null,
    error: asString(at(post, 'error', 'message')) ?? null,
    metrics: Array.isArray(post.metrics) ? metricsOf(post.metrics) : null,
  }
}

function metricsOf(values: unknown[]): Record<string, number> {
  const metrics: Record<string, number> = {}
  for (const one of values) {
    const type = asString(at(one, 'type'))
    const value = asNumber(at(one, 'value'))
    if (type && value !== undefined) metrics[type] = value
  }
  return metrics
}

function instantOf(value: unknown): Date | null {
  const at = new Date(asString(value) ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at
}
