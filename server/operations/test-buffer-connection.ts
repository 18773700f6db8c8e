import { readOrganizations } from '../buffer/channels.ts'
import type { Actor } from '../domain/actor.ts'
import { requireAccount } from './account-access.ts'
import { bufferRefusal, requireBuffer } from './buffer-access.ts'
import type { Context } from './context.ts'

/**
 * Whether Buffer takes the workspace's token, for an account that publishes through it (A6). One that does not is not
 * connected; a token that is refused is an answer, Buffer being away is not. Needs `accounts.connect`.
 */
export async function testBufferConnection(
  ctx: Context,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<{ isConnected: boolean }> {
  const account = await requireAccount(ctx.db, actor, accountId, 'accounts.connect')
  const access = await requireBuffer(ctx, account.workspaceId)
  if (!account.bufferProfileId) return { isConnected: false }
  const answer = await readOrganizations(access)
  switch (answer.outcome) {
    case 'done':
      return { isConnected: true }
    case 'refused':
      return { isConnected: false }
    case 'busy':
    case 'away':
    case 'unknown':
      throw bufferRefusal(answer)
  }
}
