import { Readable } from 'node:stream'
import sharp from 'sharp'
import type { MediaKind } from '../domain/media-types.ts'
import { pixelsMax } from './media-facts.ts'

/** The longer side, in pixels: twice what the library shows, for dense screens. */
const sideMax = 480
/** An unpacked photo is hundreds of megabytes: two at a time, the others wait their turn. */
const atOnce = 2

/**
 * A small WebP picture of a file: of an image itself, turned upright; of a video or a document a plain sign in its
 * proportions.
 */
export async function renderThumbnail(
  file: { kind: MediaKind; width: number | null; height: number | null },
  open: () => Promise<ReadableStream<Uint8Array>>,
): Promise<Uint8Array> {
  await turn()
  try {
    if (file.kind !== 'image')
      return await sharp(Buffer.from(sign(file)))
        .webp()
        .toBuffer()
    const image = sharp({ limitInputPixels: pixelsMax, sequentialRead: true })
    const source = Readable.fromWeb((await open()) as never)
    source.on('error', (error) => image.destroy(error))
    source.pipe(image)
    return await image
      .autoOrient()
      .resize(sideMax, sideMax, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75 })
      .toBuffer()
  } finally {
    done()
  }
}

/** Drawn without letters, since a server may have no fonts. */
function sign({
  kind,
  width,
  height,
}: {
  kind: MediaKind
  width: number | null
  height: number | null
}): string {
  const scale = sideMax / Math.max(width ?? 3, height ?? 4)
  const [w, h] = [
    Math.max(1, Math.round((width ?? 3) * scale)),
    Math.max(1, Math.round((height ?? 4) * scale)),
  ]
  const unit = Math.min(w, h) / 10
  const [x, y] = [w / 2, h / 2]
  const shape =
    kind === 'video'
      ? `<path d="M${x - unit} ${y - 1.6 * unit} L${x + 1.8 * unit} ${y} L${x - unit} ${y + 1.6 * unit} Z"/>`
      : [-1.5, 0, 1.5]
          .map(
            (line) =>
              `<rect x="${x - 2.5 * unit}" y="${y + line * unit}" width="${5 * unit}" height="${unit / 2}"/>`,
          )
          .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><rect width="100%" height="100%" fill="#3b4252"/><g fill="#e5e9f0">${shape}</g></svg>`
}

let running = 0
const waiting: (() => void)[] = []

async function turn(): Promise<void> {
  if (running >= atOnce) await new Promise<void>((start) => waiting.push(start))
  running++
}

function done(): void {
  running--
  waiting.shift()?.()
}
