import sharp, { type Sharp } from 'sharp'
import { acceptsMimeType, isFittable } from '../domain/check-media.ts'
import type { MediaFacts } from '../domain/draft.ts'
import type { ImageLimit } from '../domain/limits.ts'

export type Fitted =
  | { outcome: 'fits' }
  | { outcome: 'fitted'; bytes: Buffer; facts: MediaFacts }
  | { outcome: 'impossible'; why: string }

/** Qualities to try for the same size, best first: below 60 artefacts show more than a smaller picture would. */
const qualities = [90, 80, 70, 60]
/** Then the sides shrink to this share, so often; a sixth of the sides is as small as a picture may get. */
const shrink = 0.75
const shrinksMax = 6

/** Whether the file is within the limits as it is; an image with unknown measures is looked at. */
export function fits(file: MediaFacts, limit: ImageLimit): boolean {
  const { width, height } = file
  const isWithin = (value: number | null, max: number | undefined) =>
    max === undefined || (value !== null && value <= max)
  return (
    acceptsMimeType(limit, file.mimeType) &&
    file.bytes <= limit.bytesMax &&
    isWithin(width, limit.widthMax) &&
    isWithin(height, limit.heightMax) &&
    isWithin(width && height && width * height, limit.pixelsMax)
  )
}

/**
 * Brings an image within a network's limits on format, bytes, width, height and pixels. The ratio is kept, to the pixel:
 * what to crop is for a person to say. What fits already is left as it is, byte for byte. The same input gives the same
 * output, so that every try sends the same file.
 */
export async function fitImage(
  file: MediaFacts,
  limit: ImageLimit,
  open: () => Promise<Buffer>,
): Promise<Fitted> {
  if (fits(file, limit)) return { outcome: 'fits' }
  if (!isFittable(file))
    return { outcome: 'impossible', why: `A file of the type ${file.mimeType} is not changed.` }
  const original = await open()
  const image = sharp(original, { failOn: 'error' }).autoOrient()
  const meta = await sharp(original).metadata()
  const turned = (meta.orientation ?? 1) >= 5
  const size = { width: turned ? meta.height : meta.width, height: turned ? meta.width : meta.height }
  if (fits({ ...file, ...size }, limit)) return { outcome: 'fits' }
  if ((meta.pages ?? 1) > 1)
    return { outcome: 'impossible', why: 'It is animated, and a changed copy would stand still.' }
  const formats = formatsFor(file, limit, meta.hasAlpha ?? false)
  if (formats.length === 0)
    return {
      outcome: 'impossible',
      why: `None of ${limit.mimeTypes.join(', ')} can be made from ${file.mimeType}.`,
    }

  let scale = scaleWithin(size, limit)
  for (let shrinks = 0; shrinks <= shrinksMax; shrinks++, scale *= shrink) {
    const width = sideAt(size.width, scale)
    const height = sideAt(size.height, scale)
    if (width < 1 || height < 1) break
    for (const format of formats)
      for (const quality of format === 'png' ? [100] : qualities) {
        const sized = image.clone().resize({ width, height, fit: 'fill' })
        const { data, info } = await encode(sized, format, quality).toBuffer({ resolveWithObject: true })
        const facts: MediaFacts = {
          ...file,
          mimeType: `image/${format}`,
          filename: file.filename.replace(/\.\w+$/, '') + extensions[format],
          bytes: data.length,
          width: info.width,
          height: info.height,
        }
        if (fits(facts, limit)) return { outcome: 'fitted', bytes: data, facts }
      }
  }
  return {
    outcome: 'impossible',
    why: `It cannot be made smaller than ${limit.bytesMax} bytes and stay a picture.`,
  }
}

type Format = 'jpeg' | 'png' | 'webp'
const extensions = { jpeg: '.jpg', png: '.png', webp: '.webp' }

/** Its own format first, if accepted; JPEG only without transparency, or where nothing keeps it. */
function formatsFor(file: MediaFacts, limit: ImageLimit, hasAlpha: boolean): Format[] {
  const preferred: Format[] = hasAlpha ? ['png', 'webp', 'jpeg'] : ['jpeg', 'webp', 'png']
  const accepted = preferred.filter((format) => acceptsMimeType(limit, `image/${format}`))
  const own = accepted.find((format) => file.mimeType === `image/${format}`)
  return own ? [own, ...accepted.filter((format) => format !== own)] : accepted
}

function encode(image: Sharp, format: Format, quality: number): Sharp {
  switch (format) {
    case 'jpeg':
      return image.flatten({ background: 'white' }).jpeg({ quality, mozjpeg: true })
    case 'webp':
      return image.webp({ quality })
    case 'png':
      return image.png({ compressionLevel: 9 })
  }
}

/**
 * Both sides are rounded down, so that neither they nor their product pass a limit; a millionth makes up for what
 * 1080 / 4001 loses as a floating-point number.
 */
const sideAt = (side: number, scale: number) => Math.floor(side * scale + 1e-6)

function scaleWithin(size: { width: number; height: number }, limit: ImageLimit): number {
  const { widthMax = size.width, heightMax = size.height, pixelsMax } = limit
  const byPixels = pixelsMax === undefined ? 1 : Math.sqrt(pixelsMax / (size.width * size.height))
  return Math.min(1, widthMax / size.width, heightMax / size.height, byPixels)
}
