import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { testContent, told } from '../../../test/content.ts'

let world: Awaited<ReturnType<typeof testContent>>
let owner: Caller
beforeAll(async () => {
  world = await testContent()
  owner = world.owner
})
afterAll(() => world.close())
beforeEach(() => {
  world.script.opens = { outcome: 'done', value: [world.outside('clientbrand')] }
})

const callbackUrl = 'https://dashboard.logicspike.com/content/callback'

async function begin(ask = owner) {
  const answer = await ask('POST', '/content/connections/square/authorize', { callbackUrl })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json() as { authorizationUrl: string; state: string }
}
const finish = (body: object, platform = 'square') =>
  owner('POST', `/content/connections/${platform}/callback`, body)

test('the documented dance connects an account, whose tokens are never shown', async () => {
  const { authorizationUrl, state } = await begin()
  const page = new URL(authorizationUrl)
  expect(page.searchParams.get('state')).toBe(state)
  expect(page.searchParams.get('code_challenge')).toBeTruthy()
  // The network sends the browser to us, and we send it on to the caller with the code.
  const back = await world.app.inject({
    url: `/api/v1/social-accounts/callback/square?code=oauth-authorization-code&state=${state}`,
  })
  const landed = new URL(back.headers.location as string)
  expect(landed.origin + landed.pathname).toBe(callbackUrl)
  const done = await finish(Object.fromEntries(landed.searchParams))
  expect(done.statusCode, done.body).toBe(201)
  expect(done.json()).toEqual({
    connection: {
      id: expect.any(String),
      platform: 'square',
      platformUsername: '@clientbrand',
      status: 'active',
    },
  })
  const { id } = done.json().connection
  const list = await owner('GET', '/content/connections')
  expect(list.body).not.toContain('hush')
  expect(list.json().data.find((connection: { id: string }) => connection.id === id)).toEqual({
    id,
    platform: 'square',
    platformUsername: '@clientbrand',
    platformAccountId: 'clientbrand',
    status: 'active',
    tokenExpiresAt: '2030-01-01T00:00:00.000Z',
    connectedBy: owner.userId,
    createdAt: expect.any(String),
  })
})

test('the same account again is the same connection, and the gateway names who connected it', async () => {
  const first = await begin()
  const one = await finish({ code: 'c', state: first.state })
  const url = '/content/connections/square'
  const again = await world.gateway('content:connections.write', 'POST', `${url}/authorize`, { callbackUrl })
  const two = await world.gateway('content:connections.write', 'POST', `${url}/callback`, {
    code: 'c',
    state: again.json().state,
  })
  expect(two.statusCode, two.body).toBe(201)
  expect(two.json().connection.id).toBe(one.json().connection.id)
  const list = (await owner('GET', '/content/connections')).json().data
  expect(list.filter(({ id }: { id: string }) => id === one.json().connection.id)).toMatchObject([
    { connectedBy: 'user-7' },
  ])
})

test('a state is good once, for ten minutes, for its platform and its tenant', async () => {
  const invalid = [422, 'INVALID_OAUTH_STATE']
  expect(told(await finish({ code: 'c', state: 'made-up' }))).toEqual(invalid)
  const { state } = await begin()
  expect(told(await finish({ code: 'c', state }, 'chirp'))).toEqual(invalid)
  expect((await finish({ code: 'c', state })).statusCode).toBe(201)
  expect(told(await finish({ code: 'c', state }))).toEqual(invalid)

  const late = await begin()
  world.clock.advance(601_000)
  expect(told(await finish({ code: 'c', state: late.state }))).toEqual(invalid)
  world.clock.set(new Date())

  const stranger = await world.stranger('states@example.com')
  const theirs = await begin(stranger)
  const stolen = await finish({ code: 'c', state: theirs.state })
  expect(told(stolen)).toEqual(invalid)
  const tenant = { 'x-tenant-id': stranger.workspaceId }
  const own = await begin()
  const across = await world.gateway(
    'content:connections.write',
    'POST',
    '/content/connections/square/callback',
    { code: 'c', state: own.state },
    tenant,
  )
  expect(told(across)).toEqual(invalid)
})

test('a state of the native API is none here', async () => {
  const native = await owner('POST', `/api/v1/brands/${owner.brandId}/social-accounts`, { network: 'square' })
  expect(told(await finish({ code: 'c', state: native.json().state }))).toEqual([422, 'INVALID_OAUTH_STATE'])
})

test('a code that the network refuses is the fault of the request, with its words', async () => {
  const { state } = await begin()
  world.script.opens = {
    outcome: 'failed',
    failure: {
      class: 'permanent',
      rule: 'square.bad_code',
      message: 'This code was used.',
      remedy: 'Begin again.',
    },
  }
  const answer = await finish({ code: 'used', state })
  expect(told(answer)).toEqual([422, 'VALIDATION_ERROR'])
  expect(answer.json().error.message).toContain('This code was used.')
})

test.each<[string, string, object]>([
  ['an unknown platform', 'myspace', { callbackUrl }],
  ['a platform without a consent page', 'circle', { callbackUrl }],
  ['no callback', 'square', {}],
  ['a callback that is no address', 'square', { callbackUrl: 'dashboard' }],
  ['a callback that runs a script', 'square', { callbackUrl: 'javascript:alert(1)' }],
])('%s is refused', async (_what, platform, body) => {
  expect(told(await owner('POST', `/content/connections/${platform}/authorize`, body))).toEqual([
    422,
    'VALIDATION_ERROR',
  ])
})

test('disconnecting revokes the token at the platform and takes the connection from what waits', async () => {
  const { state } = await begin()
  const { id } = (await finish({ code: 'c', state })).json().connection
  const both = { targets: [{ connectionId: id }, { connectionId: world.chirpId }] }
  const draft = await world.newSlot(both)
  const alone = await world.newSlot({ targets: [{ connectionId: id }] })
  await owner('POST', `/content/slots/${alone.id}/submit-review`)
  await owner('POST', `/content/slots/${alone.id}/approve`)
  world.script.calls.length = 0

  const gone = await owner('DELETE', `/content/connections/${id}`)
  expect([gone.statusCode, gone.body]).toEqual([204, ''])
  expect(world.script.calls.map(({ what }) => what)).toEqual(['revoke'])
  const list = (await owner('GET', '/content/connections')).json().data
  expect(list.some((connection: { id: string }) => connection.id === id)).toBe(false)
  expect(told(await owner('DELETE', `/content/connections/${id}`))).toEqual([404, 'CONNECTION_NOT_FOUND'])
  expect((await owner('GET', `/content/slots/${draft.id}`)).json().targets).toMatchObject([
    { connectionId: world.chirpId },
  ])
  const left = (await owner('GET', `/content/slots/${alone.id}`)).json()
  expect(left.status).toBe('draft')
  expect(told(await owner('POST', '/content/slots', world.slot(both)))).toEqual([404, 'CONNECTION_NOT_FOUND'])
})
