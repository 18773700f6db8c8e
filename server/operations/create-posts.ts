import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { type Issue, invalid, invalidAt, Refusal } from '../domain/refusal.ts'
import type { Tx } from '../storage/database.ts'
import type { PostRules } from '../storage/post-home.ts'
import { findPosts } from '../storage/posts.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { addPost, type NewPostInput } from './create-post.ts'
import { requireBrandRules } from './post-access.ts'
import { scheduleDrafts } from './schedule-draft.ts'

/** All in one transaction, some ten statements each; a hundred take a second on a small machine. */
export const bulkPostsMax = 100

/**
 * Writes many posts, all or none: `issues` name each bad one as `posts.<index>.<field>`. Needs `posts.create`, and
 * `posts.schedule` when one of them is to be scheduled.
 */
export async function createPosts(
  ctx: Context,
  actor: Actor,
  input: { brandId: string; posts: Omit<NewPostInput, 'brandId'>[] },
): Promise<Post[]> {
  const { brandId, posts } = input
  const made = await transaction(ctx.db, async (tx) => {
    const rules = await requireBrandRules(tx, actor, brandId, 'posts.create')
    requireSomeButNotMany(posts.length)
    if (posts.some(({ schedule }) => schedule))
      await requireAccess(tx, actor, rules.workspaceId, 'posts.schedule')
    const { ids, issues } = await addPosts(
      ctx,
      tx,
      actor,
      rules,
      posts.map((post) => ({ ...post, brandId, bufferLater: true })),
    )
    if (issues.length > 0)
      throw invalid(
        issues.map(({ index, issue }) => ({ ...issue, path: `posts.${index}.${issue.path}` })),
        `${new Set(issues.map(({ index }) => index)).size} of ${posts.length} posts are invalid; none was created.`,
      )
    return findPosts(tx, ids)
  })
  const drafts = made.filter(({ status }, index) => posts[index]?.schedule && status === 'draft')
  if (drafts.length === 0) return made
  await scheduleDrafts(ctx, idsOf(drafts))
  return findPosts(ctx.db, idsOf(made))
}

const idsOf = (posts: Post[]) => posts.map(({ id }) => id)

function requireSomeButNotMany(count: number) {
  if (count === 0) throw invalidAt('posts', 'There is no post in the list.', 'empty')
  if (count > bulkPostsMax)
    throw invalid([
      {
        path: 'posts',
        rule: 'bulk_limit_exceeded',
        message: `At most ${bulkPostsMax} posts can be created at once; these are ${count}.`,
        limit: bulkPostsMax,
        value: count,
      },
    ])
}

/**
 * Writes as many posts as can be written, and says what is wrong with the others. A caller that finds issues ends its
 * transaction by a refusal, so that nothing stays.
 */
export async function addPosts(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  rules: PostRules,
  posts: NewPostInput[],
): Promise<{ ids: string[]; issues: { index: number; issue: Issue }[] }> {
  const ids: string[] = []
  const issues: { index: number; issue: Issue }[] = []
  for (const [index, post] of posts.entries()) {
    try {
      ids.push(await addPost(ctx, tx, actor, rules, post))
    } catch (error) {
      // A refusal comes before anything is written, so the transaction can go on.
      if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
      issues.push(...error.issues.map((issue) => ({ index, issue })))
    }
  }
  return { ids, issues }
}
