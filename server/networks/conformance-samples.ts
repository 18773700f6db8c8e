/** Drafts and files for the conformance suite, made to fit any network's limits. */
import { randomBytes } from 'node:crypto'
import sharp from 'sharp'
import type { Draft, MediaFacts } from '../domain/draft.ts'
import type { Limits } from '../domain/limits.ts'
import { fitsOnePost } from '../domain/split-thread.ts'
import type { SampleFile } from './conformance-world.ts'
import type { DeliveryInput, MediaFile, Network } from './network.ts'

/** A text that no other story uses, so that a post is known by it. */
export const uniqueText = (words: string) => `${words} ${randomBytes(4).toString('hex')}`

export const draftOf = (changes: Partial<Draft>): Draft => ({
  text: '',
  title: null,
  link: null,
  contentType: 'text',
  media: [],
  options: {},
  ...changes,
})

export function deliveryOf(limits: Limits, draft: Draft, files: SampleFile[] = []): DeliveryInput {
  const media = files.map(mediaFile)
  return {
    deliveryId: crypto.randomUUID(),
    draft: { ...draft, media: draft.media.length > 0 ? draft.media : media.map(facts) },
    media: media.map((file, index) => ({ ...file, ...draft.media[index] })),
    limits,
  }
}

const facts = ({ id, kind, mimeType, filename, bytes, width, height, durationMs, altText }: MediaFacts) => ({
  id,
  kind,
  mimeType,
  filename,
  bytes,
  width,
  height,
  durationMs,
  altText,
})

function mediaFile(sample: SampleFile): MediaFile {
  const { mimeType, filename, bytes, width, height, durationMs } = sample
  return {
    id: crypto.randomUUID(),
    kind: mimeType.startsWith('video/') ? 'video' : mimeType.startsWith('image/') ? 'image' : 'document',
    mimeType,
    filename,
    bytes: bytes.length,
    width,
    height,
    durationMs,
    altText: `What ${filename} shows`,
    open: async () => Buffer.from(bytes),
    stream: async () => new Blob([new Uint8Array(bytes)]).stream(),
    publicUrl: () => `https://media.example/${filename}`,
  }
}

/** Words up to exactly `limit.max` in the network's own count; null when only bytes end it sooner. */
export function textOfExactly(
  network: Network,
  limits: Limits,
  start: string,
): { most: string; over: string } {
  const fits = (text: string) => fitsOnePost(text, limits.text, network.measure)
  let most = start
  // Doubling steps, so that 63,206 characters are found as fast as 280.
  for (let step = 1 << 17; step >= 1; step >>= 1) {
    const longer = most + 'a'.repeat(step)
    if (fits(longer)) most = longer
  }
  return { most, over: `${most}a` }
}

/** A picture of noise, so that no two are the same file; small, in a format every network takes. */
export async function sampleImage(limits: Limits, name = 'picture'): Promise<SampleFile> {
  const mimeType =
    ['image/jpeg', 'image/png'].find((type) => accepts(limits.image?.mimeTypes, type)) ?? 'image/jpeg'
  const [width, height] = [480, 480]
  const noise = sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } }).blur(8)
  const bytes = await (mimeType === 'image/png' ? noise.png() : noise.jpeg()).toBuffer()
  const extension = mimeType === 'image/png' ? 'png' : 'jpg'
  return { mimeType, filename: `${name}.${extension}`, bytes, width, height, durationMs: null }
}

const accepts = (accepted: string[] | undefined, type: string) =>
  accepted?.some((one) => one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1)))) ?? false

/** The head of an mp4 file and noise: enough for servers that look at the type only. */
export function sampleVideo(): SampleFile {
  const ftyp = Buffer.from('0000001c667479706d703432000000006d70343269736f6d61766331', 'hex')
  const noise = randomBytes(60_000)
  const mdat = Buffer.concat([Buffer.alloc(4), Buffer.from('mdat'), noise])
  mdat.writeUInt32BE(mdat.length, 0)
  const bytes = Buffer.concat([ftyp, mdat])
  return { mimeType: 'video/mp4', filename: 'clip.mp4', bytes, width: 640, height: 480, durationMs: 12_000 }
}
