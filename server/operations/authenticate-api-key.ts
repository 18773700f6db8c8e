import type { ApiKeyActor, Origin } from '../domain/actor.ts'
import { permissionsOf, scopesOf, type Tier } from '../domain/api-key.ts'
import { Refusal } from '../domain/refusal.ts'
import { hashToken } from '../net/token.ts'
import { useApiKey } from '../storage/api-keys.ts'
import type { Context } from './context.ts'

/** The holder of a key. A key that is unknown, revoked, or replaced more than 24 hours ago is `unauthenticated`. */
export async function authenticateApiKey(ctx: Context, text: string, origin: Origin): Promise<ApiKeyActor> {
  const key = await useApiKey(ctx.db, hashToken(text), ctx.clock.now())
  if (!key)
    throw new Refusal(
      'unauthenticated',
      'The API key is unknown, was revoked, or was replaced and has run out.',
      {
        rule: 'api_key_invalid',
      },
    )
  const scopes = scopesOf(key.permissions)
  return {
    ...origin,
    kind: 'api_key',
    apiKeyId: key.id,
    workspaceIds: key.workspaceIds,
    scopes,
    permissions: permissionsOf(scopes),
    tier: key.tier as Tier,
  }
}
