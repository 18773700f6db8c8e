import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { Refusal } from '../domain/refusal.ts'
import { findPosts } from '../storage/posts.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { addPost, type NewPostInput } from './create-post.ts'
import { requireBrandRules } from './post-access.ts'

/**
 * Writes many posts of one brand, all or none: the first that is refused refuses them all, and its place in the list
 * stands before its message and its paths (`posts[3].content`). Needs `posts.create`, with `schedule` `posts.schedule`.
 */
export async function createPosts(
  ctx: Context,
  actor: Actor,
  { brandId, posts }: { brandId: string; posts: Omit<NewPostInput, 'brandId'>[] },
): Promise<Post[]> {
  return transaction(ctx.db, async (tx) => {
    const rules = await requireBrandRules(tx, actor, brandId, 'posts.create')
    if (posts.some((post) => post.schedule))
      await requireAccess(tx, actor, rules.workspaceId, 'posts.schedule')
    const ids: string[] = []
    for (const [index, post] of posts.entries())
      ids.push(await addPost(ctx, tx, actor, rules, { ...post, brandId }).catch((error) => at(index, error)))
    return findPosts(tx, ids)
  })
}

function at(index: number, error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  throw new Refusal(error.code, `posts[${index}]: ${error.message}`, {
    rule: error.rule,
    issues: error.issues.map((issue) => ({ ...issue, path: `posts[${index}].${issue.path}` })),
  })
}
