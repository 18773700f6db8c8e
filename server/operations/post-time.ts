import { isApproved, type Post } from '../domain/post.ts'
import { postBounds } from '../domain/post-bounds.ts'
import { invalid, invalidAt, wrongState } from '../domain/refusal.ts'
import type { PostRules } from '../storage/post-home.ts'

/** Refuses a time that has gone by, or is so far ahead that it must be a mistake. */
export function requireFuture(dueAt: Date, now: Date): void {
  if (dueAt.getTime() <= now.getTime())
    throw invalid([
      {
        path: 'scheduledAt',
        rule: 'schedule_past_time',
        message: `${dueAt.toISOString()} has gone by; it is ${now.toISOString()}.`,
        remedy: 'Choose a time in the future, or publish now.',
      },
    ])
  requirePlausible(dueAt, now)
}

/** Refuses a year with a typing error. */
export function requirePlausible(dueAt: Date, now: Date): void {
  const latest = new Date(now)
  latest.setUTCFullYear(latest.getUTCFullYear() + postBounds.aheadYearsMax)
  if (dueAt > latest)
    throw invalidAt(
      'scheduledAt',
      `${dueAt.toISOString()} is more than ${postBounds.aheadYearsMax} years ahead.`,
      'schedule_too_far',
    )
}

/** In a workspace that requires approval, nothing goes out that was not approved as it is. */
export function requireApproval({ approvals }: PostRules, post: Post): void {
  if (approvals === 'required' && !isApproved(post))
    throw wrongState(
      'This workspace requires approval, and this post has not been approved as it is. Submit it for approval.',
      'approval_required',
    )
}

/** A post without accounts goes nowhere. */
export function requireTargets(targets: unknown[]): void {
  if (targets.length === 0)
    throw invalid([
      {
        path: 'targetAccountIds',
        rule: 'targets_required',
        message: 'This post has no account to go to.',
        remedy: 'Choose at least one account.',
      },
    ])
}
