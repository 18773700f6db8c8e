import type { Actor } from '../domain/actor.ts'
import { invalidAt, notFound } from '../domain/refusal.ts'
import { accountsOfBrand, deleteChoosing } from '../storage/accounts.ts'
import { findBrand } from '../storage/brands.ts'
import { postsAtBuffer } from '../storage/buffer-posts.ts'
import { countBrands, retireBrand } from '../storage/delete-brand.ts'
import { recordEvents } from '../storage/events.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireFound } from './access.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { disconnectWithin } from './disconnect-account.ts'
import { revokeCredential } from './revoke-credential.ts'

/** A person waits for these; the chores behind the others take them back within minutes. */
const revokedAtOnceMax = 10

/**
 * Deletes a brand: disconnects its accounts and cancels its scheduled posts (answers 1.5). What was published, and its
 * numbers, stay. A workspace keeps one brand, and when the default goes the oldest one left takes its place.
 */
export async function deleteBrand(ctx: Context, actor: Actor, brandId: string): Promise<void> {
  const { revocable } = await changePosts(
    ctx,
    ({ postIds }: { revocable: string[]; postIds: string[] }) => postIds,
    async (tx, ctx) => {
      const seen = await requireFound(
        tx,
        actor,
        await findBrand(tx, brandId),
        ['Brand', brandId],
        'brands.delete',
      )
      const { workspaceId, name } = seen
      await lockWorkspace(tx, workspaceId)
      // Of two that delete it at once, the second finds it gone.
      if (!(await findBrand(tx, brandId))) throw notFound('Brand', brandId)
      if ((await countBrands(tx, workspaceId)) === 1)
        throw invalidAt(
          'id',
          'This is the last brand of the workspace. Make another one first.',
          'last_brand',
        )

      const accounts = await accountsOfBrand(tx, brandId)
      const connected = accounts.filter((account) => account.state !== 'choosing')
      for (const { id, state } of accounts) if (state === 'choosing') await deleteChoosing(tx, id)
      const { stillWriting, cancelledPosts } = await disconnectWithin(ctx, tx, actor, connected)
      const now = ctx.clock.now()
      const { newDefaultId } = await retireBrand(tx, seen, now)
      await recordEvents(tx, actor, now, [
        {
          id: ctx.newId(),
          workspaceId,
          type: 'brand.deleted',
          resourceType: 'brand',
          resourceId: brandId,
          data: { name, accounts: connected.length, cancelledPosts, newDefaultId },
        },
      ])
      const accountIds = connected.map(({ id }) => id)
      return {
        revocable: accountIds.filter((id) => !stillWriting.includes(id)),
        postIds: await postsAtBuffer(tx, { accountIds }),
      }
    },
  )
  await Promise.all(revocable.slice(0, revokedAtOnceMax).map((id) => revokeCredential(ctx, id)))
}
