import sharp from 'sharp'
import { expect, test } from 'vitest'
import { clip, fetchFile, jpeg, onDisk, owner, png, send, uploaded, world } from '../../test/media-world.ts'
import { storedFileAddress } from '../net/signed-address.ts'

test('a player seeks: parts are served as parts', async () => {
  const media = await uploaded(png, 'image/png')
  const part = await fetchFile(media.url, { range: 'bytes=2-5' })
  expect(part.statusCode).toBe(206)
  expect(part.headers).toMatchObject({
    'content-range': `bytes 2-5/${png.length}`,
    'content-length': '4',
    'accept-ranges': 'bytes',
  })
  expect(part.rawPayload.equals(png.subarray(2, 6))).toBe(true)
  const tail = await fetchFile(media.url, { range: 'bytes=-3' })
  expect(tail.rawPayload.equals(png.subarray(-3))).toBe(true)
  const beyond = await fetchFile(media.url, { range: `bytes=${png.length}-` })
  expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, `bytes */${png.length}`])
  for (const range of ['bytes=0-1,4-5', 'lines=1-2', 'bytes=x'])
    expect((await fetchFile(media.url, { range })).statusCode).toBe(200)
  const stale = await fetchFile(media.url, { range: 'bytes=2-5', 'if-range': '"other"' })
  expect(stale.statusCode).toBe(200)
  const etag = part.headers.etag as string
  expect((await fetchFile(media.url, { 'if-none-match': etag })).statusCode).toBe(304)
  const head = await fetchFile(media.url, {}, 'HEAD')
  expect([head.headers['content-length'], head.body]).toEqual([String(png.length), ''])
})

test('a file’s address stays the same for a while, then changes, and the old one runs out', async () => {
  const media = await uploaded(png, 'image/png')
  const again = async () => (await owner('GET', `/api/v1/media/${media.id}`)).json().url as string
  expect(await again()).toBe(media.url)
  expect((await fetchFile(media.url.replace('original.png', 'thumbnail.webp'))).statusCode).toBe(403)
  expect((await fetchFile(media.url.replace('.png', '.html'))).statusCode).toBe(403)
  expect((await fetchFile(media.url.replace(/token=../, 'token=zz'))).statusCode).toBe(403)
  expect((await fetchFile(media.url.split('?')[0] as string)).statusCode).toBe(403)
  const before = world.clock.now()
  world.clock.advance(20 * 3_600_000)
  expect((await fetchFile(media.url)).statusCode).toBe(200)
  world.clock.advance(20 * 3_600_000)
  expect((await fetchFile(media.url)).statusCode).toBe(403)
  world.clock.set(before)
})

test('an address of an upload reads nothing, and one for reading takes nothing', async () => {
  const media = await uploaded(png, 'image/png')
  const token = new URL(media.url).searchParams.get('token')
  const url = `http://localhost/api/v1/media/uploads/${media.id}.${token}`
  const answer = await send({ id: media.id, uploadUrl: url, headers: { 'Content-Type': 'image/png' } }, png)
  expect(answer.statusCode).toBe(403)
})

test('thumbnails are rendered when first asked for, upright, and kept', async () => {
  const media = await uploaded(jpeg, 'image/jpeg')
  expect(await onDisk()).toHaveLength(1)
  const small = await fetchFile(media.thumbnailUrl)
  expect(small.headers['content-type']).toBe('image/webp')
  expect(await sharp(small.rawPayload).metadata()).toMatchObject({ format: 'webp', width: 200, height: 300 })
  expect(await onDisk()).toHaveLength(2)
  expect((await fetchFile(media.thumbnailUrl)).rawPayload.equals(small.rawPayload)).toBe(true)

  const video = await uploaded(await clip(), 'video/mp4')
  const sign = await fetchFile(video.thumbnailUrl)
  expect(await sharp(sign.rawPayload).metadata()).toMatchObject({ width: 480, height: 270 })
})

test('a document is downloaded, never shown as a page', async () => {
  const media = await uploaded(Buffer.from('%PDF-1.7\n%%EOF'), 'application/pdf', 'plan.pdf')
  const file = await fetchFile(media.url)
  expect(file.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-disposition': 'attachment',
    'content-security-policy': "default-src 'none'; sandbox",
  })
})

test('bytes without a row have an address too; what is none of our types goes out as a download', async () => {
  const { ctx } = world
  await ctx.media.write('fetched/0190-0', ReadableStream.from([png]), png.length)
  const address = (extension: string) =>
    storedFileAddress(
      ctx.vault,
      ctx.settings.publicUrl,
      { storageKey: 'fetched/0190-0', extension },
      ctx.clock.now(),
    )
  const file = await fetchFile(address('png'))
  expect(file.headers['content-type']).toBe('image/png')
  expect(file.rawPayload.equals(png)).toBe(true)
  const unknown = await fetchFile(address('bin'))
  expect(unknown.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
  })
  expect((await fetchFile(address('png').replace('.png', '.jpg'))).statusCode).toBe(403)
  const other = Buffer.from('fetched/0190-1').toString('base64url')
  const mine = Buffer.from('fetched/0190-0').toString('base64url')
  expect((await fetchFile(address('png').replace(mine, other))).statusCode).toBe(403)
})
