import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { notFound } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { lockMedia, type Media, mediaById } from '../storage/media.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** The file, for an actor who may do this in its workspace; one of another workspace does not exist. */
export async function requireMedia(
  tx: Db,
  actor: Actor,
  id: string,
  permission: Permission | null,
  { lock = false }: { lock?: boolean } = {},
): Promise<Media> {
  const media = await (lock ? lockMedia : mediaById)(tx, id)
  if (!media || !(await permissionsIn(tx, actor, media.workspaceId))) throw notFound('Media', id)
  await requireAccess(tx, actor, media.workspaceId, permission)
  return media
}
