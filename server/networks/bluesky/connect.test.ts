import { expect, test } from 'vitest'
import type { Http, HttpRequest } from '../../net/http.ts'
import type { ConnectContext, Json } from '../network.ts'
import { bluesky as network } from './index.ts'
import { origins } from './origins.ts'
import { answer, methodOf, type Script, testAccount } from './test-account.ts'

const did = 'did:plc:abcdefghijklmnopqrstuvwx'
const home = 'https://morel.host.example'

const document = (endpoint = home) => ({
  id: did,
  service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: endpoint }],
})
const token = (claims: object) => `head.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sign`
const session = {
  did,
  handle: 'ada.example.com',
  accessJwt: token({ scope: 'com.atproto.appPass' }),
  refreshJwt: token({ exp: 1_800_000_000 }),
  didDoc: document(),
}

/** The network as it is in the world, in a few answers. */
const theNetwork =
  (overrides: Record<string, ReturnType<typeof answer>> = {}): Script =>
  (request) => {
    const name = methodOf(request) || new URL(request.url).pathname
    if (overrides[name]) return overrides[name]
    if (name === 'com.atproto.identity.resolveHandle') return answer(200, { did })
    if (name === `/${did}` || name === '/.well-known/did.json') return answer(200, document())
    if (name === 'com.atproto.server.createSession') return answer(200, session)
    if (name === 'app.bsky.actor.getProfile')
      return answer(200, { displayName: 'Ada', avatar: 'https://cdn.example/a.jpg' })
    return answer(404, 'not here')
  }

async function open(
  credentials: Record<string, Json>,
  script: Script = theNetwork(),
  origin: (role?: string) => string = (role = 'api') => origins[role as keyof typeof origins],
) {
  const sent: HttpRequest[] = []
  const http: Http = {
    async send(request) {
      sent.push(request)
      return script(request) ?? answer(404, 'not here')
    },
  }
  const ctx: ConnectContext = {
    http,
    origin,
    settings: {},
    app: null,
    now: () => new Date('2026-11-22T10:00:00Z'),
    signal: new AbortController().signal,
  }
  if (network.connect.kind !== 'credentials') throw new Error('Bluesky connects with credentials')
  const opened = await network.connect.open(ctx, { appPassword: 'abcd-efgh-ijkl-mnop', ...credentials })
  return { opened, asked: sent.map(({ url }) => url), sent }
}

const signIn = `${home}/xrpc/com.atproto.server.createSession`

test('the server of an account is found from its handle, and only that server gets the app password', async () => {
  const { opened, asked, sent } = await open({ identifier: ' @Ada.Example.com\u202c' })
  expect(asked.slice(0, 3)).toEqual([
    'https://public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle',
    `https://plc.directory/${did}`,
    signIn,
  ])
  expect(sent[2]?.json).toEqual({ identifier: 'ada.example.com', password: 'abcd-efgh-ijkl-mnop' })
  expect(opened).toMatchObject({
    outcome: 'done',
    value: [
      {
        externalId: did,
        name: 'Ada',
        handle: 'ada.example.com',
        profileImageUrl: 'https://cdn.example/a.jpg',
        settings: { serviceUrl: home },
        tokenExpiresAt: new Date(1_800_000_000_000),
        scopes: ['com.atproto.appPass'],
      },
    ],
  })
  expect(JSON.stringify(opened)).not.toContain('abcd-efgh')
})

test('a profile address, a DID and an e-mail address are taken too', async () => {
  expect(
    (await open({ identifier: 'https://bsky.app/profile/ada.example.com' })).sent[2]?.json,
  ).toMatchObject({
    identifier: 'ada.example.com',
  })
  expect((await open({ identifier: did })).asked.slice(0, 2)).toEqual([
    `https://plc.directory/${did}`,
    signIn,
  ])
  expect((await open({ identifier: 'did:web:ada.example.com' })).asked[0]).toBe(
    'https://ada.example.com/.well-known/did.json',
  )
  const byMail = await open({ identifier: 'ada@example.com' })
  expect(byMail.asked[0]).toBe('https://bsky.social/xrpc/com.atproto.server.createSession')
  // The front door tells where the account really lives.
  expect(byMail.opened).toMatchObject({ value: [{ settings: { serviceUrl: home } }] })
})

test('a server that was named is asked at once; one that is no address is refused', async () => {
  const named = await open({ identifier: 'ada.example.com', serviceUrl: 'pds.example.com/' })
  expect(named.asked[0]).toBe('https://pds.example.com/xrpc/com.atproto.server.createSession')
  const wrong = await open({ identifier: 'ada.example.com', serviceUrl: 'no address at all' })
  expect(wrong.asked).toEqual([])
  expect(wrong.opened).toMatchObject({
    failure: { class: 'permanent', rule: 'bluesky.server_address_invalid' },
  })
})

test("the operator's address or the sandbox wins over everything that is found", async () => {
  const elsewhere = (role = 'api') =>
    role === 'api' ? 'http://127.0.0.1:1/sandbox/bluesky' : `http://127.0.0.1:1/${role}`
  const { asked, opened } = await open({ identifier: 'ada' }, theNetwork(), elsewhere)
  expect(asked[0]).toBe('http://127.0.0.1:1/sandbox/bluesky/xrpc/com.atproto.server.createSession')
  expect(opened).toMatchObject({ value: [{ settings: {} }] })
})

test('each way to fail is told with its own remedy', async () => {
  const failing = async (overrides: Record<string, ReturnType<typeof answer>>) => {
    const { opened } = await open({ identifier: 'ada.example.com' }, theNetwork(overrides))
    return opened.outcome === 'failed' ? `${opened.failure.class} ${opened.failure.rule}` : 'connected'
  }
  const resolve = 'com.atproto.identity.resolveHandle'
  const login = 'com.atproto.server.createSession'
  expect(await failing({ [resolve]: answer(400, { error: 'InvalidRequest', message: 'Unable' }) })).toBe(
    'permanent bluesky.handle_unknown',
  )
  expect(await failing({ [resolve]: answer(503, 'busy') })).toBe('transient bluesky.server_error')
  expect(await failing({ [`/${did}`]: answer(200, { id: did }) })).toMatch(
    /bluesky\.(server_unknown|not_a_pds)/,
  )
  expect(
    await failing({ [login]: answer(401, { error: 'AuthenticationRequired', message: 'Invalid' }) }),
  ).toBe('permanent bluesky.sign_in_refused')
  expect(await failing({ [login]: answer(401, { error: 'AuthFactorTokenRequired' }) })).toBe(
    'permanent bluesky.app_password_needed',
  )
  expect(await failing({ [login]: answer(401, { error: 'AccountTakedown' }) })).toBe(
    'reconnect bluesky.account_unavailable',
  )
  expect(await failing({ [login]: answer(429, { error: 'RateLimitExceeded' }) })).toBe(
    'rate_limited bluesky.rate_limited',
  )
  expect(await failing({ [login]: answer(404, '<html>', { 'content-type': 'text/html' }) })).toBe(
    'administrator bluesky.not_a_pds',
  )
  expect(await failing({ [login]: { kind: 'not_sent', why: 'private', blocked: true } })).toBe(
    'administrator bluesky.address_blocked',
  )
})

test('a profile that cannot be read keeps nobody from connecting', async () => {
  const { opened } = await open(
    { identifier: 'ada.example.com' },
    theNetwork({ 'app.bsky.actor.getProfile': { kind: 'no_answer', why: 'No answer in time' } }),
  )
  expect(opened).toMatchObject({
    outcome: 'done',
    value: [{ name: 'ada.example.com', profileImageUrl: null }],
  })
})

test('only the no of the server ends the connection: a refresh that meets a blip or a limit is tried again', async () => {
  const refresh = 'com.atproto.server.refreshSession'
  const publishing = async (refreshed: ReturnType<typeof answer>) => {
    await using bluesky = await testAccount()
    const [write] = await bluesky.plan({ text: 'After a while' })
    bluesky.script((request) => {
      if (methodOf(request) === refresh) return refreshed
      return answer(400, { error: 'ExpiredToken', message: 'Token has expired' })
    })
    const result = await network.commit(bluesky.context(), write as never, [])
    return result.outcome === 'rejected' ? result.failure.class : result.outcome
  }
  expect(await publishing({ kind: 'no_answer', why: 'No answer in time' })).toBe('transient')
  expect(await publishing({ kind: 'not_sent', why: 'ENOTFOUND' })).toBe('transient')
  expect(await publishing(answer(502, '<html>Bad gateway</html>', { 'content-type': 'text/html' }))).toBe(
    'transient',
  )
  expect(await publishing(answer(429, { error: 'RateLimitExceeded' }))).toBe('rate_limited')
  expect(await publishing(answer(400, { error: 'ExpiredToken', message: 'Token has been revoked' }))).toBe(
    'reconnect',
  )
  expect(
    await publishing(answer(400, { error: 'InvalidRequest', message: 'Could not find user info' })),
  ).toBe('reconnect')
  expect(await publishing(answer(401, { error: 'AccountTakedown', message: 'Taken down' }))).toBe('reconnect')
})
