import type { Actor } from '../domain/actor.ts'
import { type Issue, invalid, invalidAt, wrongState } from '../domain/refusal.ts'
import type { Connected } from '../networks/network.ts'
import { type Account, deleteChoosing, sealedChoices } from '../storage/accounts.ts'
import type { Db } from '../storage/database.ts'
import { accountSecretContext } from '../storage/secret-box.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccount } from './account-access.ts'
import { requireNetwork } from './account-context.ts'
import type { Context } from './context.ts'
import { keepAccount } from './keep-account.ts'
import { requirePlace } from './place.ts'

/** One page, board or channel that a consent opened, as a person sees it. */
export type Choice = Pick<Connected, 'name' | 'handle' | 'kind' | 'profileImageUrl' | 'profileUrl'> & {
  id: string
}

/**
 * Connects the pages, boards or channels a person picked; each becomes an account, and what was not picked is
 * forgotten with the placeholder. Needs `accounts.connect`.
 */
export async function chooseAccounts(
  ctx: Context,
  actor: Actor,
  { accountId, choiceIds }: { accountId: string; choiceIds: string[] },
): Promise<Account[]> {
  return transaction(ctx.db, async (tx) => {
    const waiting = await requireAccount(tx, actor, accountId, 'accounts.connect', { lock: true })
    if (waiting.state !== 'choosing')
      throw wrongState(`${waiting.name} is connected already; there is nothing to choose`)
    const choices = await openChoices(ctx, tx, accountId)
    const picked = pick(choices, choiceIds)
    const opened = {
      place: await requirePlace(tx, waiting.brandId),
      network: requireNetwork(ctx, waiting.network),
      appId: waiting.appId,
      userId: waiting.connectedBy,
    }
    const accounts: Account[] = []
    for (const choice of picked) accounts.push(await keepAccount(ctx, tx, actor, opened, choice))
    await deleteChoosing(tx, accountId)
    return accounts
  })
}

/** What a placeholder offers, without anything secret. */
export async function choicesOf(ctx: Context, tx: Db, accountId: string): Promise<Choice[]> {
  const choices = await openChoices(ctx, tx, accountId)
  return choices.map(({ externalId, name, handle, kind, profileImageUrl, profileUrl }) => ({
    id: externalId,
    name,
    handle,
    kind,
    profileImageUrl,
    profileUrl,
  }))
}

async function openChoices(ctx: Context, tx: Db, accountId: string): Promise<Connected[]> {
  const sealed = await sealedChoices(tx, accountId)
  if (!sealed) return []
  const choices = ctx.vault.open(sealed, accountSecretContext(accountId)) as Connected[]
  return choices.map((choice) => ({
    ...choice,
    // JSON knows no dates.
    tokenExpiresAt: choice.tokenExpiresAt && new Date(choice.tokenExpiresAt),
  }))
}

function pick(choices: Connected[], choiceIds: string[]): Connected[] {
  if (choiceIds.length === 0) throw invalidAt('choiceIds', 'Choose at least one account')
  const issues: Issue[] = []
  const picked = new Map<string, Connected>()
  for (const [index, id] of choiceIds.entries()) {
    const choice = choices.find((one) => one.externalId === id)
    if (choice) picked.set(id, choice)
    else
      issues.push({
        path: `choiceIds[${index}]`,
        rule: 'unknown_choice',
        message: `${id.slice(0, 100)} is not one of the choices`,
      })
  }
  if (issues.length > 0) throw invalid(issues)
  return [...picked.values()]
}
