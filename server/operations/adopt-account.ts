import type { Actor } from '../domain/actor.ts'
import { forbidden, invalidAt } from '../domain/refusal.ts'
import { type Account, setAccount } from '../storage/accounts.ts'
import { requireBrandPlace } from './account-access.ts'
import { requireNetwork } from './account-context.ts'
import { connectAccount } from './connect-account.ts'
import type { Context } from './context.ts'
import { finishConnecting } from './finish-connecting.ts'
import { readAccount } from './list-accounts.ts'

/** The simulated consent page is our own and answers at once. */
const consentTimeoutMs = 10_000

/**
 * Connects an account by a token that the caller brings (A1). Only simulated networks take one: any token opens a
 * simulated account of that name, by the same consent that a person would give, skipped. In a live workspace a token
 * proves nothing of where it came from, so accounts are connected there by their owner's consent.
 */
export async function adoptAccount(
  ctx: Context,
  actor: Actor,
  input: {
    brandId: string
    network: string
    name: string
    handle: string
    token: string | null
    isPrimary: boolean
  },
): Promise<Account> {
  const place = await requireBrandPlace(ctx.db, actor, input.brandId, 'accounts.connect')
  const network = requireNetwork(ctx, input.network)
  if (place.workspaceMode !== 'sandbox')
    throw forbidden(
      `${network.name} accounts of a live workspace are connected by their owner's consent: POST /api/v1/brands/{brandId}/social-accounts`,
    )
  if (!input.token)
    throw invalidAt('access_token', 'access_token is required without a Buffer profile', 'token')
  const begun = await connectAccount(ctx, actor, {
    brandId: input.brandId,
    network: input.network,
    redirectUrl: `${ctx.settings.publicUrl}/`,
    settings: network.serverSetting ? { [network.serverSetting]: ctx.settings.publicUrl } : {},
  })
  if (begun.outcome !== 'consent')
    throw invalidAt('platform', `${network.name} is connected with credentials, through the native API`)
  const consent = new URL(begun.authUrl)
  consent.searchParams.set('sandbox_consent', 'allow')
  consent.searchParams.set('sandbox_name', input.name)
  const answer = await ctx.http.send({ method: 'GET', url: consent.href, timeoutMs: consentTimeoutMs })
  const location = answer.kind === 'answer' ? answer.headers.get('location') : null
  const code = location ? new URL(location, consent).searchParams.get('code') : null
  if (!code) throw new Error(`The simulated ${network.name} gave no code`)
  const [account] = await finishConnecting(ctx, actor, { state: begun.state, code })
  if (!account) throw new Error('A finished consent has an account')
  const { name, handle, isPrimary } = input
  await setAccount(ctx.db, account.id, { name, handle, isPrimary }, ctx.clock.now())
  return (await readAccount(ctx, actor, { accountId: account.id })).account
}
