import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SandboxAtRoot, sandboxAtRoot } from '../../test/sandbox-at-root.ts'

let server: SandboxAtRoot
beforeAll(async () => {
  server = await sandboxAtRoot('mastodon')
})
afterAll(() => server.close())

interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: wire answers, looked at field by field
  body: any
}

/** A request as `token`'s person; an object goes as JSON. */
async function call(
  method: string,
  path: string,
  { token = 'Ada', body, headers = {} }: { token?: string | null; body?: unknown; headers?: object } = {},
): Promise<Answer> {
  const isPlain = body !== undefined && !(body instanceof FormData) && !(body instanceof URLSearchParams)
  const answer = await fetch(server.origin + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(isPlain && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isPlain ? JSON.stringify(body) : (body as FormData | undefined),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json')
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
}

const publish = (body: object, token = 'Ada', headers: object = {}) =>
  call('POST', '/api/v1/statuses', { token, body, headers })
const refused = (answer: Answer) => [answer.status, answer.body.error]

async function upload(filename: string, type: string, fields: Record<string, string> = {}, token = 'Ada') {
  const form = new FormData()
  form.append('file', new File([type === 'image/png' ? png : 'bytes'], filename, { type }))
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return call('POST', '/api/v2/media', { token, body: form })
}

describe('consent', () => {
  const redirectUri = 'http://127.0.0.1/callback'
  const verifier = 'v'.repeat(50)
  const code_challenge = createHash('sha256').update(verifier).digest('base64url')
  let app: { client_id: string; client_secret: string }

  beforeAll(async () => {
    const registered = await call('POST', '/api/v1/apps', {
      token: null,
      body: { client_name: 'Test', redirect_uris: [redirectUri], scopes: 'read:statuses write:statuses' },
    })
    app = registered.body
  })

  const authorize = (changes: Record<string, string> = {}) =>
    call(
      'GET',
      `/oauth/authorize?${new URLSearchParams({
        response_type: 'code',
        client_id: app.client_id,
        redirect_uri: redirectUri,
        scope: 'write:statuses',
        code_challenge,
        code_challenge_method: 'S256',
        sandbox_consent: 'allow',
        ...changes,
      })}`,
      { token: null },
    )
  const newCode = async () =>
    new URL((await authorize()).headers.get('location') ?? '').searchParams.get('code') ?? ''
  const redeem = (changes: Record<string, string>) =>
    call('POST', '/oauth/token', {
      token: null,
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: app.client_id,
        client_secret: app.client_secret,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        ...changes,
      }),
    })

  test('is asked for a registered app, its own redirect address and its own scopes only', async () => {
    expect(refused(await authorize({ client_id: 'nobody' }))).toEqual([401, 'invalid_client'])
    expect(refused(await authorize({ redirect_uri: 'http://127.0.0.1/other' }))).toEqual([
      400,
      'invalid_redirect_uri',
    ])
    expect(refused(await authorize({ scope: 'write:media' }))).toEqual([400, 'invalid_scope'])
    expect(refused(await authorize({ code_challenge_method: 'plain' }))[0]).toBe(400)
    const page = await authorize({ sandbox_consent: '' })
    expect(page.body).toContain('Allow access to your account?')
  })

  test('a code is good once, with its verifier, for its app', async () => {
    expect(refused(await redeem({ code: await newCode(), code_verifier: 'w'.repeat(50) }))).toEqual([
      400,
      'invalid_grant',
    ])
    expect(refused(await redeem({ code: await newCode(), client_secret: 'wrong' }))).toEqual([
      401,
      'invalid_client',
    ])
    const code = await newCode()
    const given = await redeem({ code })
    expect(given.body).toMatchObject({ token_type: 'Bearer', scope: 'write:statuses' })
    expect(refused(await redeem({ code }))).toEqual([400, 'invalid_grant'])
  })

  test('a token does what its scopes say, and nothing once it is given up', async () => {
    const { access_token: token } = (await redeem({ code: await newCode() })).body
    expect((await publish({ status: 'Within' }, token)).status).toBe(200)
    expect(refused(await upload('a.png', 'image/png', {}, token))).toEqual([
      403,
      'This action is outside the authorized scopes',
    ])
    const revoke = () =>
      call('POST', '/oauth/revoke', {
        token: null,
        body: { client_id: app.client_id, client_secret: app.client_secret, token },
      })
    expect((await revoke()).status).toBe(200)
    expect((await revoke()).status).toBe(200)
    expect(refused(await publish({ status: 'After' }, token))).toEqual([401, 'The access token was revoked'])
    expect(refused(await publish({ status: 'Nobody' }, 'invalid'))).toEqual([
      401,
      'The access token is invalid',
    ])
  })
})

describe('a status', () => {
  test('has 500 characters: graphemes, addresses as 23, mentions without their server, the warning too', async () => {
    const address = `https://example.com/${'a'.repeat(200)}`
    const fits = `${'ö'.repeat(500 - 23 - 4 - 1 - 2)} ${address} @ada@far.example👩‍👩‍👧‍👦`
    expect((await publish({ status: fits })).status).toBe(200)
    const over = [422, 'Validation failed: Text character limit of 500 exceeded']
    expect(refused(await publish({ status: `${fits}!` }))).toEqual(over)
    expect(refused(await publish({ status: 'a'.repeat(496), spoiler_text: '12345' }))).toEqual(over)
    expect((await publish({ status: 'a'.repeat(496), spoiler_text: '1234' })).status).toBe(200)
  })

  test('is refused in the words of the real server', async () => {
    expect(refused(await publish({ status: ' ' }))).toEqual([422, "Validation failed: Text can't be blank"])
    expect(refused(await publish({ status: 'x', in_reply_to_id: '1' }))[0]).toBe(404)
    expect(refused(await publish({ status: 'x', visibility: 'all' }))[0]).toBe(422)
    expect(refused(await publish({ status: 'x', media_ids: ['77'] }))).toEqual([
      422,
      'Media 77 not found or already attached to another post',
    ])
    const poll = { options: ['one', 'two', 'three', 'four', 'five'], expires_in: 3600 }
    expect(refused(await publish({ status: 'x', poll }))[1]).toContain("can't contain more than 4 items")
    expect(
      refused(await publish({ status: 'x', poll: { options: ['a', 'b'], expires_in: 3 } }))[1],
    ).toContain('too soon')
  })

  test('is made once for an idempotency key, for an hour, and each account has its own keys', async () => {
    const key = { 'idempotency-key': 'the same' }
    const first = await publish({ status: 'Once' }, 'Ada', key)
    expect((await publish({ status: 'Once' }, 'Ada', key)).body.id).toBe(first.body.id)
    expect((await publish({ status: 'Once' }, 'Grace', key)).body.id).not.toBe(first.body.id)
    await server.control('clock', { advanceMs: 3_600_001 })
    expect((await publish({ status: 'Once' }, 'Ada', key)).body.id).not.toBe(first.body.id)
  })

  test('of a private kind is for its author', async () => {
    const { id } = (await publish({ status: 'Dear diary', visibility: 'private' })).body
    expect((await call('GET', `/api/v1/statuses/${id}`)).status).toBe(200)
    expect((await call('GET', `/api/v1/statuses/${id}`, { token: 'Grace' })).status).toBe(404)
    expect((await call('DELETE', `/api/v1/statuses/${id}`, { token: 'Grace' })).status).toBe(404)
    const mine = await call('GET', '/api/v1/accounts/verify_credentials')
    const listed = async (token: string) => {
      const { body } = await call('GET', `/api/v1/accounts/${mine.body.id}/statuses`, { token })
      return body.some((status: { id: string }) => status.id === id)
    }
    expect([await listed('Ada'), await listed('Grace')]).toEqual([true, false])
  })

  test('its permalink shows it to a person', async () => {
    const { url } = (await publish({ status: 'Read me <b>well</b>' })).body
    const page = await (await fetch(url)).text()
    expect(page).toContain('Read me &#60;b&#62;well&#60;/b&#62;')
  })
})

describe('media', () => {
  test('a video is processed for a while, and cannot be posted before it is done', async () => {
    await server.control('settings', { processingMs: 60_000 })
    const uploaded = await upload('clip.mp4', 'video/mp4')
    expect([uploaded.status, uploaded.body.url]).toEqual([202, null])
    expect((await call('GET', `/api/v1/media/${uploaded.body.id}`)).status).toBe(206)
    expect(refused(await publish({ status: 'x', media_ids: [uploaded.body.id] }))[1]).toContain(
      'not finished processing',
    )
    await server.control('clock', { advanceMs: 60_001 })
    expect((await call('GET', `/api/v1/media/${uploaded.body.id}`)).body.url).toMatch(/^http/)
    expect((await publish({ status: 'x', media_ids: [uploaded.body.id] })).status).toBe(200)
    await server.control('settings', { processingMs: 50 })
  })

  test('belongs to whoever sent it and to one post, and is refused when it is no media or says too much', async () => {
    const { id } = (await upload('a.png', 'image/png', { description: 'A dot', focus: '0.5,-0.5' })).body
    expect(refused(await publish({ status: 'x', media_ids: [id] }, 'Grace'))[0]).toBe(422)
    expect((await publish({ status: 'x', media_ids: [id] })).body.media_attachments).toMatchObject([
      { description: 'A dot', meta: { focus: { x: 0.5, y: -0.5 } } },
    ])
    expect(refused(await publish({ status: 'y', media_ids: [id] }))[0]).toBe(422)
    expect(refused(await upload('a.txt', 'text/plain'))).toEqual([
      422,
      'Validation failed: File content type is invalid, File is invalid',
    ])
    expect(refused(await upload('a.png', 'image/png', { description: 'a'.repeat(1501) }))[0]).toBe(422)
    const broken = await upload('unprocessable.png', 'image/png')
    expect((await call('GET', `/api/v1/media/${broken.body.id}`)).status).toBe(422)
  })

  test('a video stands alone, and five pictures are too many', async () => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, async () => (await upload('a.png', 'image/png')).body.id),
    )
    expect(refused(await publish({ status: 'x', media_ids: ids }))).toEqual([
      422,
      'Cannot attach more than 4 files',
    ])
    const clip = (await upload('clip.mp4', 'video/mp4')).body.id
    await server.control('clock', { advanceMs: 1_000 })
    expect(refused(await publish({ status: 'x', media_ids: [ids[0], clip] }))[1]).toContain(
      'Cannot attach a video',
    )
  })
})

test('a list is paged from both ends', async () => {
  const me = (await call('GET', '/api/v1/accounts/verify_credentials', { token: 'Linus' })).body.id
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.unshift((await publish({ status: `n ${n}` }, 'Linus')).body.id)
  const page = async (query: string) => {
    const answer = await call('GET', `/api/v1/accounts/${me}/statuses?${query}`, { token: 'Linus' })
    return { ids: answer.body.map(({ id }: { id: string }) => id), link: answer.headers.get('link') }
  }
  const first = await page('limit=2')
  expect(first.ids).toEqual(ids.slice(0, 2))
  expect(first.link).toContain(`max_id=${ids[1]}>; rel="next"`)
  expect((await page(`limit=2&max_id=${ids[1]}`)).ids).toEqual(ids.slice(2, 4))
  expect((await page(`limit=2&min_id=${ids[4]}`)).ids).toEqual(ids.slice(2, 4))
  expect((await page(`limit=2&since_id=${ids[4]}`)).ids).toEqual(ids.slice(0, 2))
})

test('30 uploads in half an hour are enough, and the headers say when there may be more', async () => {
  for (let n = 0; n < 30; n++) expect((await upload('a.png', 'image/png', {}, 'Busy')).status).toBe(200)
  const answer = await upload('a.png', 'image/png', {}, 'Busy')
  expect(refused(answer)).toEqual([429, 'Too many requests'])
  expect(answer.headers.get('x-ratelimit-limit')).toBe('30')
  const waitMs =
    Date.parse(answer.headers.get('x-ratelimit-reset') ?? '') - Date.parse(answer.headers.get('date') ?? '')
  expect(waitMs).toBeGreaterThan(0)
  expect(waitMs).toBeLessThanOrEqual(1_801_000)
  await server.control('networks/mastodon/rateLimits', { factor: 2 })
  expect((await upload('a.png', 'image/png', {}, 'Busy')).status).toBe(200)
})

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
