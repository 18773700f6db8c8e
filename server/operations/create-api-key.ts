import type { Actor } from '../domain/actor.ts'
import { isKeyScope, isTier, keyPrefixCharacters, keyScopes, newKeyText, tiers } from '../domain/api-key.ts'
import { type Issue, invalid } from '../domain/refusal.ts'
import { hashToken } from '../net/token.ts'
import { type ApiKey, insertApiKey } from '../storage/api-keys.ts'
import { recordEvents } from '../storage/events.ts'
import { missingWorkspaces } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/**
 * Makes an API key and shows it this once; only its hash is kept.
 * @param input.workspaceIds null: every workspace, those to come too.
 * @param input.permissions dialect C's words; an empty list means all.
 */
export async function createApiKey(
  ctx: Context,
  actor: Actor,
  input: { name: string; tier: string; workspaceIds: string[] | null; permissions: string[] },
): Promise<ApiKey & { text: string }> {
  const now = ctx.clock.now()
  const text = newKeyText(ctx.randomBytes)
  return ctx.db.transaction().execute(async (tx) => {
    const { userId } = await requireInstance(tx, actor, 'api_keys.manage')
    const issues: Issue[] = []
    if (!isTier(input.tier))
      issues.push({ path: 'tier', rule: 'tier', message: `Known tiers: ${Object.keys(tiers).join(', ')}.` })
    for (const name of input.permissions)
      if (!isKeyScope(name))
        issues.push({
          path: 'permissions',
          rule: 'permission',
          message: `${name} is not a permission of keys. Known: ${Object.keys(keyScopes).join(', ')}.`,
        })
    for (const id of await missingWorkspaces(tx, input.workspaceIds ?? []))
      issues.push({
        path: 'workspaces',
        rule: 'workspace_not_found',
        message: `There is no workspace ${id}.`,
      })
    if (issues.length > 0) throw invalid(issues)
    const key = await insertApiKey(
      tx,
      {
        id: ctx.newId(),
        name: input.name,
        prefix: text.slice(0, keyPrefixCharacters),
        keyHash: hashToken(text),
        tier: input.tier,
        workspaceIds: input.workspaceIds,
        permissions: input.permissions,
        createdBy: userId,
      },
      now,
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'api_key.created',
        resourceType: 'api_key',
        resourceId: key.id,
        data: {
          keyName: key.name,
          tier: key.tier,
          workspaceIds: key.workspaceIds,
          permissions: key.permissions,
        },
      },
    ])
    return { ...key, text }
  })
}
