import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Caller, testApp } from '../../test/app.ts'
import type { DeliveryState } from '../domain/delivery.ts'
import { localMediaStore } from '../storage/local-media-store.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { cleanUp } from './clean-up.ts'
import { createPost } from './create-post.ts'

let world: Awaited<ReturnType<typeof testApp>>
let owner: Caller
let folder: string
let png: Buffer
let jpeg: Buffer

beforeAll(async () => {
  world = await testApp()
  owner = world.owner
  png = await picture().png().toBuffer()
  jpeg = await picture().jpeg().withMetadata({ orientation: 6 }).toBuffer()
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
  folder = await mkdtemp(join(tmpdir(), 'fanfare-media-'))
  world.ctx.media = localMediaStore(folder)
})

const picture = () => sharp({ create: { width: 300, height: 200, channels: 3, background: 'teal' } })
const mediaOf = (brandId: string) => `/api/v1/brands/${brandId}/media`

interface Upload {
  id: string
  uploadUrl: string
  headers: Record<string, string>
}

async function begin(body: object, caller = owner): Promise<Upload> {
  const answer = await caller('POST', mediaOf(caller.brandId), body)
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

const send = (upload: Upload, bytes: Buffer, headers = upload.headers) =>
  world.app.inject({ method: 'PUT', url: new URL(upload.uploadUrl).pathname, headers, payload: bytes })

const complete = (id: string, body?: object) => owner('POST', `/api/v1/media/${id}/complete`, body)

/** All three steps. */
async function uploaded(bytes: Buffer, mimeType: string, filename = 'file', more: object = {}) {
  const upload = await begin({ filename, mimeType, size: bytes.length, ...more })
  expect((await send(upload, bytes)).statusCode).toBe(200)
  const answer = await complete(upload.id)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

/** Every file below the media folder. */
async function onDisk(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const fetchFile = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
  const { pathname, search } = new URL(url)
  return world.app.inject({ method, url: pathname + search, headers })
}

// ---------------------------------------------------------------- the three steps

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
  const clip = await readFile(join(import.meta.dirname, '../../test/media/clip.mp4'))
  expect(await uploaded(clip, 'video/mp4', 'clip.mp4')).toMatchObject({
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

// ---------------------------------------------------------------- files

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

  const clip = await readFile(join(import.meta.dirname, '../../test/media/clip.mp4'))
  const video = await uploaded(clip, 'video/mp4')
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

// ---------------------------------------------------------------- posts that use files

async function postWith(mediaId: string, state: DeliveryState | null): Promise<string> {
  const { ctx } = world
  const post = await createPost(ctx, actorOf(owner), {
    brandId: owner.brandId,
    origin: 'mypost',
    text: 'Look',
    mediaIds: [mediaId],
    targets: [],
  } as never)
  if (state) await deliver(post.id, state)
  return post.id
}

async function deliver(postId: string, state: DeliveryState, mediaIds: string[] | null = null) {
  const { ctx } = world
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const accountId = ctx.newId()
  const place = { workspaceId: owner.workspaceId, network: 'square' }
  await ctx.db
    .insertInto('accounts')
    .values({
      id: accountId,
      ...place,
      brandId: owner.brandId,
      externalId: accountId,
      kind: 'profile',
      name: 'Ada',
      state: 'active',
      connectedAt: ctx.clock.now(),
      ...at,
    })
    .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({ id: ctx.newId(), ...place, postId, accountId, position: 0, state, mediaIds, ...at })
    .execute()
  await refreshPostStatus(ctx.db, [postId], ctx.clock.now())
}

const actorOf = (caller: Caller) =>
  ({
    kind: 'user',
    userId: caller.userId,
    sessionId: 'test',
    isInstanceAdmin: false,
    dialect: 'mypost',
    requestId: 'req_test',
  }) as const

const postRow = (id: string) =>
  world.ctx.db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

test('a file cannot be deleted while a post that goes out or is out uses it', async () => {
  for (const state of ['scheduled', 'held', 'publishing', 'published', 'uncertain'] as const) {
    const media = await uploaded(png, 'image/png', 'a.png')
    await postWith(media.id, state)
    const answer = await owner('DELETE', `/api/v1/media/${media.id}`)
    expect([state, answer.statusCode]).toEqual([state, 400])
    expect(answer.json().error.details[0].path).toBe('status')
    expect((await fetchFile(media.url)).statusCode).toBe(200)
  }
})

test('a file that only an override shows is held too', async () => {
  const media = await uploaded(png, 'image/png')
  const other = await uploaded(png, 'image/png')
  const postId = await postWith(other.id, null)
  await deliver(postId, 'scheduled', [media.id])
  expect((await owner('DELETE', `/api/v1/media/${media.id}`)).statusCode).toBe(400)
})

test('drafts just lose a deleted file, and what was approved with it is no longer', async () => {
  const media = await uploaded(png, 'image/png')
  const kept = await uploaded(png, 'image/png')
  const postId = await postWith(media.id, null)
  await deliver(postId, 'draft', [media.id, kept.id])
  await world.ctx.db
    .updateTable('posts')
    .set({ approval: 'approved', approvedHash: (await postRow(postId)).contentHash })
    .where('id', '=', postId)
    .execute()
  expect((await owner('DELETE', `/api/v1/media/${media.id}`)).statusCode).toBe(204)
  expect(await postRow(postId)).toMatchObject({ status: 'draft', approval: 'none' })
  const delivery = await world.ctx.db
    .selectFrom('deliveries')
    .select('mediaIds')
    .where('postId', '=', postId)
    .executeTakeFirstOrThrow()
  expect(delivery.mediaIds).toEqual([kept.id])
  expect((await owner('GET', `/api/v1/media/${media.id}`)).statusCode).toBe(404)
  expect((await fetchFile(media.url)).statusCode).toBe(404)
  expect(await onDisk()).toHaveLength(1)
})

test('a new alt text is new content: an approved post goes back to draft, and the same words change nothing', async () => {
  const media = await uploaded(png, 'image/png', 'a.png', { altText: 'Old' })
  const postId = await postWith(media.id, null)
  const before = await postRow(postId)
  await world.ctx.db
    .updateTable('posts')
    .set({ approval: 'approved', approvedHash: before.contentHash })
    .where('id', '=', postId)
    .execute()
  const same = await owner('PATCH', `/api/v1/media/${media.id}`, { altText: 'Old' })
  expect(same.statusCode).toBe(200)
  expect((await postRow(postId)).approval).toBe('approved')

  const changed = await owner('PATCH', `/api/v1/media/${media.id}`, { altText: 'New' })
  expect(changed.json().altText).toBe('New')
  const after = await postRow(postId)
  expect(after.approval).toBe('none')
  expect(after.contentHash.equals(before.contentHash)).toBe(false)
  expect((await owner('PATCH', `/api/v1/media/${media.id}`, { altText: null })).json().altText).toBeNull()
})

// ---------------------------------------------------------------- who may, and tidying

test('each verb needs its permission, and another tenant’s files do not exist', async () => {
  const media = await uploaded(png, 'image/png')
  const uploads = await world.member(owner.workspaceId, ['media.upload'])
  const deletes = await world.member(owner.workspaceId, ['media.delete'])
  const stranger = await world.stranger('media-stranger@example.com')
  const body = { filename: 'a.png', mimeType: 'image/png', size: png.length }
  const pending = await begin(body, owner)
  await send(pending, png)
  const one = `/api/v1/media/${media.id}`
  for (const [method, url, more, who, ok] of [
    ['POST', mediaOf(owner.brandId), body, uploads, 201],
    ['POST', `/api/v1/media/${pending.id}/complete`, undefined, uploads, 200],
    ['PATCH', one, { altText: 'x' }, uploads, 200],
    ['DELETE', one, undefined, deletes, 204],
  ] as const) {
    const other = who === uploads ? deletes : uploads
    expect([method, url, (await other(method, url, more)).statusCode]).toEqual([method, url, 403])
    expect([method, url, (await stranger(method, url, more)).statusCode]).toEqual([method, url, 404])
    expect([method, url, (await who(method, url, more)).statusCode]).toEqual([method, url, ok])
  }
  expect((await stranger('GET', mediaOf(owner.brandId))).statusCode).toBe(404)
  expect((await stranger('GET', `/api/v1/media/${pending.id}`)).statusCode).toBe(404)
  expect((await deletes('GET', `/api/v1/media/${pending.id}`)).statusCode).toBe(200)
})

test('the library is paged, newest first', async () => {
  await world.ctx.db.deleteFrom('postMedia').execute()
  await world.ctx.db.deleteFrom('media').execute()
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.unshift((await uploaded(png, 'image/png')).id)
  const first = (await owner('GET', `${mediaOf(owner.brandId)}?limit=2`)).json()
  const second = (
    await owner('GET', `${mediaOf(owner.brandId)}?limit=2&cursor=${first.page.nextCursor}`)
  ).json()
  expect([...first.data, ...second.data].map((media) => media.id)).toEqual(ids)
  expect(second.page.nextCursor).toBeNull()
})

test('clean-up takes what was never finished and bytes nobody knows, and no ready file however old', async () => {
  await world.ctx.db.deleteFrom('postMedia').execute()
  await world.ctx.db.deleteFrom('media').execute()
  const ready = await uploaded(png, 'image/png')
  await fetchFile(ready.thumbnailUrl)
  const begun = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  await send(begun, png)
  const { ctx } = world
  const stray = ctx.newId()
  for (const key of [
    `media/${stray}/abcd`,
    `thumbnails/${stray}.webp`,
    `uploads/${stray}`,
    'partial/left-over',
  ])
    await ctx.media.write(key, ReadableStream.from([png]), png.length)
  expect(await cleanUp(ctx)).toEqual({ uploads: 0, strays: 0 })
  expect(await onDisk()).toHaveLength(7)

  world.clock.advance(25 * 3_600_000)
  expect(await cleanUp(ctx)).toEqual({ uploads: 1, strays: 4 })
  expect(await onDisk()).toHaveLength(2)
  expect((await owner('GET', `/api/v1/media/${begun.id}`)).statusCode).toBe(404)
  expect((await owner('GET', `/api/v1/media/${ready.id}`)).json().status).toBe('ready')
})
