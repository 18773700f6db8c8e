import { isApproved, type Post } from '../domain/post.ts'
import { postBounds } from '../domain/post-bounds.ts'
import { type Issue, invalid, wrongState } from '../domain/refusal.ts'
import type { PostRules } from '../storage/post-home.ts'

/** Refuses a time that has gone by, or is so far ahead that it must be a mistake. */
export function requireFuture(dueAt: Date, now: Date): void {
  const issues = timeIssues(dueAt, now)
  if (issues.length > 0) throw invalid(issues)
}

/** Refuses a year with a typing error; a time that has gone by is fine. */
export function requirePlausible(dueAt: Date, now: Date): void {
  const issues = farIssues(dueAt, now)
  if (issues.length > 0) throw invalid(issues)
}

/** What speaks against letting a post go out at this time. */
export function timeIssues(dueAt: Date | null, now: Date): Issue[] {
  if (!dueAt) return []
  if (dueAt.getTime() > now.getTime()) return farIssues(dueAt, now)
  return [
    {
      path: 'scheduledAt',
      rule: 'schedule_past_time',
      message: `${dueAt.toISOString()} has gone by; it is ${now.toISOString()}.`,
      remedy: 'Choose a time in the future, or publish now.',
    },
  ]
}

function farIssues(dueAt: Date, now: Date): Issue[] {
  const latest = new Date(now)
  latest.setUTCFullYear(latest.getUTCFullYear() + postBounds.aheadYearsMax)
  if (dueAt <= latest) return []
  return [
    {
      path: 'scheduledAt',
      rule: 'schedule_too_far',
      message: `${dueAt.toISOString()} is more than ${postBounds.aheadYearsMax} years ahead.`,
    },
  ]
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
