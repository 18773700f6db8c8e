/** The simulator against the real server: the same requests to both, and the same answers from both. */
import { describe, expect, test } from 'vitest'
import { pdsMissing, startPds } from '../../test/peers/pds.ts'
import { sandboxAtRoot } from '../../test/sandbox-at-root.ts'

if (pdsMissing) console.warn(`The simulated Bluesky is not compared with the real server: ${pdsMissing}`)

type Answered = { status: number; error: string | null; message: string | null; fields: string[] }

describe.skipIf(pdsMissing)('the simulated Bluesky', () => {
  test('answers as the real server does', async () => {
    const pds = await startPds()
    await using simulated = await sandboxAtRoot('bluesky')
    try {
      const account = await pds.createAccount()
      const real = await tryEverything({
        origin: pds.url,
        handle: account.handle,
        password: await pds.createAppPassword(account),
        advance: (ms) => pds.advance(ms),
      })
      const ours = await tryEverything({
        origin: simulated.origin,
        handle: account.handle,
        password: 'some-app-password',
        advance: async (ms) => void (await simulated.control('clock', { advanceMs: ms })),
      })
      expect(ours).toEqual(real)
      expect(Object.keys(real).length).toBeGreaterThan(35)
    } finally {
      await pds.close()
    }
  }, 120_000)
})

interface Server {
  origin: string
  handle: string
  password: string
  advance(ms: number): Promise<void>
}

/** What is particular to a server or a moment is taken out of its words. */
const plain = (text: string) =>
  text
    .replaceAll(/did:plc:[a-z2-7]{24}/g, '<did>')
    .replaceAll(/\bbafy[a-z2-7]{40,}|\bbafk[a-z2-7]{40,}/g, '<cid>')

async function tryEverything({ origin, handle, password, advance }: Server) {
  const results: Record<string, Answered> = {}

  async function send(label: string, method: string, nsid: string, more: More = {}): Promise<Body> {
    const query = more.query ? `?${new URLSearchParams(more.query)}` : ''
    const response = await fetch(`${origin}/xrpc/${nsid}${query}`, {
      method,
      headers: {
        ...(more.json ? { 'content-type': 'application/json' } : {}),
        ...(more.type ? { 'content-type': more.type } : {}),
        ...(more.token ? { authorization: `Bearer ${more.token}` } : {}),
      },
      body: more.json ? JSON.stringify(more.json) : more.bytes ? new Uint8Array(more.bytes) : undefined,
    })
    const text = await response.text()
    const body = (text ? JSON.parse(text) : {}) as Body
    results[label] = {
      status: response.status,
      error: (body.error as string) ?? null,
      message: body.message === undefined ? null : plain(String(body.message)),
      fields: Object.keys(body)
        .filter((name) => !optionalFields.has(name))
        .toSorted(),
    }
    return body
  }

  const identifier = handle
  const signIn = 'com.atproto.server.createSession'
  const session = await send('sign in', 'POST', signIn, { json: { identifier, password } })
  await send('sign in wrongly', 'POST', signIn, { json: { identifier, password: 'wrong' } })
  await send('sign in without a password', 'POST', signIn, { json: { identifier } })
  const did = String(session.did)
  const token = String(session.accessJwt)
  const refresh = String(session.refreshJwt)

  const getSession = 'com.atproto.server.getSession'
  await send('who am I', 'GET', getSession, { token })
  await send('who am I, without a token', 'GET', getSession)
  await send('who am I, with a strange token', 'GET', getSession, { token: 'strange' })
  await send('who am I, with a refresh token', 'GET', getSession, { token: refresh })

  const resolve = 'com.atproto.identity.resolveHandle'
  await send('resolve', 'GET', resolve, { query: { handle } })
  await send('resolve nobody', 'GET', resolve, { query: { handle: 'nobody.test' } })
  await send('resolve no handle', 'GET', resolve, { query: { handle: 'nobody' } })

  const collection = 'app.bsky.feed.post'
  const createdAt = '2026-11-22T10:00:00.000Z'
  const post = (text: string, more: object = {}) => ({ $type: collection, text, createdAt, ...more })
  const put = (label: string, rkey: string, record: object, more: object = {}) =>
    send(label, 'POST', 'com.atproto.repo.putRecord', {
      token,
      json: { repo: did, collection, rkey, record, swapRecord: null, ...more },
    })
  const key = '3lbfxqkabcd2a'
  const other = '3lbfxqkabcd2b'
  await put('put', key, post('hello'))
  await put('put again', key, post('hello'))
  await put('put another under the key', key, post('another'))
  await put('put under no TID', 'notatid', post('hello'))
  await put('put 301 graphemes', other, post('x'.repeat(301)))
  await put('put 3025 bytes', other, post('👨‍👩‍👧‍👦'.repeat(121)))
  await put('put without a date', other, { $type: collection, text: 'no date' })
  await put('put without a text', other, { $type: collection, createdAt })
  await put('put four languages', other, post('x', { langs: ['aa', 'bb', 'cc', 'dd'] }))
  await put('put a mention of nobody', other, post('x', { facets: [mention('nope')] }))
  await put('put into a repository of nobody', other, post('x'), { repo: `did:plc:${'a'.repeat(24)}` })
  await put('put without a type', '3lbfxqkabcd2c', { text: 'no type', createdAt })

  const create = (label: string, json: object) =>
    send(label, 'POST', 'com.atproto.repo.createRecord', { token, json: { repo: did, collection, ...json } })
  await create('create under a key in use', { rkey: key, record: post('hello') })
  await create('create', { record: post('created') })

  const get = (label: string, rkey: string) =>
    send(label, 'GET', 'com.atproto.repo.getRecord', { query: { repo: did, collection, rkey } })
  await get('get', key)
  await get('get nothing', '3lbfxqkabcd2z')
  await send('list', 'GET', 'com.atproto.repo.listRecords', { query: { repo: did, collection, limit: '1' } })

  const upload = (label: string, bytes: Buffer, type: string, by: string | undefined = token) =>
    send(label, 'POST', 'com.atproto.repo.uploadBlob', { token: by, bytes, type })
  const { blob } = await upload('upload', png, 'image/png')
  await upload('upload without a token', png, 'image/png', '')
  const { blob: large } = await upload(
    'upload 2 MB',
    Buffer.concat([png, Buffer.alloc(2_000_000)]),
    'image/png',
  )
  const images = (...blobs: unknown[]) => ({
    embed: { $type: 'app.bsky.embed.images', images: blobs.map((image) => ({ image, alt: '' })) },
  })
  await put('put an image', '3lbfxqkabcd2d', post('image', images(blob)))
  await put('put an image of 2 MB', other, post('image', images(large)))
  await put('put five images', other, post('images', images(blob, blob, blob, blob, blob)))
  const missing = { ...(blob as object), ref: { $link: `bafkrei${'a'.repeat(52)}` } }
  await put('put an image that is not there', other, post('image', images(missing)))
  await put(
    'put an image as a video',
    other,
    post('x', { embed: { $type: 'app.bsky.embed.video', video: blob } }),
  )

  const word = { aud: 'did:web:video.test', lxm: 'com.atproto.repo.uploadBlob' }
  await send('a word for a service', 'GET', 'com.atproto.server.getServiceAuth', { token, query: word })

  const remove = (label: string) =>
    send(label, 'POST', 'com.atproto.repo.deleteRecord', {
      token,
      json: { repo: did, collection, rkey: key },
    })
  await remove('delete')
  await remove('delete again')
  await get('get what was deleted', key)

  const renew = 'com.atproto.server.refreshSession'
  await send('renew with an access token', 'POST', renew, { token })
  const fresh = await send('renew', 'POST', renew, { token: refresh })
  await send('renew again with the old token', 'POST', renew, { token: refresh })
  await advance(2 * 3_600_000 + 60_000)
  await send('who am I, after two hours', 'GET', getSession, { token: String(fresh.accessJwt) })
  await send('renew with the old token, after two hours', 'POST', renew, { token: refresh })
  const end = 'com.atproto.server.deleteSession'
  await send('sign out', 'POST', end, { token: String(fresh.refreshJwt) })
  await send('renew after signing out', 'POST', renew, { token: String(fresh.refreshJwt) })
  await send('sign out with a strange token', 'POST', end, { token: 'strange' })
  return results
}

/** Present or not without meaning; told by the real server in its own time. */
const optionalFields = new Set(['didDoc', 'emailConfirmed', 'emailAuthFactor'])

interface More {
  query?: Record<string, string>
  json?: object
  bytes?: Buffer
  type?: string
  token?: string
}

type Body = Record<string, unknown>

const mention = (did: string) => ({
  index: { byteStart: 0, byteEnd: 1 },
  features: [{ $type: 'app.bsky.richtext.facet#mention', did }],
})

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
