import type { Actor } from '../domain/actor.ts'
import { type Account, accountsOfBrand } from '../storage/accounts.ts'
import { requireAccount, requireBrandPlace } from './account-access.ts'
import { type Choice, choicesOf } from './choose-accounts.ts'
import type { Context } from './context.ts'

/** The accounts of a brand, oldest first (B14). Membership is enough. */
export async function listAccounts(
  ctx: Context,
  actor: Actor,
  { brandId }: { brandId: string },
): Promise<Account[]> {
  await requireBrandPlace(ctx.db, actor, brandId, null)
  return accountsOfBrand(ctx.db, brandId)
}

/** One account, with its choices while it is choosing. Membership is enough. */
export async function readAccount(
  ctx: Context,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<{ account: Account; choices: Choice[] }> {
  const account = await requireAccount(ctx.db, actor, accountId, null)
  return { account, choices: account.state === 'choosing' ? await choicesOf(ctx, ctx.db, accountId) : [] }
}
