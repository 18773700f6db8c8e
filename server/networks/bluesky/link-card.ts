import sharp from 'sharp'
import type { Json, PublishContext } from '../network.ts'
import { type BlobRef, blobValidMs, uploadBlob } from './blob.ts'
import { readPagePreview } from './page-preview.ts'

/** app.bsky.embed.external */
export type ExternalEmbed = { $type: 'app.bsky.embed.external'; external: { [key: string]: Json } }

const imageTimeoutMs = 8_000
const imageBytesMax = 8_000_000
/** app.bsky.embed.external: thumb, maxSize. */
const thumbBytesMax = 1_000_000
/** As wide as cards are shown on a dense screen. */
const thumbWidth = 1200

/** A card for an address. Whatever cannot be had is left out: a card must never keep a post from being published. */
export async function linkCard(ctx: PublishContext, url: string): Promise<ExternalEmbed> {
  const external = await ctx.step('link card', () => describe(ctx, url), { validMs: blobValidMs })
  return { $type: 'app.bsky.embed.external', external }
}

async function describe(ctx: PublishContext, uri: string): Promise<{ [key: string]: Json }> {
  const preview = await readPagePreview(ctx.http, uri, ctx.signal)
  const card = {
    uri,
    title: preview?.title || hostOf(uri),
    description: preview?.description ?? '',
  }
  const thumb = preview?.imageUrl ? await uploadThumb(ctx, preview.imageUrl) : null
  return thumb ? { ...card, thumb } : card
}

async function uploadThumb(ctx: PublishContext, url: string): Promise<BlobRef | null> {
  const answer = await ctx.http.send({
    method: 'GET',
    url,
    headers: { accept: 'image/*' },
    timeoutMs: imageTimeoutMs,
    answerBytesMax: imageBytesMax,
    redirectsMax: 5,
    signal: ctx.signal,
  })
  if (answer.kind !== 'answer' || !answer.ok) return null
  const bytes = await asThumb(answer.bytes)
  if (!bytes) return null
  const uploaded = await uploadBlob(ctx, 'the picture of the link', {
    mimeType: 'image/jpeg',
    bytes,
  })
  return uploaded.outcome === 'done' ? uploaded.value : null
}

async function asThumb(bytes: Uint8Array): Promise<Buffer | null> {
  for (const quality of [82, 60]) {
    try {
      const thumb = await sharp(bytes, { limitInputPixels: 50_000_000 })
        .rotate()
        .resize({ width: thumbWidth, height: thumbWidth, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: 'white' })
        .jpeg({ quality })
        .toBuffer()
      if (thumb.length <= thumbBytesMax) return thumb
    } catch {
      return null // not an image, or one that is broken
    }
  }
  return null
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url)
