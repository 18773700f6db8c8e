import { deleteAbandonedChoices } from '../storage/accounts.ts'
import { deleteMediaRow, knownMedia, unfinishedMedia } from '../storage/media.ts'
import { deleteOldOAuthStates } from '../storage/oauth-states.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'

/** What is not finished after a day is abandoned (answers 1.10). */
const abandonedMs = 24 * 3_600_000
const batch = 200

/**
 * How old bytes without a row must be to count as forgotten: they are written before their row knows them. What the
 * engine fetched or made to fit serves all tries of a delivery, which end with the longest lateness window, 30 days.
 */
const keptMs = {
  'uploads/': abandonedMs,
  'media/': abandonedMs,
  'thumbnails/': abandonedMs,
  'partial/': abandonedMs,
  'fetched/': 31 * 24 * 3_600_000,
  'fitted/': 31 * 24 * 3_600_000,
}

/**
 * The daily tidying: uploads that never completed, bytes that no row knows, choices nobody made, consents nobody gave.
 * Never touches a file that is ready. May run twice at once and be killed at any moment.
 */
export async function cleanUp(ctx: Context): Promise<{ uploads: number; strays: number }> {
  const before = new Date(ctx.clock.now().getTime() - abandonedMs)
  await deleteAbandonedChoices(ctx.db, before)
  await deleteOldOAuthStates(ctx.db, before)
  return { uploads: await dropUnfinished(ctx, before), strays: await dropStrays(ctx) }
}

async function dropUnfinished(ctx: Context, before: Date): Promise<number> {
  for (let dropped = 0; ; ) {
    const rows = await unfinishedMedia(ctx.db, before, batch)
    for (const media of rows) {
      await transaction(ctx.db, (tx) => deleteMediaRow(tx, media.id, [], ctx.clock.now()))
      await ctx.media.delete(media.storageKey)
    }
    dropped += rows.length
    if (rows.length < batch) return dropped
  }
}

async function dropStrays(ctx: Context): Promise<number> {
  let dropped = 0
  for (const [prefix, ageMs] of Object.entries(keptMs)) {
    for await (const keys of batches(ctx.media.list(prefix), new Date(ctx.clock.now().getTime() - ageMs))) {
      const known = await knownMedia(
        ctx.db,
        keys.map(mediaIdIn).filter((id) => id !== null),
      )
      for (const key of keys) {
        const id = mediaIdIn(key)
        if (id && known.has(id)) continue
        await ctx.media.delete(key)
        dropped++
      }
    }
    const before = new Date(ctx.clock.now().getTime() - abandonedMs)
    dropped += (await ctx.media.dropUnfinished?.(prefix, before)) ?? 0
  }
  return dropped
}

async function* batches(objects: AsyncIterable<{ key: string; modifiedAt: Date }>, before: Date) {
  let keys: string[] = []
  for await (const { key, modifiedAt } of objects) {
    if (modifiedAt < before) keys.push(key)
    if (keys.length < batch) continue
    yield keys
    keys = []
  }
  yield keys
}

/** Which file a key belongs to; null where no row would know it. */
function mediaIdIn(key: string): string | null {
  const [folder = '', name = ''] = key.split('/')
  const id = name.replace(/\.webp$/, '')
  return ['uploads', 'media', 'thumbnails'].includes(folder) && /^[0-9a-f-]{36}$/.test(id) ? id : null
}
