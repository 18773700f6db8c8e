import type { Actor } from '../domain/actor.ts'
import { keyPrefixCharacters, newKeyText, rotationGraceMs } from '../domain/api-key.ts'
import { notFound } from '../domain/refusal.ts'
import { hashToken } from '../net/token.ts'
import { type ApiKey, lockKeyHash, updateApiKey } from '../storage/api-keys.ts'
import { recordEvents } from '../storage/events.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/**
 * Gives a key a new text, shown this once. The old one works 24 hours more; rotating again within that time ends the
 * older of the two at once, so that no more than two texts ever open one key.
 */
export async function rotateApiKey(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<ApiKey & { text: string; oldKeyExpiresAt: Date }> {
  const now = ctx.clock.now()
  const text = newKeyText(ctx.randomBytes)
  const oldKeyExpiresAt = new Date(now.getTime() + rotationGraceMs)
  return ctx.db.transaction().execute(async (tx) => {
    await requireInstance(tx, actor, 'api_keys.manage')
    const previousHash = await lockKeyHash(tx, id)
    if (!previousHash) throw notFound('API key', id)
    const key = await updateApiKey(
      tx,
      id,
      {
        keyHash: hashToken(text),
        prefix: text.slice(0, keyPrefixCharacters),
        previousHash,
        previousUntil: oldKeyExpiresAt,
      },
      now,
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'api_key.rotated',
        resourceType: 'api_key',
        resourceId: id,
        data: { keyName: key.name, oldKeyExpiresAt },
      },
    ])
    return { ...key, text, oldKeyExpiresAt }
  })
}
