import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import {
  begin,
  clip,
  complete,
  fetchFile,
  jpeg,
  mediaOf,
  onDisk,
  owner,
  png,
  send,
  uploaded,
  world,
} from '../../test/media-world.ts'

test('a picture goes up in three steps and comes back as it was', async () => {
  const upload = await begin({
    filename: '../../etc/Launch day.png',
    mimeType: 'image/png',
    size: png.length,
    altText: 'A teal field',
  })
  expect(upload.headers).toEqual({ 'Content-Type': 'image/png' })
  expect((await owner('GET', mediaOf(owner.brandId))).json().data).toEqual([])
  expect((await send(upload, png)).json()).toEqual({ received: true })
  const media = (await complete(upload.id)).json()
  expect(media).toMatchObject({
    id: upload.id,
    brandId: owner.brandId,
    filename: 'Launch day.png',
    mimeType: 'image/png',
    kind: 'image',
    size: png.length,
    width: 300,
    height: 200,
    durationMs: null,
    altText: 'A teal field',
    status: 'ready',
  })
  const file = await fetchFile(media.url)
  expect(file.rawPayload.equals(png)).toBe(true)
  expect(file.headers).toMatchObject({ 'content-type': 'image/png', 'x-content-type-options': 'nosniff' })
  const listed = (await owner('GET', mediaOf(owner.brandId))).json()
  expect(listed.data).toEqual([media])
  // Finishing twice is finishing once.
  expect((await complete(upload.id)).json()).toEqual(media)
  const row = await world.ctx.db
    .selectFrom('media')
    .select('sha256')
    .where('id', '=', media.id)
    .executeTakeFirstOrThrow()
  expect(row.sha256?.equals(createHash('sha256').update(png).digest())).toBe(true)
})

test('a photo that the camera turned is measured upright', async () => {
  expect(await uploaded(jpeg, 'image/jpg')).toMatchObject({ mimeType: 'image/jpeg', width: 200, height: 300 })
})

test('a video’s size and length are known, though its index stands at the end', async () => {
  expect(await uploaded(await clip(), 'video/mp4', 'clip.mp4')).toMatchObject({
    kind: 'video',
    width: 320,
    height: 180,
    durationMs: 2000,
  })
})

test('an upload cut half-way leaves nothing, and the same address takes the file the second time', async () => {
  const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method: 'PUT',
    path: new URL(upload.uploadUrl).pathname,
    headers: { ...upload.headers, 'content-length': png.length },
  })
  request.write(png.subarray(0, png.length / 2))
  const broken = once(request, 'error')
  await expect.poll(async () => (await onDisk()).length).toBe(1)
  request.destroy(new Error('the line went dead'))
  await broken
  await expect.poll(onDisk).toEqual([])

  const early = await complete(upload.id)
  expect(early.statusCode).toBe(400)
  expect(early.json().error.message).toBe('Nothing has been uploaded for a.png yet')
  expect((await send(upload, png)).statusCode).toBe(200)
  expect((await complete(upload.id)).statusCode).toBe(200)
})

test('an altered or expired address takes nothing', async () => {
  const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  const other = await begin({ filename: 'b.png', mimeType: 'image/png', size: png.length })
  const [, until, signature] = (new URL(upload.uploadUrl).pathname.split('/').at(-1) as string).split('.')
  for (const token of [
    `${upload.id}.${until}.${signature?.slice(0, -3)}AAA`,
    `${other.id}.${until}.${signature}`,
    `${upload.id}.zzzzzzz.${signature}`,
    upload.id,
    'x',
  ]) {
    const url = `http://localhost/api/v1/media/uploads/${token}`
    expect([token, (await send({ ...upload, uploadUrl: url }, png)).statusCode]).toEqual([token, 403])
  }
  world.clock.advance(3_600_001)
  const late = await send(upload, png)
  expect(late.statusCode).toBe(403)
  expect(late.json().error.message).toContain('Begin the upload again')
  expect(await onDisk()).toEqual([])
})

test('what comes must be as large and of the type that was announced', async () => {
  const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  const short = await send(upload, png.subarray(1))
  const long = await send(upload, Buffer.concat([png, Buffer.from('x')]))
  const type = await send(upload, png, { 'Content-Type': 'image/jpeg' })
  expect([short, long, type].map((answer) => answer.statusCode)).toEqual([400, 400, 400])
  expect(await onDisk()).toEqual([])
})

test('a sender that hides its length is stopped when it sends too much', async () => {
  const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: 100 })
  await world.app.listen({ host: '127.0.0.1', port: 0 }).catch(() => 'listening already')
  const { port } = world.app.server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}${new URL(upload.uploadUrl).pathname}`, {
    method: 'PUT',
    headers: upload.headers,
    body: new Blob([new Uint8Array(101)]).stream(),
    duplex: 'half',
  } as RequestInit)
  expect(answer.status).toBe(400)
  expect(await onDisk()).toEqual([])
})

test('a file that lies about its type fails for good and leaves no bytes', async () => {
  const html = Buffer.from('<!doctype html><script>alert(1)</script>')
  for (const [bytes, mimeType, message] of [
    [png, 'image/jpeg', 'announced as image/jpeg, but its bytes are image/png'],
    [html, 'image/png', 'no image, video or document'],
    [png.subarray(0, png.length / 2), 'image/png', 'damaged'],
  ] as const) {
    const upload = await begin({ filename: 'liar', mimeType, size: bytes.length })
    await send(upload, Buffer.from(bytes))
    const answer = await complete(upload.id)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.message).toContain(message)
    expect((await complete(upload.id)).json().error.message).toContain('Upload it anew')
    expect((await send(upload, Buffer.from(bytes))).statusCode).toBe(400)
    expect((await owner('GET', `/api/v1/media/${upload.id}`)).json()).toMatchObject({
      status: 'failed',
      url: null,
    })
  }
  expect(await onDisk()).toEqual([])
})

test('a decompression bomb is told by its header and never unpacked', async () => {
  const bomb = await sharp({ create: { width: 12_000, height: 10_000, channels: 3, background: 'red' } })
    .png({ compressionLevel: 9 })
    .toBuffer()
  const upload = await begin({ filename: 'bomb.png', mimeType: 'image/png', size: bomb.length })
  await send(upload, bomb)
  expect((await complete(upload.id)).json().error.message).toContain('120 megapixels; 100 are the most')
})

test('types that a browser would run and files over the limit are refused at once', async () => {
  for (const mimeType of ['text/html', 'image/svg+xml', 'application/javascript', 'x']) {
    const answer = await owner('POST', mediaOf(owner.brandId), { filename: 'x', mimeType, size: 10 })
    expect([mimeType, answer.statusCode, answer.json().error.details[0].path]).toEqual([
      mimeType,
      400,
      'mimeType',
    ])
  }
  const image = await owner('POST', mediaOf(owner.brandId), {
    filename: 'x',
    mimeType: 'image/png',
    size: 100_000_001,
  })
  expect(image.json().error.details).toMatchObject([{ path: 'size', limit: 100_000_000, value: 100_000_001 }])
  const video = await owner('POST', mediaOf(owner.brandId), {
    filename: 'x',
    mimeType: 'video/mp4',
    size: world.ctx.settings.mediaBytesMax + 1,
  })
  expect(video.statusCode).toBe(400)
})

test('bytes sent after the file was finished change nothing', async () => {
  const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  await send(upload, png)
  const media = (await complete(upload.id)).json()
  const other = Buffer.alloc(png.length, 'x')
  expect((await send(upload, other)).statusCode).toBe(400)
  // Not even when they were on their way before: they land where nobody reads.
  await world.ctx.media.write(`uploads/${upload.id}`, ReadableStream.from([other]), other.length)
  expect((await fetchFile(media.url)).rawPayload.equals(png)).toBe(true)
})

test('two who finish one upload at the same instant agree', async () => {
  const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  await send(upload, png)
  const answers = await Promise.all([complete(upload.id), complete(upload.id)])
  expect(answers.some((answer) => answer.statusCode === 200)).toBe(true)
  for (const answer of answers) expect([200, 400]).toContain(answer.statusCode)
  expect((await owner('GET', `/api/v1/media/${upload.id}`)).json().status).toBe('ready')
  expect(await onDisk()).toHaveLength(1)
})

test('a full server says so before a file is sent', async () => {
  const { settings } = world.ctx
  world.ctx.settings = { ...settings, storageBytesMax: 1 }
  const answer = await owner('POST', mediaOf(owner.brandId), {
    filename: 'a.png',
    mimeType: 'image/png',
    size: png.length,
  })
  world.ctx.settings = settings
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error.message).toContain('used up')
})
