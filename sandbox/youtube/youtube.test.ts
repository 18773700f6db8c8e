import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SandboxAtRoot, sandboxAtRoot } from '../../test/sandbox-at-root.ts'

let server: SandboxAtRoot
beforeAll(async () => {
  server = await sandboxAtRoot('youtube')
})
afterAll(() => server.close())

interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: wire answers, looked at field by field
  body: any
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  token = 'Ada',
): Promise<Answer> {
  const isBytes = body instanceof Uint8Array
  const answer = await fetch(path.startsWith('http') ? path : server.origin + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && !isBytes && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isBytes ? new Uint8Array(body) : body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
}

const reason = ({ status, body }: Answer) => [status, body?.error?.errors[0].reason]

const begin = (
  bytes: number,
  resource: object = { snippet: { title: 'A film' }, status: { privacyStatus: 'public' } },
) =>
  call('POST', '/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status', resource, {
    'x-upload-content-length': String(bytes),
    'x-upload-content-type': 'video/mp4',
  })
const send = (session: string, bytes: Uint8Array, range: string) =>
  call('PUT', session, bytes, { 'content-range': range, 'content-type': 'video/mp4' })
const nothing = new Uint8Array(0)

async function upload(content: string, resource?: object): Promise<string> {
  const bytes = Buffer.from(content)
  const session = (await begin(bytes.length, resource)).headers.get('location') ?? ''
  return (await send(session, bytes, `bytes 0-${bytes.length - 1}/${bytes.length}`)).body.id
}

test('a session takes chunks in order, tells how far it is, and answers with the video ever after', async () => {
  const unit = 256 * 1024
  const total = unit + 10
  const begun = await begin(total)
  expect(begun.status).toBe(200)
  const session = begun.headers.get('location') ?? ''
  expect((await send(session, nothing, `bytes */${total}`)).headers.get('range')).toBeNull()
  const odd = await send(session, Buffer.alloc(100), `bytes 0-99/${total}`)
  expect(reason(odd)).toEqual([400, 'badRequest'])
  const first = await send(session, Buffer.alloc(unit, 1), `bytes 0-${unit - 1}/${total}`)
  expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${unit - 1}`])
  const again = await send(session, Buffer.alloc(unit, 1), `bytes 0-${unit - 1}/${total}`)
  expect([again.status, again.headers.get('range')]).toEqual([308, `bytes=0-${unit - 1}`])
  const last = await send(session, Buffer.alloc(10, 2), `bytes ${unit}-${total - 1}/${total}`)
  expect(last.status).toBe(201)
  const asked = await send(session, nothing, `bytes */${total}`)
  expect([asked.status, asked.body.id]).toEqual([201, last.body.id])
  expect((await send('/upload/youtube/v3/videos?upload_id=unknown', nothing, 'bytes */1')).status).toBe(404)
})

test('metadata is refused in the words of the real server', async () => {
  const refused = async (snippet: object) => reason(await begin(1, { snippet }))
  expect(await refused({ title: '' })).toEqual([400, 'invalidTitle'])
  expect(await refused({ title: 'a'.repeat(101) })).toEqual([400, 'invalidTitle'])
  expect(await refused({ title: 'x', description: 'ö'.repeat(2501) })).toEqual([400, 'invalidDescription'])
  expect(await refused({ title: 'x', description: '<b>' })).toEqual([400, 'invalidDescription'])
  expect(await refused({ title: 'x', tags: ['a'.repeat(501)] })).toEqual([400, 'invalidTags'])
  expect(await refused({ title: 'x', categoryId: 'music' })).toEqual([400, 'invalidCategoryId'])
  expect(reason(await call('POST', '/youtube/v3/videos?part=snippet', {}))).toEqual([
    400,
    'mediaBodyRequired',
  ])
  expect(reason(await call('GET', '/youtube/v3/videos?id=x'))).toEqual([400, 'required'])
  expect(reason(await call('GET', '/youtube/v3/videos?id=x&part=colour'))).toEqual([400, 'unknownPart'])
})

test('a private video is for its channel; an update sets back what it leaves out', async () => {
  const id = await upload('frames of one', {
    snippet: { title: 'Mine' },
    status: { privacyStatus: 'private', embeddable: false, license: 'creativeCommon' },
  })
  const seenBy = async (token: string) =>
    (await call('GET', `/youtube/v3/videos?part=status&id=${id}`, undefined, {}, token)).body.items.length
  expect([await seenBy('Ada'), await seenBy('Grace')]).toEqual([1, 0])
  const update = (token: string) =>
    call('PUT', '/youtube/v3/videos?part=status', { id, status: { privacyStatus: 'unlisted' } }, {}, token)
  expect(reason(await update('Grace'))).toEqual([404, 'videoNotFound'])
  expect((await update('Ada')).body.status).toMatchObject({
    privacyStatus: 'unlisted',
    embeddable: true,
    license: 'youtube',
  })
  expect(await seenBy('Grace')).toBe(1)
  expect(reason(await call('DELETE', `/youtube/v3/videos?id=${id}`, undefined, {}, 'Grace'))).toEqual([
    403,
    'forbidden',
  ])
})

test('the same file again is rejected once it is processed', async () => {
  const [first, second] = [await upload('the very same frames'), await upload('the very same frames')]
  await server.control('clock', { advanceMs: 100 })
  const { body } = await call('GET', `/youtube/v3/videos?part=status&id=${first},${second}`)
  expect(body.items.map(({ status }: { status: object }) => status)).toMatchObject([
    { uploadStatus: 'processed' },
    { uploadStatus: 'rejected', rejectionReason: 'duplicate' },
  ])
})

test('quotas are those of a day, uploads apart from the rest', async () => {
  await server.control('networks/youtube/quota', { factor: 0 })
  expect(reason(await begin(10))).toEqual([400, 'uploadLimitExceeded'])
  expect(reason(await call('GET', '/youtube/v3/channels?part=snippet&mine=true'))).toEqual([
    403,
    'quotaExceeded',
  ])
  await server.control('networks/youtube/quota', { factor: 1 })
  expect((await call('GET', '/youtube/v3/channels?part=snippet&mine=true')).status).toBe(200)
})

test('a renewal brings an access token and nothing else, until the grant is gone', async () => {
  const form = (fields: Record<string, string>) =>
    fetch(`${server.origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'app', client_secret: 'secret', ...fields }),
    })
  const redirect_uri = 'http://127.0.0.1/callback'
  const scope = 'https://www.googleapis.com/auth/youtube.readonly'
  const page = await call(
    'GET',
    `/accounts/o/oauth2/v2/auth?${new URLSearchParams({ response_type: 'code', client_id: 'app', redirect_uri, scope, state: 's', sandbox_consent: 'allow' })}`,
  )
  const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const given = (await (
    await form({ grant_type: 'authorization_code', code, redirect_uri })
  ).json()) as Record<string, string>
  const renewal = { grant_type: 'refresh_token', refresh_token: String(given.refresh_token) }
  expect(Object.keys((await (await form(renewal)).json()) as object)).toEqual([
    'access_token',
    'expires_in',
    'scope',
    'token_type',
  ])
  const readOnly = await call('DELETE', '/youtube/v3/videos?id=x', undefined, {}, given.access_token)
  expect(reason(readOnly)).toEqual([403, 'insufficientPermissions'])
  await fetch(`${server.origin}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: String(given.refresh_token) }),
  })
  const ended = await form(renewal)
  expect([ended.status, ((await ended.json()) as { error: string }).error]).toEqual([400, 'invalid_grant'])
})
