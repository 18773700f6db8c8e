import { randomBytes } from 'node:crypto'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import type { MediaFacts } from '../domain/draft.ts'
import type { ImageLimit } from '../domain/limits.ts'
import { fitImage } from './fit-media.ts'

const plain = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 0, g: 128, b: 128, alpha: 0.5 } } })

/** Noise: no format makes it small. */
const noise = (width: number, height: number) =>
  sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })

async function picture(image: Sharp, mimeType = 'image/jpeg') {
  const bytes = await image.toBuffer()
  const { autoOrient } = await sharp(bytes).metadata()
  const file: MediaFacts = {
    id: 'a',
    kind: 'image',
    mimeType,
    filename: 'loaf.original.xyz',
    bytes: bytes.length,
    width: autoOrient.width,
    height: autoOrient.height,
    durationMs: null,
    altText: 'A loaf',
  }
  return { file, bytes, open: async () => bytes }
}

const limit = (changes: Partial<ImageLimit> = {}): ImageLimit => ({
  mimeTypes: ['image/jpeg', 'image/png'],
  bytesMax: 10_000_000,
  countMax: 4,
  ...changes,
})

/** The fitted copy, measured anew: what the function says of it is compared with what it is. */
async function fitted({ file, open }: Awaited<ReturnType<typeof picture>>, to: ImageLimit) {
  const made = await fitImage(file, to, open)
  if (made.outcome !== 'fitted') throw new Error(`It ${made.outcome}`)
  const { format, width, height, size } = await sharp(made.bytes).metadata()
  expect(made.facts).toMatchObject({
    id: 'a',
    altText: 'A loaf',
    mimeType: `image/${format}`,
    width,
    height,
    bytes: size ?? made.bytes.length,
  })
  return { ...made, width, height, format }
}

const untouchable = () => Promise.reject(new Error('The file was opened'))

describe('a picture within the limits', () => {
  test('is left alone, unopened, at exactly the most of each', async () => {
    const { file } = await picture(plain(400, 300).jpeg())
    const most = limit({ bytesMax: file.bytes, widthMax: 400, heightMax: 300, pixelsMax: 120_000 })
    expect(await fitImage(file, most, untouchable)).toEqual({ outcome: 'fits' })
  })

  test('is left alone too when its measures were not known before', async () => {
    const { file, open } = await picture(plain(400, 300).jpeg())
    const unmeasured = { ...file, width: null, height: null }
    expect(await fitImage(unmeasured, limit({ widthMax: 400 }), open)).toEqual({ outcome: 'fits' })
    const made = await fitImage(unmeasured, limit({ widthMax: 399 }), open)
    expect(made).toMatchObject({ outcome: 'fitted', facts: { width: 399 } })
  })
})

describe('a picture one too many', () => {
  test.each<[string, Partial<ImageLimit>, { width: number; height: number }]>([
    ['pixel wide', { widthMax: 399 }, { width: 399, height: 299 }],
    ['pixel high', { heightMax: 299 }, { width: 398, height: 299 }],
    ['pixel in all', { pixelsMax: 119_999 }, { width: 399, height: 299 }],
  ])('%s is made just so much smaller', async (_what, most, expected) => {
    const { width, height } = await fitted(await picture(plain(400, 300).jpeg()), limit(most))
    expect({ width, height }).toEqual(expected)
  })

  test('byte long keeps its size in pixels and loses quality', async () => {
    const source = await picture(noise(200, 150).jpeg({ quality: 100 }))
    const made = await fitted(source, limit({ bytesMax: source.file.bytes - 1 }))
    expect([made.width, made.height]).toEqual([200, 150])
    expect(made.bytes.length).toBeLessThan(source.file.bytes)
  })
})

test('sides reach a limit exactly, and neither they nor their product pass it, whatever the measures', async () => {
  for (const [width, height] of [
    [4001, 3000],
    [3000, 4001],
    [1999, 7],
    [1021, 1021],
    [3, 2500],
  ] as const) {
    const source = await picture(plain(width, height).png(), 'image/png')
    const bySides = await fitted(source, limit({ widthMax: 1020, heightMax: 1020 }))
    expect(Math.max(bySides.width, bySides.height)).toBe(1020)
    const pixelsMax = Math.floor((width * height) / 3)
    const byPixels = await fitted(source, limit({ pixelsMax }))
    expect(byPixels.width * byPixels.height).toBeLessThanOrEqual(pixelsMax)
    // Rounding costs less than one line in each direction, and never a whole step of shrinking.
    expect((byPixels.width + 1) * (byPixels.height + 1)).toBeGreaterThan(pixelsMax)
  }
})

describe('the format', () => {
  test('stays what it is where it is accepted, and is changed where it is not', async () => {
    const png = await picture(plain(400, 300).png(), 'image/png')
    expect((await fitted(png, limit({ widthMax: 100 }))).format).toBe('png')
    const jpeg = await fitted(png, limit({ mimeTypes: ['image/jpeg'] }))
    expect([jpeg.format, jpeg.width, jpeg.facts.filename]).toEqual(['jpeg', 400, 'loaf.original.jpg'])
    const webp = await picture(plain(400, 300).webp(), 'image/webp')
    expect((await fitted(webp, limit())).format).toBe('jpeg')
    const avif = await picture(plain(64, 48).avif({ effort: 0 }), 'image/avif')
    expect((await fitted(avif, limit())).format).toBe('jpeg')
  })

  test('keeps what shines through, where any accepted format can', async () => {
    const webp = await picture(plain(40, 30, 4).webp(), 'image/webp')
    const png = await fitted(webp, limit())
    expect([png.format, (await sharp(png.bytes).metadata()).hasAlpha]).toEqual(['png', true])
    const jpeg = await fitted(webp, limit({ mimeTypes: ['image/jpeg'] }))
    // Half transparent teal on white paper.
    const [red, green] = await sharp(jpeg.bytes).raw().toBuffer()
    expect(Math.abs((red as number) - 127)).toBeLessThan(6)
    expect(Math.abs((green as number) - 191)).toBeLessThan(6)
  })

  test('that nothing can be made into is told, and so is a kind that is never changed', async () => {
    const { file, open } = await picture(plain(40, 30).png(), 'image/png')
    expect(await fitImage(file, limit({ mimeTypes: ['image/gif'] }), open)).toMatchObject({
      outcome: 'impossible',
      why: expect.stringContaining('image/gif'),
    })
    const gif = await picture(plain(40, 30).gif(), 'image/gif')
    expect(await fitImage(gif.file, limit(), untouchable)).toMatchObject({ outcome: 'impossible' })
  })
})

test('a photo that the camera turned is measured, and sent, upright', async () => {
  const source = await picture(plain(600, 400).jpeg().withMetadata({ orientation: 6 }))
  expect([source.file.width, source.file.height]).toEqual([400, 600])
  const made = await fitted(source, limit({ heightMax: 300 }))
  expect([made.width, made.height]).toEqual([200, 300])
  expect((await sharp(made.bytes).metadata()).orientation ?? 1).toBe(1)
})

test('an animation is not made to stand still', async () => {
  const frames = await sharp([await plain(40, 30).png().toBuffer(), await noise(40, 30).png().toBuffer()], {
    join: { animated: true },
  })
    .webp({ loop: 0, delay: [100, 100] })
    .toBuffer()
  const source = await picture(sharp(frames, { animated: true }).webp(), 'image/webp')
  const made = await fitImage({ ...source.file, height: 30 }, limit(), source.open)
  expect(made).toMatchObject({ outcome: 'impossible', why: expect.stringContaining('animated') })
})

describe('what is too many bytes', () => {
  test('shrinks step by step until it fits, in the ratio it had', async () => {
    const source = await picture(noise(600, 400).png(), 'image/png')
    const made = await fitted(source, limit({ mimeTypes: ['image/png'], bytesMax: 100_000 }))
    expect(made.bytes.length).toBeLessThanOrEqual(100_000)
    expect(made.width).toBeLessThan(600)
    expect(made.width / made.height).toBeCloseTo(1.5, 1)
  })

  test('and stays so when it is a sixth of its size is given up', async () => {
    const { file, open } = await picture(noise(300, 200).png(), 'image/png')
    expect(await fitImage(file, limit({ bytesMax: 100 }), open)).toMatchObject({
      outcome: 'impossible',
      why: expect.stringContaining('100 bytes'),
    })
  })
})

test('the same file and limits give the same bytes, so that every try sends the same', async () => {
  const source = await picture(noise(300, 200).png(), 'image/png')
  const most = limit({ widthMax: 200, bytesMax: 30_000 })
  const [one, other] = [await fitted(source, most), await fitted(source, most)]
  expect(one.bytes.equals(other.bytes)).toBe(true)
})
