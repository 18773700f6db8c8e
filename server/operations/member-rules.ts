import type { Actor } from '../domain/actor.ts'
import { invalidAt, notFound } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { countOwners, listTeam, type TeamPerson } from '../storage/members.ts'
import { findRole } from '../storage/roles.ts'
import { requireHeld } from './access.ts'

/** The member or invited person, who must not be able to do more than the actor: nobody pushes their betters out. */
export async function requireLesserPerson(
  tx: Db,
  actor: Actor,
  workspaceId: string,
  personId: string,
  now: Date,
): Promise<TeamPerson> {
  const person = await requirePerson(tx, workspaceId, personId, now)
  const role = await findRole(tx, workspaceId, person.role.id)
  await requireHeld(tx, actor, workspaceId, role?.permissions ?? [], `${person.email} can do more than you`)
  return person
}

export async function requirePerson(
  tx: Db,
  workspaceId: string,
  personId: string,
  now: Date,
): Promise<TeamPerson> {
  const [person] = await listTeam(tx, workspaceId, { after: null, limit: 1, now, only: personId })
  if (!person) throw notFound('User', personId)
  return person
}

/** Called after a change of members, under the workspace's lock: refuses, and so undoes, one that leaves no owner. */
export async function requireOwnerLeft(tx: Db, workspaceId: string, path: string): Promise<void> {
  if ((await countOwners(tx, workspaceId)) === 0)
    throw invalidAt(
      path,
      'This is the last owner of the workspace. Make somebody else owner first.',
      'last_owner',
    )
}
