import { composeDraft } from '../domain/compose-draft.ts'
import type { Failure } from '../domain/delivery.ts'
import type { Draft } from '../domain/draft.ts'
import type { Limits } from '../domain/limits.ts'
import type { Issue } from '../domain/refusal.ts'
import type { AttemptRow } from '../storage/attempts.ts'
import { hasBegun, type Run } from './run.ts'

export type Verdict =
  | { verdict: 'go' }
  /** A person must act on the account first. */
  | { verdict: 'hold'; failure: Failure }
  /** Its account was disconnected; what had begun there has settled. */
  | { verdict: 'cancel' }
  /** Its approval is missing: it goes back to being a draft. */
  | { verdict: 'unapproved'; message: string }
  | { verdict: 'fail'; failure: Failure }

/**
 * May this delivery go out now? Asked after the claim committed, on what was read then. What has begun to be visible
 * is finished, whatever has changed since.
 */
export function judge(run: Run, now: Date): Verdict {
  const { row } = run
  if (row.accountState === 'disconnected') return { verdict: 'cancel' }
  const account = accountFailure(row)
  if (account) return { verdict: 'hold', failure: account }
  if (hasBegun(run)) return { verdict: 'go' }
  if (row.approval === 'pending') return { verdict: 'unapproved', message: 'Its approval is still pending.' }
  if (row.approvals === 'required' && !(row.approval === 'approved' && row.isApprovedContent))
    return { verdict: 'unapproved', message: 'This workspace requires an approval of exactly this content.' }
  const lateMs = now.getTime() - row.dueAt.getTime()
  if (lateMs > row.latenessHours * 3_600_000) return { verdict: 'fail', failure: tooLate(row, lateMs) }
  const unready = row.media.find((file) => file.state !== 'ready')
  if (unready)
    return {
      verdict: 'fail',
      failure: {
        class: 'permanent',
        rule: 'media_not_ready',
        message: `${unready.filename} was never uploaded completely.`,
        remedy: 'Upload the file again, or remove it from the post.',
      },
    }
  return { verdict: 'go' }
}

/** Why the account cannot publish, or null. */
export function accountFailure(account: {
  accountState: AttemptRow['accountState']
  accountIsActive: boolean
  accountName: string
  network: string
}): Failure | null {
  const { accountState, accountIsActive } = account
  const name = `The ${account.network} account ${account.accountName}`
  if (accountState !== 'active')
    return {
      class: 'reconnect',
      rule: `account_${accountState}`,
      message:
        accountState === 'expired' ? `${name} has lost its permission.` : `${name} is ${accountState}.`,
      remedy: 'Connect the account again; what was held then goes out by itself.',
    }
  if (!accountIsActive)
    return {
      class: 'reconnect',
      rule: 'account_inactive',
      message: `${name} is switched off.`,
      remedy: 'Switch the account on again; what was held then goes out by itself.',
    }
  return null
}

const tooLate = (row: AttemptRow, lateMs: number): Failure => ({
  class: 'permanent',
  rule: 'too_late',
  message:
    `It was due ${Math.round(lateMs / 3_600_000)} hours ago, and this workspace publishes nothing that is more than ` +
    `${row.latenessHours} hours late.`,
  remedy:
    'Schedule it anew or retry it if it is still wanted, or allow more lateness in the workspace settings.',
})

/**
 * The post as this account gets it, by the same check as in the composer and the dry run. Of what speaks against it the
 * first issue is told, and its rule is the failure's.
 * @param media the files that will be sent, those of addresses fetched already.
 */
export function draftOf(
  run: Run,
  limits: Limits,
  media: Draft['media'],
): { draft: Draft; failure: Failure | null } {
  const { overrideText: text, overrideMediaIds: mediaIds, overrideOptions: options, post } = run.row
  const override = { text, mediaIds, options }
  const { draft, issues } = composeDraft(run.network, { ...post, mediaUrls: [] }, override, media, limits)
  const [issue] = issues
  return { draft, failure: issue ? unfit(issue) : null }
}

const unfit = ({ rule, message, remedy }: Issue): Failure => ({
  class: 'permanent',
  rule,
  message,
  remedy: remedy ?? 'Edit the post and schedule it again.',
})
