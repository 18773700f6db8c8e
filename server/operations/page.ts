import { invalidAt } from '../domain/refusal.ts'
import type { Context } from './context.ts'

/** What a caller asks of a paged list (BR9). */
export interface PageRequest {
  /** 1 to 100. */
  limit: number
  /** `nextCursor` of the page before. */
  cursor?: string
}

export interface Page<Item> {
  items: Item[]
  /** Null on the last page. */
  nextCursor: string | null
}

/**
 * One page of a list that is ordered by unique keys. A cursor holds the keys of the last row shown, sealed together
 * with the list and its filters: it tells nothing, cannot be made up, and one from another list, filter or workspace
 * is refused. Rows that appear or vanish between two pages neither repeat nor hide others.
 *
 * @param list the name of the list and everything that narrows it: `['posts', brandId, status]`.
 * @param read at most `limit` rows after the given keys (null: from the start), in the list's order.
 * @param keysOf the keys of a row, as the order uses them: `[row.id]`, or `[row.dueAt.toISOString(), row.id]`.
 */
export async function readPage<Item>(
  ctx: Context,
  request: PageRequest,
  list: (string | number | boolean | null | undefined | Date)[],
  read: (after: string[] | null, limit: number) => Promise<Item[]>,
  keysOf: (item: Item) => string[],
): Promise<Page<Item>> {
  const bound = `cursor:${JSON.stringify(list.map((part) => part ?? null))}`
  const after = request.cursor === undefined ? null : openCursor(ctx, request.cursor, bound)
  // One more than asked for tells whether there is another page.
  const rows = await read(after, request.limit + 1)
  const items = rows.slice(0, request.limit)
  const last = items.at(-1)
  const hasMore = rows.length > request.limit && last !== undefined
  return {
    items,
    nextCursor: hasMore ? ctx.vault.seal(keysOf(last), bound).toString('base64url') : null,
  }
}

function openCursor(ctx: Context, cursor: string, bound: string): string[] {
  try {
    return ctx.vault.open(Buffer.from(cursor, 'base64url'), bound) as string[]
  } catch {
    throw invalidAt(
      'cursor',
      'This cursor belongs to another list or another filter. Ask without a cursor to start again.',
      'foreign_cursor',
    )
  }
}
