import { type Static, Type } from 'typebox'
import { contentTypes } from '../../domain/content-type.ts'
import { deliveryStates, type PostStatus } from '../../domain/delivery.ts'
import type { Delivery, Post } from '../../domain/post.ts'
import { Id, Instant, Nullable, OneOf } from './schemas.ts'

/** The word a person reads (answers 1.1). */
export const ShownStatus = OneOf(
  'draft',
  'pending_approval',
  'scheduled',
  'publishing',
  'published',
  'failed',
)
export type ShownStatus = Static<typeof ShownStatus>

export const ContentTypeName = OneOf(...contentTypes)

export const Options = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown())

const Override = Type.Object({
  content: Nullable(Type.String()),
  mediaIds: Nullable(Type.Array(Id)),
  options: Nullable(Options),
})

export const Target = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'Of the delivery, for retry, resolve and remove' }),
    accountId: Id,
    network: Type.String(),
    status: OneOf(...deliveryStates),
    externalId: Nullable(Type.String()),
    url: Nullable(Type.String()),
    publishedAt: Nullable(Instant),
    removedAt: Nullable(Type.String({ format: 'date-time', description: 'Taken down at the network' })),
    error: Nullable(
      Type.Object({
        message: Type.String(),
        remedy: Nullable(Type.String()),
        rule: Type.String({ description: 'Stable and machine-readable' }),
      }),
    ),
  },
  { title: 'Target' },
)

export const PostObject = Type.Object(
  {
    id: Id,
    brandId: Id,
    content: Type.String(),
    mediaIds: Type.Array(Id),
    targetAccountIds: Type.Array(Id),
    scheduledAt: Nullable(Instant),
    status: ShownStatus,
    statusText: Nullable(
      Type.String({
        description: 'What a person should know or do about the status, where there is something',
      }),
    ),
    createdBy: Nullable(Id),
    createdAt: Instant,
    updatedAt: Instant,
    publishedAt: Nullable(Instant),
    targets: Type.Array(Target),
    title: Nullable(Type.String()),
    link: Nullable(Type.String()),
    hashtags: Type.Array(Type.String()),
    contentType: Nullable(ContentTypeName),
    timezone: Nullable(Type.String()),
    campaignId: Nullable(Id),
    labelIds: Type.Array(Id),
    options: Options,
    overrides: Type.Record(Type.String(), Override),
    approval: OneOf('none', 'pending', 'approved'),
    recurrenceId: Nullable(Id),
    version: Type.Integer({ description: 'Also the ETag' }),
  },
  { title: 'Post' },
)

export const presentPost = (post: Post): Static<typeof PostObject> => ({
  id: post.id,
  brandId: post.brandId,
  content: post.text,
  mediaIds: post.mediaIds,
  targetAccountIds: post.deliveries
    .filter(({ isAccountGone, state }) => !isAccountGone || state === 'published')
    .map(({ accountId }) => accountId),
  scheduledAt: shownInstant(post.dueAt),
  status: shownStatus(post),
  statusText: statusText(post),
  createdBy: post.createdBy,
  createdAt: post.createdAt.toISOString(),
  updatedAt: post.updatedAt.toISOString(),
  publishedAt: shownInstant(post.publishedAt),
  targets: post.deliveries.map(presentTarget),
  title: post.title,
  link: post.link,
  hashtags: post.hashtags,
  contentType: post.contentType,
  timezone: post.timezone,
  campaignId: post.campaignId,
  labelIds: post.labelIds,
  options: post.options,
  overrides: Object.fromEntries(
    post.deliveries
      .filter(({ text, mediaIds, options }) => text !== null || mediaIds !== null || options !== null)
      .map(({ accountId, text, mediaIds, options }) => [accountId, { content: text, mediaIds, options }]),
  ),
  approval: post.approval,
  recurrenceId: post.recurrenceId,
  version: post.version,
})

export function presentTarget(delivery: Delivery): Static<typeof Target> {
  const { id, accountId, network, state, externalId, url } = delivery
  return {
    id,
    accountId,
    network,
    status: state,
    externalId,
    url,
    publishedAt: shownInstant(delivery.publishedAt),
    removedAt: shownInstant(delivery.removedAt),
    error: errorOf(delivery),
  }
}

export const shownInstant = (at: Date | null) => at?.toISOString() ?? null

/** The statuses behind each word of the list's filter, so that the four words cover every post. */
export const statusesOf: Record<'draft' | 'scheduled' | 'published' | 'failed', PostStatus[]> = {
  draft: ['draft', 'cancelled'],
  scheduled: ['scheduled', 'publishing'],
  published: ['published', 'partially_failed'],
  failed: ['failed', 'uncertain'],
}

function shownStatus({ status, approval }: Post): ShownStatus {
  switch (status) {
    case 'draft':
      return approval === 'pending' ? 'pending_approval' : 'draft'
    case 'cancelled':
      return 'draft'
    case 'partially_failed':
      return 'published'
    case 'uncertain':
      return 'failed'
    default:
      return status
  }
}

function statusText(post: Post): string | null {
  const count = (state: Delivery['state']) =>
    post.deliveries.filter((delivery) => delivery.state === state).length
  const all = post.deliveries.length
  if (count('uncertain') > 0)
    return `${count('uncertain')} of ${all} accounts gave no answer: the post may or may not be live there. Look, then resolve each of these targets.`
  if (post.status === 'partially_failed')
    return `Published on ${count('published')} of ${all} accounts; see the targets for the others.`
  if (count('held') > 0)
    return `${count('held')} of ${all} accounts cannot publish right now; what waits for them goes out once they can.`
  return null
}

const unanswered = {
  message: 'The network did not answer, so the post may or may not be live there.',
  remedy: 'Look at the account, then resolve this target: published, with its address, or not published.',
  rule: 'no_answer',
}

function errorOf({ state, failure }: Delivery): Static<typeof Target>['error'] {
  if (failure) return { message: failure.message, remedy: failure.remedy || null, rule: failure.rule }
  return state === 'uncertain' ? unanswered : null
}
