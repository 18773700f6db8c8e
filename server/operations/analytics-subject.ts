import type { Actor } from '../domain/actor.ts'
import { analyticsDaysDefault, analyticsDaysMax } from '../domain/analytics.ts'
import type { Permission } from '../domain/permission.ts'
import { invalid, invalidAt, notFound } from '../domain/refusal.ts'
import { findMeasured, type MeasuredKind, type Period } from '../storage/analytics.ts'
import type { Db } from '../storage/database.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** The workspace a brand, account or post belongs to, for an actor who may read its numbers; a foreign one does not exist. */
export async function requireMeasured(
  tx: Db,
  actor: Actor,
  kind: MeasuredKind,
  id: string,
  permission: Permission = 'analytics.view',
): Promise<{ workspaceId: string; timezone: string }> {
  const row = await findMeasured(tx, kind, id)
  if (!row || !(await permissionsIn(tx, actor, row.workspaceId))) throw notFound(capital(kind), id)
  await requireAccess(tx, actor, row.workspaceId, permission)
  return row
}

/** Reads `from` and `to` (YYYY-MM-DD, both included); the last 30 days in the workspace's zone when absent. */
export function periodOf({ from, to }: { from?: string; to?: string }, timezone: string, now: Date): Period {
  const end = to === undefined ? dayIn(timezone, now) : realDay('to', to)
  const begin = from === undefined ? addDays(end, 1 - analyticsDaysDefault) : realDay('from', from)
  const days = (Date.parse(end) - Date.parse(begin)) / 86_400_000 + 1
  if (days < 1) throw invalidAt('from', `The period starts on ${begin}, after it ends on ${end}.`, 'period')
  if (days > analyticsDaysMax)
    throw invalid([
      {
        path: 'to',
        rule: 'period',
        message: `The period has ${days} days; ${analyticsDaysMax} can be asked at once.`,
        limit: analyticsDaysMax,
        value: days,
      },
    ])
  return { from: begin, to: end, timezone }
}

const dayIn = (timezone: string, at: Date) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(at)

const addDays = (day: string, days: number) =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)

/** A day that exists, so 2026-02-30 is refused. */
function realDay(path: string, day: string): string {
  const isReal =
    /^\d{4}-\d\d-\d\d$/.test(day) && Date.parse(day) > 0 && new Date(day).toISOString().startsWith(day)
  if (!isReal) throw invalidAt(path, `${day.slice(0, 40)} is not a date. Write it as YYYY-MM-DD.`, 'date')
  return day
}

const capital = (word: string) => word[0]?.toUpperCase() + word.slice(1)
