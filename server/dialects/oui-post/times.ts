import { Type } from 'typebox'
import type { Actor } from '../../domain/actor.ts'
import { invalidAt } from '../../domain/refusal.ts'
import { instantAt, parseInstant } from '../../domain/wall-clock.ts'
import type { Context } from '../../operations/context.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'

/** ISO 8601, or a date alone, which is the whole day (answers 1.7). */
export const Bound = Type.String({
  maxLength: 40,
  description:
    'ISO 8601, or YYYY-MM-DD for the whole day; in the time zone of the workspace without an offset',
})

interface Bounds {
  from?: string
  to?: string
}

/** The first instant that counts, and the first one that counts no more. */
export interface Period {
  from: Date | undefined
  to: Date | undefined
}

/** The bounds as the clocks of the workspace show them, where they name no offset (answers 1.7). */
export async function periodIn(
  ctx: Context,
  actor: Actor,
  workspaceId: string,
  bounds: Bounds,
): Promise<Period> {
  if (bounds.from === undefined && bounds.to === undefined) return { from: undefined, to: undefined }
  return periodAt(bounds, (await readWorkspace(ctx, actor, workspaceId)).timezone)
}

export function periodAt({ from, to }: Bounds, timezone: string): Period {
  return {
    from: from === undefined ? undefined : parse('from', from, timezone).at,
    to: to === undefined ? undefined : parse('to', to, timezone).next,
  }
}

const dayMs = 24 * 60 * 60 * 1000

function parse(path: string, text: string, timezone: string): { at: Date; next: Date } {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const at = instantAt(`${text}T00:00`, timezone)
    const next = at && instantAt(`${dayAfter(text)}T00:00`, timezone)
    if (at && next) return { at, next }
  } else {
    const at = parseInstant(text, timezone)
    if (at) return { at, next: new Date(at.getTime() + 1) }
  }
  throw invalidAt(path, `${text} is not a time. Write it as 2026-01-31T09:00:00Z or 2026-01-31.`, 'time')
}

const dayAfter = (day: string) => new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10)
