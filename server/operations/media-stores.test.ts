/** The library's stories that depend on where the bytes lie, on each kind of store. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { begin, complete, fetchFile, owner, png, send, uploaded, world } from '../../test/media-world.ts'
import { openS3, type S3Store } from '../../test/s3-store.ts'
import type { MediaStore } from '../storage/media-store.ts'
import { cleanUp } from './clean-up.ts'

let s3: S3Store
let throughUs: S3Store
beforeAll(async () => {
  s3 = await openS3()
  throughUs = await openS3({ directUploads: false })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await s3.close()
  await throughUs.close()
})

/** The folder is the one that the media world has set up for this story. */
const stores: Record<string, () => MediaStore> = {
  'in a folder': () => world.ctx.media,
  'on S3, sent there past this server': () => s3.store,
  'on S3, through this server': () => throughUs.store,
}

async function keysOn(store: MediaStore): Promise<string[]> {
  const keys: string[] = []
  for (const prefix of ['uploads/', 'media/', 'thumbnails/', 'partial/', 'fetched/', 'fitted/'])
    for await (const { key } of store.list(prefix)) keys.push(key)
  return keys.sort()
}

async function emptied(store: MediaStore) {
  await world.ctx.db.deleteFrom('postMedia').execute()
  await world.ctx.db.deleteFrom('media').execute()
  for (const key of await keysOn(store)) await store.delete(key)
}

describe.each(Object.keys(stores))('media %s', (kind) => {
  async function onThisStore(): Promise<MediaStore> {
    const store = (stores[kind] as () => MediaStore)()
    world.ctx.media = store
    await emptied(store)
    return store
  }

  test('a presigned address takes the bytes it was made for, and they come back signed', async () => {
    const store = await onThisStore()
    const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
    const isDirect = upload.uploadUrl.startsWith(s3.endpoint)
    expect(isDirect).toBe(kind.includes('past this server'))
    const sent = isDirect
      ? (await fetch(upload.uploadUrl, { method: 'PUT', headers: upload.headers, body: new Uint8Array(png) }))
          .status
      : (await send(upload, png)).statusCode
    expect(sent).toBe(200)
    const media = (await complete(upload.id)).json()
    expect(media).toMatchObject({ status: 'ready', width: 300, height: 200, size: png.length })
    // Looked at, and out of reach of the address it came by.
    expect(await keysOn(store)).toEqual([expect.stringMatching(/^media\//)])
    expect((await fetchFile(media.url)).rawPayload.equals(png)).toBe(true)
    expect((await fetchFile(media.url, { range: 'bytes=2-5' })).rawPayload.equals(png.subarray(2, 6))).toBe(
      true,
    )
    expect((await fetchFile(media.url.replace(/token=../, 'token=zz'))).statusCode).toBe(403)
    expect((await fetchFile(media.thumbnailUrl)).headers['content-type']).toBe('image/webp')
    expect((await owner('DELETE', `/api/v1/media/${media.id}`)).statusCode).toBe(204)
    expect(await keysOn(store)).toEqual([])
  })

  test('clean-up takes what was never finished and bytes nobody knows, and nothing that is ready', async () => {
    const store = await onThisStore()
    const { ctx } = world
    const ready = world.ctx.media.presignUpload ? await readyOnS3() : await uploaded(png, 'image/png')
    await fetchFile(ready.thumbnailUrl)
    const begun = await begin({ filename: 'b.png', mimeType: 'image/png', size: png.length })
    await store.write(`uploads/${begun.id}`, ReadableStream.from([png]), png.length)
    const stray = ctx.newId()
    for (const key of [`media/${stray}/abcd`, `thumbnails/${stray}.webp`, `uploads/${stray}`])
      await store.write(key, ReadableStream.from([png]), png.length)
    expect(await cleanUp(ctx)).toEqual({ uploads: 0, strays: 0 })
    expect(await keysOn(store)).toHaveLength(6)

    const before = ctx.clock.now()
    world.clock.advance(25 * 3_600_000)
    const swept = await cleanUp(ctx)
    world.clock.set(before)
    expect(swept).toEqual({ uploads: 1, strays: 3 })
    expect(await keysOn(store)).toEqual([
      expect.stringContaining(`media/${ready.id}/`),
      `thumbnails/${ready.id}.webp`,
    ])
    expect((await fetchFile(ready.url)).statusCode).toBe(200)
  })

  test('a form cut off half-way leaves no bytes, no row and no file on its post; the next one is taken', async () => {
    const store = await onThisStore()
    const key = (await owner('POST', '/admin/keys', { name: 'x', tier: 'enterprise' })).json().data.key
      .api_key
    const headers = { 'x-api-key': key, 'x-workspace-id': owner.workspaceId }
    const draft = await owner('POST', `/api/v1/brands/${owner.brandId}/posts`, { content: 'Loaf' })
    expect(draft.statusCode, draft.body).toBe(201)
    const path = `/api/posts/post_${draft.json().id}/media`
    const form = formWith(png)
    const { port } = world.app.server.address() as AddressInfo
    const sending = httpRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path,
      headers: { ...headers, ...form.headers, 'content-length': form.body.length },
    })
    const broken = once(sending, 'error')
    const ended = new Promise((done) =>
      world.app.server.once('connection', (socket) => socket.once('close', done)),
    )
    await new Promise((sent) => sending.write(form.body.subarray(0, form.body.length / 2), sent))
    sending.destroy(new Error('the line went dead'))
    await Promise.all([broken, ended])
    await expect.poll(() => keysOn(store)).toEqual([])
    await expect.poll(async () => (await s3.unfinished()).concat(await throughUs.unfinished())).toEqual([])
    expect(await world.ctx.db.selectFrom('media').select('id').execute()).toEqual([])

    const whole = await world.app.inject({
      method: 'POST',
      url: path,
      headers: { ...headers, ...form.headers },
      payload: form.body,
    })
    expect(whole.statusCode, whole.body).toBe(201)
    expect(await keysOn(store)).toHaveLength(1)
  })

  async function readyOnS3() {
    const upload = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
    await fetch(upload.uploadUrl, { method: 'PUT', headers: upload.headers, body: new Uint8Array(png) })
    return (await complete(upload.id)).json()
  }
})

function formWith(bytes: Buffer) {
  const boundary = 'fanfare-test'
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}
