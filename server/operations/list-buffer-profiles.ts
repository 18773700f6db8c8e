import type { BufferAccess } from '../buffer/ask-buffer.ts'
import { type BufferChannel, readChannels, readOrganizations } from '../buffer/channels.ts'
import type { Actor } from '../domain/actor.ts'
import { requireAccess } from './access.ts'
import { bufferRefusal, requireBuffer, requireBufferConfig } from './buffer-access.ts'
import type { Context } from './context.ts'

/**
 * The channels that the workspace's token reaches, of the configured organization or of all (A35). Asks Buffer, two
 * requests at most. Needs `accounts.connect`.
 */
export async function listBufferProfiles(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId: string },
): Promise<BufferChannel[]> {
  await requireAccess(ctx.db, actor, workspaceId, 'accounts.connect')
  const { organizationId } = await requireBufferConfig(ctx, workspaceId)
  const access = await requireBuffer(ctx, workspaceId)
  const channels = await readChannels(
    access,
    organizationId ? [organizationId] : await everyOrganization(access),
  )
  if (channels.outcome !== 'done') throw bufferRefusal(channels)
  return channels.value
}

async function everyOrganization(access: BufferAccess): Promise<string[]> {
  const organizations = await readOrganizations(access)
  if (organizations.outcome !== 'done') throw bufferRefusal(organizations)
  return organizations.value
}
