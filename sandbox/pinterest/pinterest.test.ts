import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SandboxAtRoot, sandboxAtRoot } from '../../test/sandbox-at-root.ts'

let server: SandboxAtRoot
beforeAll(async () => {
  server = await sandboxAtRoot('pinterest')
})
afterAll(() => server.close())

interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: wire answers, looked at field by field
  body: any
}

async function call(method: string, path: string, body?: unknown, token = 'Ada'): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const answer = await fetch(server.origin + path, {
    method,
    headers: {
      authorization: isForm ? `Basic ${Buffer.from('app:secret').toString('base64')}` : `Bearer ${token}`,
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    body: body === undefined || isForm ? (body as URLSearchParams | undefined) : JSON.stringify(body),
    redirect: 'manual',
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
}

const image = { source_type: 'image_base64', content_type: 'image/png', data: png() }
const boardId = async (token = 'Ada') => (await call('GET', '/boards', undefined, token)).body.items[0].id
const pin = async (changes: object = {}, token = 'Ada') =>
  call('POST', '/pins', { board_id: await boardId(token), media_source: image, ...changes }, token)
const refused = ({ status, body }: Answer) => [status, body.code, body.message]

test('a Pin needs a board of its own author and an image that is what it says', async () => {
  expect((await pin({ title: 'Fine' })).status).toBe(201)
  expect(refused(await pin({ board_id: '1' }))).toEqual([404, 40, 'Board not found.'])
  expect(refused(await pin({ board_id: await boardId('Grace') }))[0]).toBe(404)
  expect(refused(await pin({ media_source: undefined }))[2]).toContain('media_source')
  expect(refused(await pin({ media_source: { ...image, content_type: 'image/jpeg' } }))[0]).toBe(400)
  expect(refused(await pin({ media_source: { ...image, data: 'bm90IGFuIGltYWdl' } }))[0]).toBe(400)
  const carousel = (count: number) => ({
    source_type: 'multiple_image_base64',
    items: Array.from({ length: count }, () => ({ content_type: 'image/png', data: png() })),
  })
  expect((await pin({ media_source: carousel(5) })).body.media.items).toHaveLength(5)
  for (const count of [1, 6]) expect((await pin({ media_source: carousel(count) })).status).toBe(400)
})

test('texts have the lengths of the official description', async () => {
  expect((await pin({ title: 'ö'.repeat(100), description: '👋'.repeat(800) })).status).toBe(201)
  expect(refused(await pin({ title: 'a'.repeat(101) }))[2]).toContain("'title' is too long")
  expect(refused(await pin({ description: 'a'.repeat(801) }))[2]).toContain("'description' is too long")
  expect(refused(await pin({ alt_text: 'a'.repeat(501) }))[2]).toContain("'alt_text' is too long")
  expect(refused(await pin({ link: 'fanfare.example' }))[2]).toContain('Invalid URL')
})

test('a video goes to the storage with its signature and is pinned when it is processed, with a cover', async () => {
  await server.control('settings', { processingMs: 60_000 })
  const {
    media_id: id,
    upload_url: url,
    upload_parameters: fields,
  } = (await call('POST', '/media', { media_type: 'video' })).body
  const send = (changes: Record<string, string>, headers = {}) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ ...fields, ...changes })) form.append(name, String(value))
    form.append('file', new File(['film'], 'clip.mp4', { type: 'video/mp4' }))
    return fetch(url, { method: 'POST', body: form, headers })
  }
  expect((await send({ 'x-amz-signature': 'forged' })).status).toBe(403)
  expect((await send({}, { authorization: 'Bearer Ada' })).status).toBe(403)
  expect((await call('GET', `/media/${id}`)).body.status).toBe('registered')
  expect((await send({})).status).toBe(204)
  expect((await call('GET', `/media/${id}`)).body.status).toBe('processing')
  const source = { source_type: 'video_id', media_id: id, cover_image_key_frame_time: 0 }
  expect(refused(await pin({ media_source: source }))[2]).toContain('processing')
  await server.control('clock', { advanceMs: 60_001 })
  expect((await call('GET', `/media/${id}`)).body.status).toBe('succeeded')
  expect(
    refused(await pin({ media_source: { ...source, cover_image_key_frame_time: undefined } }))[2],
  ).toContain('cover')
  expect(refused(await pin({ media_source: source }, 'Grace'))[0]).toBe(404)
  expect((await pin({ media_source: source })).body.creative_type).toBe('VIDEO')
})

test('a list goes on where its bookmark says, newest first', async () => {
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.unshift((await pin({ title: `n ${n}` }, 'Linus')).body.id)
  const board = await boardId('Linus')
  const first = (await call('GET', `/boards/${board}/pins?page_size=2`, undefined, 'Linus')).body
  const rest = (
    await call('GET', `/boards/${board}/pins?page_size=2&bookmark=${first.bookmark}`, undefined, 'Linus')
  ).body
  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids)
  expect(rest.bookmark).toBeNull()
  expect((await call('GET', `/boards/${board}/pins?page_size=251`, undefined, 'Linus')).status).toBe(400)
})

test('tokens: a code is good once, scopes are kept to, and nobody but system users may revoke', async () => {
  const redirect_uri = 'http://127.0.0.1/callback'
  const authorize = await call(
    'GET',
    `/web/oauth/?${new URLSearchParams({ response_type: 'code', client_id: 'app', redirect_uri, scope: 'boards:read,pins:read', state: 's', sandbox_consent: 'allow' })}`,
  )
  const code = new URL(authorize.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const redeem = () =>
    call(
      'POST',
      '/oauth/token',
      new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri }),
    )
  const given = await redeem()
  expect(given.body).toMatchObject({
    token_type: 'bearer',
    scope: 'boards:read pins:read',
    expires_in: 2_592_000,
  })
  expect((await redeem()).status).toBe(401)
  expect(refused(await pin({}, given.body.access_token))).toEqual([
    403,
    29,
    'You are not permitted to access that resource.',
  ])
  const revoked = await call(
    'POST',
    '/oauth/token/revoke',
    new URLSearchParams({ token: given.body.access_token }),
  )
  expect(revoked.status).toBe(403)
})

function png() {
  return 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
}
