import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { notFound } from '../domain/refusal.ts'
import { type Account, accountById, lockAccount } from '../storage/accounts.ts'
import type { Db } from '../storage/database.ts'
import { type Place, placeOfBrand } from '../storage/places.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** The brand, for an actor who may do this in its workspace; one of another workspace does not exist. */
export async function requireBrandPlace(
  tx: Db,
  actor: Actor,
  brandId: string,
  permission: Permission | null,
): Promise<Place> {
  const place = await placeOfBrand(tx, brandId)
  if (!place || place.brandDeleted || !(await permissionsIn(tx, actor, place.workspaceId)))
    throw notFound('Brand', brandId)
  await requireAccess(tx, actor, place.workspaceId, permission)
  return place
}

/**
 * The account, for an actor who may do this in its workspace. One of another workspace does not exist, and neither
 * does a disconnected one (answers 1.4).
 */
export async function requireAccount(
  tx: Db,
  actor: Actor,
  id: string,
  permission: Permission | null,
  { lock = false }: { lock?: boolean } = {},
): Promise<Account> {
  const account = await (lock ? lockAccount : accountById)(tx, id)
  if (!account || account.state === 'disconnected' || !(await permissionsIn(tx, actor, account.workspaceId)))
    throw notFound('Account', id)
  await requireAccess(tx, actor, account.workspaceId, permission)
  return account
}
