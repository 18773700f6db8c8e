import type { DeliveryState, Failure, PostStatus } from './delivery.ts'
import type { Override, PostContent } from './draft.ts'

/** A post with everything that belongs to it, as operations hand it to dialects. */
export interface Post extends PostContent {
  id: string
  /** The integer id that dialect A shows. */
  number: number
  workspaceId: string
  brandId: string
  /** The user who made it; null for keys, gateways, recurrences, and users who were deleted since. */
  createdBy: string | null
  /** The gateway's name for the user who made it (dialect D). */
  createdByExternal: string | null
  /** The dialect that made it, or `recurrence`. */
  origin: string
  /** In order. */
  mediaIds: string[]
  /** Dialect A: addresses fetched while the post is prepared. */
  mediaUrls: string[]
  /** The IANA zone in which the person thinks of `dueAt`; null means the workspace's. */
  timezone: string | null
  /** What the person asked for. A draft may keep one; only `scheduled` deliveries act on it. */
  dueAt: Date | null
  status: PostStatus
  approval: PostApproval
  contentHash: Buffer
  /** The hash of the content that was approved; approval is void for any other. */
  approvedHash: Buffer | null
  campaignId: string | null
  recurrenceId: string | null
  queueId: string | null
  labelIds: string[]
  /** Grows with each change a person makes; the ETag. */
  version: number
  /** When the first of its deliveries was published. */
  publishedAt: Date | null
  /** Of the first delivery that Buffer has; null when none goes through it. */
  bufferPostId: string | null
  createdAt: Date
  updatedAt: Date
  /** In the order in which the targets were given. */
  deliveries: Delivery[]
}

export type PostApproval = 'none' | 'pending' | 'approved'

/** One post on its way to one account, without what only the engine needs. */
export interface Delivery extends Override {
  id: string
  postId: string
  accountId: string
  /** The account was disconnected; what is left here is history. */
  isAccountGone: boolean
  network: string
  position: number
  state: DeliveryState
  dueAt: Date | null
  /** Counts the tries; every record of a worker is conditional on it, so raising it makes a worker's records miss. */
  attempt: number
  /** The current try has sent, or may have sent, something visible. */
  fenced: boolean
  /** Something of it is at the network or may be: parts of a thread that were accepted, a write without an answer. */
  begun: boolean
  failure: Failure | null
  externalId: string | null
  url: string | null
  publishedAt: Date | null
  /** When it was taken down at the network. */
  removedAt: Date | null
}

/** Approved, and not changed since. */
export const isApproved = (post: Pick<Post, 'approval' | 'approvedHash' | 'contentHash'>): boolean =>
  post.approval === 'approved' && post.approvedHash !== null && post.approvedHash.equals(post.contentHash)
