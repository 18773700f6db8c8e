import { type Static, Type } from 'typebox'
import type { PostStatus } from '../../domain/delivery.ts'
import type { Delivery, Post } from '../../domain/post.ts'

/** The four words of this dialect (CR7) for what a post is inside (answers 1.1). */
export const shownStatuses = {
  draft: ['draft', 'cancelled'],
  scheduled: ['scheduled', 'publishing'],
  published: ['published', 'partially_failed'],
  failed: ['failed', 'uncertain'],
} as const satisfies Record<string, readonly PostStatus[]>
export type ShownStatus = keyof typeof shownStatuses
export const Status = Type.Union([
  Type.Literal('draft'),
  Type.Literal('scheduled'),
  Type.Literal('published'),
  Type.Literal('failed'),
])

export function shownStatus(status: PostStatus): ShownStatus {
  for (const [shown, inner] of Object.entries(shownStatuses))
    if ((inner as readonly PostStatus[]).includes(status)) return shown as ShownStatus
  throw new Error(`No word for ${status}`)
}

/** Each network once, in the order of the targets. */
export const platformsOf = ({ deliveries }: Post): string[] => [
  ...new Set(deliveries.map(({ network }) => network)),
]

export const PlatformPost = Type.Object({
  platform: Type.String(),
  account_id: Type.String(),
  post_id: Type.Union([Type.String(), Type.Null()]),
  url: Type.Union([Type.String(), Type.Null()]),
  status: Type.String(),
  error: Type.Optional(Type.String()),
})

export const presentDelivery = (
  delivery: Delivery,
  status: string,
  accountId: string,
): Static<typeof PlatformPost> => ({
  platform: delivery.network,
  account_id: accountId,
  post_id: delivery.externalId,
  url: delivery.url,
  status,
  ...(isBad(delivery) && { error: errorOf(delivery) }),
})

const isBad = ({ state }: Delivery) => state === 'failed' || state === 'uncertain'

/** What happened and what to do, in one text; an uncertain delivery says that it may be out (answers 1.1). */
function errorOf({ state, failure }: Delivery): string {
  const told = failure ? `${failure.message} ${failure.remedy}`.trim() : 'No reason was recorded.'
  return state === 'uncertain'
    ? `It may have been published: the network did not answer. Look there, then say which. ${told}`
    : told
}

/** A delivery's state in the words of a published post's parts. */
export function partStatus({ state }: Delivery): string {
  switch (state) {
    case 'held':
    case 'publishing':
      return 'scheduled'
    case 'uncertain':
      return 'failed'
    case 'cancelled':
      return 'draft'
    default:
      return state
  }
}

/** A delivery's state in the words of a publish result (C13). */
export function resultStatus({ state }: Delivery): 'success' | 'failed' | 'pending' {
  switch (state) {
    case 'published':
      return 'success'
    case 'failed':
    case 'uncertain':
    case 'cancelled':
      return 'failed'
    default:
      return 'pending'
  }
}
