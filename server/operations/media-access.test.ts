import { expect, test } from 'vitest'
import { begin, mediaOf, owner, png, send, uploaded, world } from '../../test/media-world.ts'

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
