import { accountById } from '../storage/accounts.ts'
import { leftoverSecret, wipeSecret } from '../storage/disconnect.ts'
import { placeOfBrand } from '../storage/places.ts'
import { accountSecretBox } from '../storage/secret-box.ts'
import { accountContext, requireNetwork } from './account-context.ts'
import type { Context } from './context.ts'

/**
 * What became of a disconnected account's credential. It is gone here in every case but `later`; `failed` means that
 * the network did not take it back, so that it ends there only when it expires or the person removes the app.
 */
export type Revocation = 'revoked' | 'failed' | 'not_offered' | 'later'

/** A person waits for this; the credential is forgotten here whatever the network does. */
const revokeTimeoutMs = 10_000

/**
 * Takes the credential of a disconnected account back at its network, once, and forgets it. Nothing happens for an
 * account that was connected again. Not in a transaction.
 */
export async function revokeCredential(ctx: Context, accountId: string): Promise<Revocation> {
  const account = await accountById(ctx.db, accountId)
  const sealed = await leftoverSecret(ctx.db, accountId)
  const place = account && (await placeOfBrand(ctx.db, account.brandId))
  if (!account || !sealed || !place) return 'not_offered'
  const signal = AbortSignal.timeout(revokeTimeoutMs)
  const { connect } = requireNetwork(ctx, account.network)
  const secret = accountSecretBox({ db: ctx.db, vault: ctx.vault, accountId, sealed, signal })
  const revoked = connect.revoke
    ? await connect.revoke(await accountContext(ctx, account, place.workspaceMode, secret, signal))
    : null
  await wipeSecret(ctx.db, accountId, ctx.clock.now())
  if (!revoked) return 'not_offered'
  return revoked.outcome === 'done' ? 'revoked' : 'failed'
}
