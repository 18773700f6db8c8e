import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { type Slot, slotsMax } from '../domain/queue.ts'
import { type Issue, invalid, notFound } from '../domain/refusal.ts'
import { isTimezone } from '../domain/timezone.ts'
import type { Db } from '../storage/database.ts'
import { findQueue, type Queue } from '../storage/queues.ts'
import { listWorkspaceAccounts } from '../storage/workspace-accounts.ts'
import { permissionsIn, requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The queue, for an actor who may; one of another workspace does not exist. @param permission null to read. */
export async function requireQueue(
  tx: Db,
  actor: Actor,
  id: string,
  permission: Permission | null,
): Promise<Queue> {
  const queue = await findQueue(tx, id)
  if (!queue || !(await permissionsIn(tx, actor, queue.workspaceId))) throw notFound('Schedule', id)
  await requireAccess(tx, actor, queue.workspaceId, permission)
  return queue
}

/** Refuses an unknown zone, no slots or too many, a time that no clock shows, and targets that are not there. */
export async function requireGoodQueue(
  ctx: Context,
  tx: Db,
  workspaceId: string,
  { timezone, slots }: { timezone?: string; slots?: Slot[] },
): Promise<void> {
  const issues: Issue[] = []
  if (timezone !== undefined && !isTimezone(timezone))
    issues.push({
      path: 'timezone',
      rule: 'unknown_timezone',
      message: `${timezone.slice(0, 50)} is not a known time zone.`,
    })
  if (slots && (slots.length === 0 || slots.length > slotsMax))
    issues.push({ path: 'slots', rule: 'slots', message: `A schedule has 1 to ${slotsMax} slots.` })
  const accounts = slots ? await listWorkspaceAccounts(tx, workspaceId, {}, ctx.clock.now()) : []
  for (const [index, slot] of slots?.entries() ?? []) {
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(slot.time))
      issues.push({
        path: `slots.${index}.time`,
        rule: 'slot_time',
        message: `${slot.time} is not a time. Write it as HH:MM.`,
      })
    if (slot.targets.length === 0)
      issues.push({
        path: `slots.${index}.platforms`,
        rule: 'slot_targets',
        message: 'Name at least one platform.',
      })
    for (const target of slot.targets)
      if (!ctx.networks.has(target) && !accounts.some(({ id }) => id === target))
        issues.push({
          path: `slots.${index}.platforms`,
          rule: 'slot_targets',
          message: `${target.slice(0, 60)} is neither a known platform nor an account of this workspace.`,
        })
  }
  if (issues.length > 0) throw invalid(issues.slice(0, 50))
}
