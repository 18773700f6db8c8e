import type { Actor } from '../domain/actor.ts'
import { type Issue, invalid } from '../domain/refusal.ts'
import { listWorkspaceAccounts, type MeasuredAccount } from '../storage/workspace-accounts.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/**
 * The accounts that a list of names means, each once and in order: a network's name is its default account in the
 * workspace, else the oldest active one (answers 1.8); an account's id is itself.
 */
export async function platformTargets(
  ctx: Context,
  actor: Actor,
  {
    workspaceId,
    platforms,
  }: { workspaceId: string; platforms: { name: string; accountId: string | null }[] },
): Promise<MeasuredAccount[]> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  const accounts = await listWorkspaceAccounts(ctx.db, workspaceId, {}, ctx.clock.now())
  const issues: Issue[] = []
  const targets = new Set<MeasuredAccount>()
  for (const [index, { name, accountId }] of platforms.entries()) {
    const account = accountId ? accounts.find(({ id }) => id === accountId) : ofNetwork(accounts, name)
    if (account) targets.add(account)
    else issues.push({ path: `platforms.${index}`, rule: 'platform', message: problem(ctx, name, accountId) })
  }
  if (issues.length > 0) throw invalid(issues)
  return [...targets]
}

function ofNetwork(accounts: MeasuredAccount[], network: string): MeasuredAccount | undefined {
  const usable = accounts.filter((account) => account.network === network && account.isActive)
  return (
    usable.find(({ isDefault, state }) => isDefault && state === 'active') ??
    usable.find(({ state }) => state === 'active')
  )
}

function problem({ networks }: Context, name: string, accountId: string | null): string {
  if (accountId) return `There is no account ${name} in this workspace.`
  return networks.has(name)
    ? `No active ${networks.get(name)?.name} account is connected in this workspace. Connect one first.`
    : `${name.slice(0, 50)} is no known platform. Known: ${[...networks.keys()].join(', ')}.`
}
