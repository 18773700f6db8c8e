import type { Json, MediaFile, PublishContext } from '../network.ts'
import { type BlobRef, blobValidMs, uploadBlob } from './blob.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { uploadVideo } from './video.ts'

export type Embed = { [key: string]: Json }

/** Uploads the post's files, each a step of its own, and says how the post shows them. Null without files. */
export async function mediaEmbed(ctx: PublishContext, media: MediaFile[]): Promise<Embed | null> {
  const [first] = media
  if (!first) return null
  if (first.kind === 'video') return videoEmbed(ctx, first)
  const images: Json[] = []
  for (const [index, file] of media.entries()) {
    const blob = await ctx.step(`image ${index}`, () => uploadImage(ctx, file), { validMs: blobValidMs })
    images.push({ image: blob, alt: file.altText ?? '', ...aspectRatio(file) })
  }
  return { $type: 'app.bsky.embed.images', images }
}

async function uploadImage(ctx: PublishContext, file: MediaFile): Promise<BlobRef> {
  const bytes = await file.open()
  const uploaded = await uploadBlob(ctx, file.filename, { mimeType: file.mimeType, bytes })
  if (uploaded.outcome === 'failed') throw new PrepareFailed(uploaded.failure)
  return uploaded.value
}

async function videoEmbed(ctx: PublishContext, file: MediaFile): Promise<Embed> {
  const video = await uploadVideo(ctx, file)
  return {
    $type: 'app.bsky.embed.video',
    video,
    ...(file.altText ? { alt: file.altText } : {}),
    ...aspectRatio(file),
  }
}

/** Without it readers see the picture jump when it has loaded. */
const aspectRatio = ({ width, height }: MediaFile): { aspectRatio?: { width: number; height: number } } =>
  width && height ? { aspectRatio: { width: Math.round(width), height: Math.round(height) } } : {}
