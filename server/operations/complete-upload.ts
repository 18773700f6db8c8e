import { createHash } from 'node:crypto'
import type { Actor } from '../domain/actor.ts'
import type { FileFacts } from '../domain/media-types.ts'
import { invalidAt, wrongState } from '../domain/refusal.ts'
import { type Bytes, inspectFile } from '../net/media-facts.ts'
import { recordEvents } from '../storage/events.ts'
import { failMedia, finishMedia, type Media } from '../storage/media.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { uploadKey } from './initiate-upload.ts'
import { requireMedia } from './media-access.ts'
import { mediaEvent } from './media-event.ts'

/**
 * The last of three steps: looks at the bytes that came. Their type is read from them and must be the announced one;
 * a file that lies about itself fails for good. A file that is ready already is answered as it is. Needs
 * `media.upload`.
 */
export async function completeUpload(
  ctx: Context,
  actor: Actor,
  { mediaId, altText }: { mediaId: string; altText?: string | null },
): Promise<Media> {
  const media = await requireMedia(ctx.db, actor, mediaId, 'media.upload')
  if (media.state === 'ready') return media
  if (media.state === 'failed')
    throw wrongState(`${media.filename} was refused: ${media.failure} Upload it anew.`)
  await requireArrived(ctx, media)
  // Under a key that no upload address reaches, so that the bytes looked at are the bytes kept.
  const storageKey = `media/${media.id}/${ctx.randomBytes(8).toString('hex')}`
  if (!(await ctx.media.move(uploadKey(media.id), storageKey)))
    throw wrongState(`${media.filename} is being completed by another request`)
  const looked = await look(ctx, media, storageKey)
  if (looked.outcome === 'refused') return await refuse(ctx, media, storageKey, looked.problem)

  const { kind: _, ...facts } = looked.facts
  const ready = await transaction(ctx.db, async (tx) => {
    const now = ctx.clock.now()
    const kept = { ...facts, bytes: media.bytes, sha256: looked.sha256, storageKey }
    const finished = await finishMedia(
      tx,
      media.id,
      altText === undefined ? kept : { ...kept, altText: altText || null },
      now,
    )
    if (finished) await recordEvents(tx, actor, now, [mediaEvent(ctx, finished, 'media.uploaded')])
    return finished
  })
  if (ready) return ready
  await ctx.media.delete(storageKey)
  return requireMedia(ctx.db, actor, mediaId, null)
}

async function requireArrived(ctx: Context, media: Media): Promise<void> {
  const arrived = await ctx.media.stat(uploadKey(media.id))
  if (!arrived)
    throw invalidAt('id', `Nothing has been uploaded for ${media.filename} yet`, 'media_not_uploaded')
  if (arrived.bytes === media.bytes) return
  await ctx.media.delete(uploadKey(media.id))
  throw invalidAt(
    'size',
    `${media.bytes} bytes were announced for ${media.filename}, but ${arrived.bytes} came. Send it again.`,
    'media_size',
  )
}

type Looked = { outcome: 'known'; facts: FileFacts; sha256: Buffer } | { outcome: 'refused'; problem: string }

async function look(ctx: Context, media: Media, storageKey: string): Promise<Looked> {
  const looked = await inspectFile(storedBytes(ctx, storageKey, media.bytes))
  if (looked.outcome === 'refused') return looked
  if (looked.facts.mimeType !== media.mimeType)
    return {
      outcome: 'refused',
      problem: `It was announced as ${media.mimeType}, but its bytes are ${looked.facts.mimeType}.`,
    }
  const hash = createHash('sha256')
  for await (const chunk of await storedBytes(ctx, storageKey, media.bytes).read()) hash.update(chunk)
  return { ...looked, sha256: hash.digest() }
}

async function refuse(ctx: Context, media: Media, storageKey: string, problem: string): Promise<never> {
  await failMedia(ctx.db, media.id, problem, ctx.clock.now())
  await ctx.media.delete(storageKey)
  throw invalidAt('mimeType', `${media.filename} cannot be used: ${problem}`, 'media_refused')
}

/** Bytes of the store; an object that vanished is a fault of the store, not of the caller. */
export const storedBytes = (ctx: Context, key: string, size: number): Bytes => ({
  size,
  async read(range) {
    const stream = await ctx.media.read(key, range)
    if (!stream) throw new Error(`The media store has lost ${key}`)
    return stream
  },
})
