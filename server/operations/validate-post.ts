import type { Actor } from '../domain/actor.ts'
import { isIncomplete } from '../domain/compose-draft.ts'
import type { Draft } from '../domain/draft.ts'
import type { Limits } from '../domain/limits.ts'
import type { Issue } from '../domain/refusal.ts'
import { textLength } from '../domain/text-length.ts'
import { accountIssues, type ComposedTarget, composePost, requirePlanning } from './compose-post.ts'
import type { Context } from './context.ts'
import { filled, type GivenFields } from './create-post.ts'
import { requireBrandRules } from './post-access.ts'
import { timeIssues } from './post-time.ts'

/** What a post would be on each account, and what speaks against it. */
export interface PostVerdict {
  /** It could be scheduled as it is. */
  isPublishable: boolean
  /** It could be kept as a draft as it is. */
  isSavable: boolean
  /** About the post as a whole. */
  issues: Issue[]
  targets: TargetVerdict[]
}

export interface TargetVerdict {
  accountId: string
  network: string
  draft: Draft
  limits: Limits
  /** In the network's own unit, `limits.text.unit`. */
  textLength: number
  issues: Issue[]
}

/**
 * The dry run: checks a post without keeping it, with the same code that scheduling and publishing use.
 * Needs `posts.create`.
 */
export async function validatePost(
  ctx: Context,
  actor: Actor,
  input: GivenFields & { brandId: string; anyBrand?: boolean; dueAt?: Date | null },
): Promise<PostVerdict> {
  const { brandId, anyBrand, dueAt, ...given } = input
  const { workspaceId } = await requireBrandRules(ctx.db, actor, brandId, 'posts.create')
  const composed = await composePost(ctx, ctx.db, { workspaceId, brandId, anyBrand }, filled(given))
  const ofAccounts = accountIssues(composed)
  const targets = composed.targets.map((target) =>
    verdictOf(
      target,
      ofAccounts.filter(({ accountId }) => accountId === target.account.id),
    ),
  )
  await requirePlanning(ctx.db, workspaceId, filled(given))
  const ofPost = [...composed.issues, ...timeIssues(dueAt ?? null, ctx.clock.now())]
  const all = [...ofPost, ...targets.flatMap(({ issues }) => issues)]
  return {
    isPublishable: all.length === 0 && targets.length > 0,
    isSavable: all.every((issue) => isIncomplete(issue) || ofAccounts.includes(issue)),
    issues: ofPost,
    targets,
  }
}

const verdictOf = (
  { account, network, limits, draft, issues }: ComposedTarget,
  ofAccount: Issue[],
): TargetVerdict => ({
  accountId: account.id,
  network: network.id,
  draft,
  limits,
  textLength: textLength(draft.text, limits.text, network.measure),
  issues: [...issues, ...ofAccount],
})
