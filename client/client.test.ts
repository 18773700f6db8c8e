import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testPosting } from '../test/posting.ts'
import { type Client, createClient, FanfareError } from './client.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let baseUrl: string
let client: Client
let brandId: string

beforeAll(async () => {
  world = await testPosting()
  baseUrl = await world.app.listen({ host: '127.0.0.1', port: 0 })
  world.ctx.settings.publicUrl = baseUrl
  client = createClient({ baseUrl: `${baseUrl}/` })
  await client.logIn('owner@example.com', 'password123')
  brandId = world.owner.brandId
})
afterAll(() => world.close())

async function failure(promise: Promise<unknown>): Promise<FanfareError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof FanfareError)) throw new Error(`Expected a FanfareError, not ${error}`)
  return error
}

test('a person logs in, writes a post with a picture, schedules it and takes it back', async () => {
  const newcomer = createClient({ baseUrl })
  const user = await newcomer.logIn('owner@example.com', 'password123')
  expect(user.email).toBe('owner@example.com')
  const [workspace] = (await newcomer.get('/workspaces')).data
  expect(workspace?.id).toBe(world.owner.workspaceId)

  const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#ff6b35' } })
    .png()
    .toBuffer()
  const media = await newcomer.upload(brandId, {
    filename: 'rolls.png',
    mimeType: 'image/png',
    data: new Blob([new Uint8Array(bytes)]),
    altText: 'Six rolls on a tray',
  })
  expect(media).toMatchObject({ status: 'ready', width: 40, height: 30, altText: 'Six rolls on a tray' })

  const post = await newcomer.post('/brands/{brandId}/posts', {
    path: { brandId },
    body: {
      content: 'Fresh rolls at six.',
      mediaIds: [media.id],
      targetAccountIds: [await world.addAccount('gallery')],
    },
  })
  expect(post.status).toBe('draft')
  const scheduled = await newcomer.post('/posts/{id}/schedule', {
    path: { id: post.id },
    body: { scheduledAt: world.inAnHour() },
  })
  expect(scheduled.status).toBe('scheduled')
  expect(await newcomer.delete('/posts/{id}', { path: { id: post.id } })).toBeUndefined()
})

test('a list is read to its end, page by page, and only as far as it is asked for', async () => {
  const made: string[] = []
  for (let count = 0; count < 5; count++) {
    const body = { content: `Post ${count}`, targetAccountIds: [] }
    made.unshift((await client.post('/brands/{brandId}/posts', { path: { brandId }, body })).id)
  }
  const asked: string[] = []
  const counting = createClient({
    baseUrl,
    fetch: (url, init) => {
      asked.push(String(url))
      return fetch(url, init)
    },
  })
  await counting.logIn('owner@example.com', 'password123')
  asked.length = 0
  const query = { limit: 2 }
  const seen: string[] = []
  for await (const post of counting.all('/brands/{brandId}/posts', { path: { brandId }, query })) {
    seen.push(post.id)
    if (seen.length === 3) break
  }
  expect(seen).toEqual(made.slice(0, 3))
  expect(asked).toHaveLength(2)

  const all: string[] = []
  for await (const { id } of counting.all('/brands/{brandId}/posts', { path: { brandId }, query }))
    all.push(id)
  expect(all.slice(0, 5)).toEqual(made)
  expect(new Set(all).size).toBe(all.length)
})

describe('what goes wrong', () => {
  test('is told with the code, the field and the request', async () => {
    const error = await failure(
      client.post('/brands/{brandId}/posts', {
        path: { brandId },
        body: { content: 'Hello', targetAccountIds: [world.ctx.newId()] },
      }),
    )
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
    expect(error.details[0]?.path).toMatch(/^targetAccountIds/)
    expect(error.requestId).toMatch(/^req_/)
    expect(await failure(client.get('/posts/{id}', { path: { id: world.ctx.newId() } }))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    })
  })

  test('a server that is not there, or says nothing, is told as such', async () => {
    const nowhere = createClient({ baseUrl: 'http://127.0.0.1:1' })
    expect(await failure(nowhere.get('/workspaces'))).toMatchObject({ status: 0, code: 'NO_ANSWER' })
    await using silent = await serve(() => undefined)
    const patient = createClient({ baseUrl: silent.url, timeoutMs: 50 })
    const error = await failure(patient.get('/workspaces'))
    expect(error).toMatchObject({ status: 0, code: 'NO_ANSWER' })
    expect(error.message).toContain('50 ms')
  })

  test('what its caller gives up is given up, for the reason the caller had', async () => {
    await using silent = await serve(() => undefined)
    const giveUp = new AbortController()
    const asked = createClient({ baseUrl: silent.url }).get('/workspaces', { signal: giveUp.signal })
    await silent.asked
    giveUp.abort(new Error('The person went away'))
    await expect(asked).rejects.toThrow('The person went away')
  })

  test('a page of a proxy is no puzzle', async () => {
    await using proxy = await serve((_path, answer) => answer(502, '<h1>Bad gateway</h1>', 'text/html'))
    expect(await failure(createClient({ baseUrl: proxy.url }).get('/workspaces'))).toMatchObject({
      status: 502,
      code: 'UNEXPECTED_ANSWER',
    })
  })
})

test('a post that is repeated under one key is made once', async () => {
  const idempotencyKey = 'one-order-of-rolls'
  const given = { path: { brandId }, body: { content: 'Rolls', targetAccountIds: [] }, idempotencyKey }
  const first = await client.post('/brands/{brandId}/posts', given)
  const again = await client.post('/brands/{brandId}/posts', given)
  expect(again).toEqual(first)
  const other = await failure(
    client.post('/brands/{brandId}/posts', { ...given, body: { content: 'Cake', targetAccountIds: [] } }),
  )
  expect(other).toMatchObject({ status: 409, code: 'CONFLICT' })
})

test('when there are too many requests it waits as long as it is told, and no longer than it is willing to', async () => {
  let refusals = 2
  const tooMany = '{"error":{"code":"RATE_LIMITED","message":"Slow down","details":[],"requestId":"req_1"}}'
  await using busy = await serve((_path, answer) =>
    refusals-- > 0
      ? answer(429, tooMany, 'application/json', { 'retry-after': '0' })
      : answer(200, '{"data":[],"page":{"nextCursor":null}}'),
  )
  expect(await createClient({ baseUrl: busy.url }).get('/workspaces')).toMatchObject({ data: [] })
  expect(refusals).toBe(-1)

  await using full = await serve((_path, answer) =>
    answer(429, tooMany, 'application/json', { 'retry-after': '3600' }),
  )
  const error = await failure(createClient({ baseUrl: full.url }).get('/workspaces'))
  expect(error).toMatchObject({ status: 429, code: 'RATE_LIMITED', retryAfterMs: 3_600_000 })
})

test('an access token that ran out is renewed once, however many requests notice', async () => {
  const paths: string[] = []
  let current = 'first'
  await using server = await serve((path, answer, { authorization, cookie }) => {
    paths.push(path)
    if (path === '/api/v1/auth/login')
      return answer(200, '{"accessToken":"first","user":{}}', 'application/json', {
        'set-cookie': 'refreshToken=one; HttpOnly',
      })
    if (path === '/api/v1/auth/refresh') {
      if (cookie !== 'refreshToken=one') return answer(401, '{}')
      current = 'second'
      return answer(200, '{"accessToken":"second"}')
    }
    return authorization === `Bearer ${current}` ? answer(200, '{"data":[]}') : answer(401, '{}')
  })
  const loggedIn = createClient({ baseUrl: server.url })
  await loggedIn.logIn('ada@example.org', 'correct horse battery staple')
  await loggedIn.get('/workspaces')
  current = 'none that it knows'
  await Promise.all([loggedIn.get('/workspaces'), loggedIn.get('/auth/me'), loggedIn.get('/workspaces')])
  expect(paths.filter((path) => path === '/api/v1/auth/refresh')).toHaveLength(1)

  const fixed = createClient({ baseUrl: server.url, token: 'revoked' })
  expect(await failure(fixed.get('/workspaces'))).toMatchObject({ status: 401 })
})

type Answer = (status: number, body: string, type?: string, headers?: Record<string, string>) => void

/** A server that answers as it is told, or not at all. */
async function serve(
  handle: (path: string, answer: Answer, headers: { authorization?: string; cookie?: string }) => void,
) {
  const asked = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    asked.resolve()
    handle(
      request.url ?? '',
      (status, body, type = 'application/json', headers = {}) =>
        response.writeHead(status, { 'content-type': type, ...headers }).end(body),
      request.headers,
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
