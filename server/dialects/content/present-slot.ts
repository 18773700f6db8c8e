import { type Static, Type } from 'typebox'
import type { PostStatus } from '../../domain/delivery.ts'
import type { Delivery, Post } from '../../domain/post.ts'
import type { readPlanning } from '../../operations/list-planned-posts.ts'
import type { postLog } from '../../operations/post-log.ts'
import { Label, presentLabel } from './labels.ts'
import { Id, Instant, Nullable, OneOf } from './schemas.ts'

export const slotStatuses = [
  'draft',
  'pending_review',
  'approved',
  'scheduled',
  'publishing',
  'published',
  'partially_failed',
  'failed',
] as const
export const SlotStatus = OneOf(...slotStatuses)
export type SlotStatus = (typeof slotStatuses)[number]

const Target = Type.Object(
  {
    id: Id,
    connectionId: Id,
    platform: Type.String(),
    platformUsername: Nullable(Type.String()),
    publishStatus: OneOf('pending', 'publishing', 'published', 'failed', 'cancelled'),
    platformCaption: Nullable(Type.String()),
    externalPostUrl: Nullable(Type.String()),
    lastError: Nullable(Type.String()),
    attempts: Type.Integer(),
  },
  { title: 'Target' },
)

export const Slot = Type.Object(
  {
    id: Id,
    caption: Type.String(),
    contentType: Nullable(Type.String()),
    mediaIds: Type.Array(Id),
    scheduledAt: Nullable(Instant),
    timezone: Nullable(Type.String()),
    status: SlotStatus,
    campaign: Nullable(Type.Object({ id: Id, name: Type.String(), color: Nullable(Type.String()) })),
    labels: Type.Array(Label),
    targets: Type.Array(Target),
    createdBy: Nullable(Id),
    createdAt: Instant,
  },
  { title: 'Slot' },
)

export const Log = Type.Object(
  {
    id: Id,
    slotTargetId: Nullable(Id),
    action: Type.String(),
    platform: Nullable(Type.String()),
    externalPostUrl: Type.Optional(Type.String()),
    message: Nullable(Type.String()),
    createdAt: Instant,
  },
  { title: 'Log' },
)

type Planning = Awaited<ReturnType<typeof readPlanning>>

export function presentSlot(post: Post, planning: Planning): Static<typeof Slot> {
  const campaign = post.campaignId ? planning.campaigns.get(post.campaignId) : undefined
  return {
    id: post.id,
    caption: post.text,
    contentType: post.contentType,
    mediaIds: post.mediaIds,
    scheduledAt: post.dueAt?.toISOString() ?? null,
    timezone: post.timezone,
    status: slotStatus(post),
    campaign: campaign ?? null,
    labels: post.labelIds.flatMap((id) => planning.labels.get(id) ?? []).map(presentLabel),
    targets: post.deliveries.map((delivery) => presentTarget(delivery, planning)),
    createdBy: post.createdBy,
    createdAt: post.createdAt.toISOString(),
  }
}

function presentTarget(delivery: Delivery, { accounts }: Planning): Static<typeof Target> {
  const account = accounts.get(delivery.accountId)
  return {
    id: delivery.id,
    connectionId: delivery.accountId,
    platform: delivery.network,
    platformUsername: account?.handle ?? account?.name ?? null,
    publishStatus: publishStatus(delivery),
    platformCaption: delivery.text,
    externalPostUrl: delivery.url,
    lastError: lastError(delivery),
    attempts: delivery.attempt,
  }
}

/** Uncertain is shown as failed, with a text that says so (answers 1.1). */
function publishStatus({ state }: Delivery): Static<typeof Target>['publishStatus'] {
  switch (state) {
    case 'draft':
    case 'scheduled':
    case 'held':
      return 'pending'
    case 'uncertain':
      return 'failed'
    default:
      return state
  }
}

const lastError = ({ state, failure }: Delivery): string | null =>
  state === 'uncertain'
    ? 'It is not known whether this was published: the network never answered. Look there, then say so.'
    : (failure?.message ?? null)

function slotStatus({ status, approval }: Post): SlotStatus {
  switch (status) {
    case 'uncertain':
      return 'failed'
    case 'cancelled':
    case 'draft':
      if (approval === 'pending') return 'pending_review'
      return approval === 'approved' ? 'approved' : 'draft'
    default:
      return status
  }
}

/** Which of our states a shown word stands for (answers 1.1): filters match what is shown. */
export function filterOf(shown: SlotStatus): {
  statuses: PostStatus[]
  approval?: 'none' | 'pending' | 'approved'
} {
  switch (shown) {
    case 'draft':
      return { statuses: ['draft', 'cancelled'], approval: 'none' }
    case 'pending_review':
      return { statuses: ['draft', 'cancelled'], approval: 'pending' }
    case 'approved':
      return { statuses: ['draft', 'cancelled'], approval: 'approved' }
    case 'failed':
      return { statuses: ['failed', 'uncertain'] }
    default:
      return { statuses: [shown] }
  }
}

type Entry = Awaited<ReturnType<typeof postLog>>['items'][number]

export function presentLog(entry: Entry, post: Post): Static<typeof Log> {
  const delivery = post.deliveries.find(({ id }) => id === entry.deliveryId)
  const url = entry.action === 'publish_success' ? delivery?.url : null
  return {
    id: entry.id,
    slotTargetId: entry.deliveryId,
    action: entry.action,
    platform: delivery?.network ?? null,
    ...(url ? { externalPostUrl: url } : {}),
    message: entry.message,
    createdAt: entry.createdAt.toISOString(),
  }
}
