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
    createdBy: Nullable(Type.String({ description: 'Our user, or the name that the gateway gave' })),
    createdAt: Instant,
  },
  { title: 'Slot' },
)

export const Log = Type.Object(
  {
    id: Id,
    slotTargetId: Id,
    action: Type.String({
      description:
        'publish_attempt, publish_success, publish_failure, retry_scheduled, held, uncertain, cancelled, removed or removal_failed',
      examples: ['publish_attempt'],
    }),
    platform: Type.String(),
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
    createdBy: post.createdBy ?? post.createdByExternal,
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

/** What is shown, of everything a post may be (answers 1.1). */
function slotStatus({ status, approval }: Post): SlotStatus {
  switch (status) {
    case 'uncertain':
      return 'failed'
    case 'cancelled':
      return 'draft'
    case 'draft':
      return approval === 'pending' ? 'pending_review' : approval === 'approved' ? 'approved' : 'draft'
    default:
      return status
  }
}

/** Which of our states may be shown by a word; those that are shown by another one as well are told apart afterwards. */
export function statusesBehind(shown: SlotStatus): PostStatus[] {
  switch (shown) {
    case 'draft':
      return ['draft', 'cancelled']
    case 'pending_review':
    case 'approved':
      return ['draft']
    case 'failed':
      return ['failed', 'uncertain']
    default:
      return [shown]
  }
}

type Entry = Awaited<ReturnType<typeof postLog>>['items'][number]

/** The publish audit trail is about targets; what was asked of the whole slot stands in the audit log of the workspace. */
export function presentLogs(entries: Entry[], post: Post): Static<typeof Log>[] {
  return entries.flatMap((entry) => {
    const delivery = post.deliveries.find(({ id }) => id === entry.deliveryId)
    if (!delivery) return []
    const url = entry.action === 'publish_success' ? delivery.url : null
    return [
      {
        id: entry.id,
        slotTargetId: delivery.id,
        action: entry.action,
        platform: delivery.network,
        ...(url ? { externalPostUrl: url } : {}),
        message: entry.message,
        createdAt: entry.createdAt.toISOString(),
      },
    ]
  })
}
