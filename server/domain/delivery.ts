/** The states of one post on its way to one account (answers 1.1). */
export const deliveryStates = [
  'draft',
  'scheduled',
  'held',
  'publishing',
  'published',
  'failed',
  'uncertain',
  'cancelled',
] as const
export type DeliveryState = (typeof deliveryStates)[number]

export type PostStatus =
  | 'draft'
  | 'scheduled'
  | 'publishing'
  | 'published'
  | 'partially_failed'
  | 'failed'
  | 'uncertain'
  | 'cancelled'

/**
 * A post's status follows from its deliveries and nothing else (answers 1.1). A post without deliveries is a draft,
 * or cancelled when it was cancelled before it lost them.
 * The same rule stands in SQL as `post_status(states)` in migration 0001; a test holds the two against each other.
 */
export function postStatus(states: readonly DeliveryState[]): PostStatus {
  const any = (state: DeliveryState) => states.includes(state)
  if (any('publishing')) return 'publishing'
  if (any('scheduled') || any('held')) return 'scheduled'
  const settled = states.filter((state) => state !== 'cancelled')
  if (settled.length > 0 && settled.every((state) => state === 'published')) return 'published'
  if (any('published')) return 'partially_failed'
  if (any('uncertain')) return 'uncertain'
  if (any('failed')) return 'failed'
  if (any('draft') || states.length === 0) return 'draft'
  return 'cancelled'
}

/**
 * Why a delivery, or a try at it, did not work. `class` decides what the engine does next:
 * - `transient`: try again with backoff;
 * - `rate_limited`: wait until `retryAfterMs`, the account's budget moves, no try is used up;
 * - `reconnect`: the account's credential is dead; the account becomes `expired` and its deliveries wait (held);
 * - `permanent`: this content will not be accepted; a person must edit it;
 * - `administrator`: the app, its scopes or its credits need the operator; treated as permanent for the delivery.
 */
export interface Failure {
  class: 'transient' | 'rate_limited' | 'reconnect' | 'permanent' | 'administrator'
  /** Stable id, `<network>.<what>` or one of ours (`text_too_long`, `too_late`). */
  rule: string
  /** What happened, to which thing, in a sentence for a person. Never holds a secret. */
  message: string
  /** What the person can do. */
  remedy: string
  retryAfterMs?: number
}
