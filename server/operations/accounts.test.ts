import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { outside, scriptedNetworks } from '../../test/scripted-network.ts'
import type { UserActor } from '../domain/actor.ts'
import type { DeliveryState, Failure } from '../domain/delivery.ts'
import type { OAuthConnect } from '../networks/network.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { connectAccount } from './connect-account.ts'
import { finishConnecting } from './finish-connecting.ts'
import { finishDisconnecting } from './finish-disconnecting.ts'

const { script, square, circle } = scriptedNetworks()
let world: Awaited<ReturnType<typeof testApp>>
let owner: typeof world.owner

beforeAll(async () => {
  world = await testApp({ networks: [square, circle] })
  owner = world.owner
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.ctx.db.deleteFrom('accounts').execute()
  await world.ctx.db.deleteFrom('oauthStates').execute()
  Object.assign(script, scriptedNetworks().script, { calls: script.calls })
  script.calls.length = 0
})

const password = { identifier: 'ada', appPassword: 'hush-password' }
const accountsOf = (brandId: string) => `/api/v1/brands/${brandId}/social-accounts`

async function connectCircle(id = 'ada', caller = owner, brandId = caller.brandId) {
  script.opens = { outcome: 'done', value: [outside(id)] }
  const answer = await caller('POST', accountsOf(brandId), { network: 'circle', credentials: password })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

async function beginSquare(more: object = {}, caller = owner) {
  const answer = await caller('POST', accountsOf(caller.brandId), { network: 'square', ...more })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json() as { authUrl: string; state: string; expiresAt: string }
}

const comeBack = (query: Record<string, string>, network = 'square') =>
  world.app.inject({ url: `/api/v1/social-accounts/callback/${network}`, query })

async function connectSquare(id = 'ada', caller = owner) {
  script.opens = { outcome: 'done', value: [outside(id)] }
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/done?tab=1' }, caller)
  const answer = await comeBack({ state, code: 'the-code' })
  return new URL(answer.headers.location as string)
}

async function otherBrand(name: string) {
  const id = world.ctx.newId()
  const at = { createdAt: world.ctx.clock.now(), updatedAt: world.ctx.clock.now() }
  await world.ctx.db
    .insertInto('brands')
    .values({ id, workspaceId: owner.workspaceId, name, ...at })
    .execute()
  return id
}

const eventsOf = (resourceId: string) =>
  world.ctx.db
    .selectFrom('events')
    .selectAll()
    .where('resourceId', '=', resourceId)
    .orderBy('position')
    .execute()

// ---------------------------------------------------------------- connecting by credentials

test('a person types credentials and the account is there', async () => {
  const account = await connectCircle()
  expect(account).toMatchObject({ network: 'circle', name: 'Name of ada', status: 'active', problem: null })
  expect(script.calls).toMatchObject([{ what: 'open', origin: 'https://circle.example', detail: password }])
  const listed = (await owner('GET', accountsOf(owner.brandId))).json()
  expect(listed.data).toEqual([account])
  expect((await owner('GET', `/api/v1/social-accounts/${account.id}`)).json()).toEqual({
    ...account,
    choices: [],
  })
  expect((await eventsOf(account.id)).map((event) => event.type)).toEqual(['account.connected'])
})

test('credentials that miss a field or have a strange one are told by field, without their values', async () => {
  const answer = await owner('POST', accountsOf(owner.brandId), {
    network: 'circle',
    credentials: { identifier: 'ada', appPassword: 'xyz', pin: 'hush-pin' },
  })
  expect(answer.statusCode).toBe(400)
  const { error } = answer.json()
  expect(error.details.map((detail: { path: string }) => detail.path).sort()).toEqual([
    'credentials.appPassword',
    'credentials.pin',
  ])
  expect(answer.body).not.toContain('xyz')
  expect(answer.body).not.toContain('hush-pin')
  const none = await owner('POST', accountsOf(owner.brandId), { network: 'circle' })
  expect(none.json().error.details.map((detail: { path: string }) => detail.path)).toEqual([
    'credentials.identifier',
    'credentials.appPassword',
  ])
})

test('a password that the network refuses is the person’s to mend, and a network that is away is not', async () => {
  const failure = { rule: 'circle.login', message: 'Circle refused the password.', remedy: 'Make a new one.' }
  script.opens = { outcome: 'failed', failure: { class: 'reconnect', ...failure } }
  const refused = await owner('POST', accountsOf(owner.brandId), { network: 'circle', credentials: password })
  expect(refused.statusCode).toBe(400)
  expect(refused.json().error.message).toBe('Circle refused the password. Make a new one.')

  script.opens = { outcome: 'failed', failure: { class: 'transient', ...failure, retryAfterMs: 7000 } }
  const away = await owner('POST', accountsOf(owner.brandId), { network: 'circle', credentials: password })
  expect(away.statusCode).toBe(503)
  expect(away.headers['retry-after']).toBe('7')
})

test('an unknown network is refused with the known ones', async () => {
  const answer = await owner('POST', accountsOf(owner.brandId), { network: 'triangle' })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error.message).toContain('Known: square, circle')
})

test('connecting an account that is there already renews it under its id', async () => {
  const first = await connectCircle()
  const second = await connectCircle()
  expect(second.id).toBe(first.id)
  expect((await eventsOf(first.id)).map((event) => event.type)).toEqual([
    'account.connected',
    'account.reconnected',
  ])
})

test('an account of another brand is refused with the brand’s name', async () => {
  await connectCircle()
  const brandId = await otherBrand('Bakery')
  script.opens = { outcome: 'done', value: [outside('ada')] }
  const answer = await owner('POST', accountsOf(brandId), { network: 'circle', credentials: password })
  expect(answer.statusCode).toBe(409)
  expect(answer.json().error.message).toMatch(
    /already connected in the brand ".+"\. Disconnect it there first/,
  )
})

test('two who connect the same account at the same instant end with one row', async () => {
  script.opens = { outcome: 'done', value: [outside('ada')] }
  let waiting = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  script.whileOpening = async () => {
    if (++waiting === 2) resolve()
    await promise
  }
  const answers = await Promise.all(
    [1, 2].map(() => owner('POST', accountsOf(owner.brandId), { network: 'circle', credentials: password })),
  )
  expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201])
  expect(answers[0]?.json().id).toBe(answers[1]?.json().id)
})

test('two tenants connect the same outside account and do not meet', async () => {
  const stranger = await world.stranger('two-tenants@example.com')
  const mine = await connectCircle()
  const theirs = await connectCircle('ada', stranger)
  expect(theirs.id).not.toBe(mine.id)
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/reconnect'],
    ['POST', '/check'],
    ['POST', '/choose'],
  ] as const) {
    const body = path === '/choose' ? { choiceIds: ['ada'] } : undefined
    const answer = await stranger(method, `/api/v1/social-accounts/${mine.id}${path}`, body)
    expect([method, path, answer.statusCode]).toEqual([method, path, 404])
  }
  expect((await stranger('GET', accountsOf(owner.brandId))).statusCode).toBe(404)
  expect(
    (await stranger('POST', accountsOf(owner.brandId), { network: 'circle', credentials: password }))
      .statusCode,
  ).toBe(404)
  await stranger('DELETE', `/api/v1/social-accounts/${theirs.id}`)
  expect((await owner('GET', `/api/v1/social-accounts/${mine.id}`)).json().status).toBe('active')
})

// ---------------------------------------------------------------- connecting by consent

test('a person consents and the browser lands where the beginning said', async () => {
  const { authUrl, state } = await beginSquare({ redirectUrl: 'https://app.example/done?tab=1' })
  const asked = new URL(authUrl)
  expect(asked.origin).toBe('https://square.example')
  expect(asked.searchParams.get('redirect_uri')).toBe(
    'http://localhost:8007/api/v1/social-accounts/callback/square',
  )
  const answer = await comeBack({ state, code: 'the-code' })
  expect(answer.statusCode).toBe(302)
  const landed = new URL(answer.headers.location as string)
  expect(landed.origin + landed.pathname).toBe('https://app.example/done')
  const { data } = (await owner('GET', accountsOf(owner.brandId))).json()
  expect(Object.fromEntries(landed.searchParams)).toEqual({
    tab: '1',
    status: 'connected',
    network: 'square',
    accountId: data[0].id,
  })
  // The code was exchanged once, with the verifier that belongs to the challenge in the address.
  expect(script.calls).toMatchObject([
    { what: 'exchange', detail: { code: 'the-code', challenge: asked.searchParams.get('code_challenge') } },
  ])
})

test('without a redirect the browser is shown a page that runs nothing', async () => {
  const { state } = await beginSquare()
  const answer = await comeBack({ state, code: 'the-code' })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toContain('text/html')
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
  expect(answer.body).toContain('Your Square account is connected')
})

test('a state is good once, also for two browsers that come at the same instant', async () => {
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' })
  const both = await Promise.all([comeBack({ state, code: 'one' }), comeBack({ state, code: 'two' })])
  // The slower one is refused, or finds the state used up already.
  const landings = both.map((answer) => String(answer.headers.location ?? ''))
  expect(landings.filter((url) => url.includes('status=connected'))).toHaveLength(1)
  expect(script.calls.filter((call) => call.what === 'exchange')).toHaveLength(1)
  const late = await comeBack({ state, code: 'three' })
  expect(late.statusCode).toBe(400)
  expect(late.body).toContain('This link does not work')
})

test('a state runs out after ten minutes', async () => {
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' })
  world.clock.advance(600_001)
  const answer = await comeBack({ state, code: 'the-code' })
  expect(new URL(answer.headers.location as string).searchParams.get('error')).toBe('oauth_state')
  expect(script.calls).toEqual([])
})

test('a state that we did not make, or that was made for another network, exchanges nothing', async () => {
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' })
  for (const answer of [
    await comeBack({ state: 'made-up', code: 'x', redirectUrl: 'https://evil.example' }),
    await comeBack({ state, code: 'x' }, 'circle'),
    await comeBack({ code: 'x' }),
  ]) {
    expect(answer.statusCode).toBe(400)
    expect(answer.headers.location).toBeUndefined()
  }
  expect(script.calls).toEqual([])
})

test('a person who says no comes back with `denied`, and the state is used up', async () => {
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' })
  const answer = await comeBack({ state, error: 'access_denied' })
  const landed = new URL(answer.headers.location as string)
  expect(landed.searchParams.get('status')).toBe('denied')
  expect((await comeBack({ state, code: 'x' })).statusCode).toBe(400)

  const again = await beginSquare()
  const page = await comeBack({ state: again.state, error: '<script>alert(1)</script>' })
  expect(page.body).not.toContain('<script>')
})

test('a redirect goes to the web and nowhere else', async () => {
  for (const redirectUrl of ['javascript:alert(1)', '/done', 'ftp://x', 'https://me:pw@x.example', 'x']) {
    const answer = await owner('POST', accountsOf(owner.brandId), { network: 'square', redirectUrl })
    expect([redirectUrl, answer.statusCode]).toEqual([redirectUrl, 400])
  }
})

test('a person who lost the permission between beginning and consent connects nothing', async () => {
  const member = await world.member(owner.workspaceId, ['accounts.connect'])
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' }, member)
  await world.ctx.db.deleteFrom('members').where('userId', '=', member.userId).execute()
  const answer = await comeBack({ state, code: 'the-code' })
  expect(new URL(answer.headers.location as string).searchParams.get('status')).toBe('failed')
  expect(script.calls).toEqual([])
})

test('a server of the account’s own is understood however it is typed, and a bad one is refused', async () => {
  const { authUrl } = await beginSquare({ settings: { instanceUrl: 'My.Instance.example/@me' } })
  expect(new URL(authUrl).origin).toBe('https://my.instance.example')
  const bad = await owner('POST', accountsOf(owner.brandId), {
    network: 'square',
    settings: { instanceUrl: 'ftp://x' },
  })
  expect(bad.json().error.details[0].path).toBe('settings.instanceUrl')
})

test('an app is registered once per server, kept sealed, and remembered by its accounts', async () => {
  let registrations = 0
  const connect = square.connect as OAuthConnect
  connect.registerApp = async () => {
    registrations++
    return { outcome: 'done', value: { clientId: `app-${registrations}`, clientSecret: 'hush-app-secret' } }
  }
  const settings = { instanceUrl: 'one.example' }
  const { authUrl, state } = await beginSquare({ settings })
  await beginSquare({ settings })
  expect(registrations).toBe(1)
  expect(new URL(authUrl).searchParams.get('client_id')).toBe('app-1')
  await beginSquare({ settings: { instanceUrl: 'two.example' } })
  expect(registrations).toBe(2)

  script.opens = { outcome: 'done', value: [outside('ada', { settings })] }
  await comeBack({ state, code: 'x' })
  const { data } = (await owner('GET', accountsOf(owner.brandId))).json()
  await owner('POST', `/api/v1/social-accounts/${data[0].id}/check`)
  expect(script.calls.at(-1)).toMatchObject({ what: 'probe', app: { clientId: 'app-1' } })
  expect(await databaseText()).not.toContain('hush-app-secret')

  // The server forgot our app: the next beginning registers it anew.
  script.opens = { outcome: 'failed', failure: failureOf('administrator') }
  const again = await beginSquare({ settings })
  await comeBack({ state: again.state, code: 'x' })
  expect(new URL((await beginSquare({ settings })).authUrl).searchParams.get('client_id')).toBe('app-3')
  connect.registerApp = undefined
})

test('a network whose app the operator has not set says what is missing, except in a sandbox', async () => {
  const appCredentials = world.ctx.appCredentials
  world.ctx.appCredentials = () => null
  try {
    const answer = await owner('POST', accountsOf(owner.brandId), { network: 'square' })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.message).toContain('SQUARE_CLIENT_ID')
    const listed = (await owner('GET', '/api/v1/networks')).json().data
    expect(listed.map((one: { id: string; configured: boolean }) => [one.id, one.configured])).toEqual([
      ['square', false],
      ['circle', true],
    ])
    await world.ctx.db.updateTable('workspaces').set({ mode: 'sandbox' }).execute()
    expect(new URL((await beginSquare()).authUrl).searchParams.get('client_id')).toBe('sandbox')
    const inSandbox = await owner('GET', `/api/v1/networks?workspaceId=${owner.workspaceId}`)
    expect(inSandbox.json().data[0]).toMatchObject({
      id: 'square',
      configured: true,
      connect: { kind: 'oauth', form: { type: 'object' } },
      limits: { text: { max: 500 } },
      options: { type: 'object' },
    })
  } finally {
    world.ctx.appCredentials = appCredentials
    await world.ctx.db.updateTable('workspaces').set({ mode: 'live' }).execute()
  }
})

// ---------------------------------------------------------------- choosing

async function beginChoosing(ids: string[]) {
  script.opens = { outcome: 'done', value: ids.map((id) => outside(id)) }
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' })
  const answer = await comeBack({ state, code: 'x' })
  const landed = new URL(answer.headers.location as string)
  expect(landed.searchParams.get('status')).toBe('choosing')
  return landed.searchParams.get('accountId') as string
}

test('one consent opened three pages: a person picks two, each becomes an account, the rest is forgotten', async () => {
  const id = await beginChoosing(['north', 'south', 'east'])
  const waiting = (await owner('GET', `/api/v1/social-accounts/${id}`)).json()
  expect(waiting.status).toBe('choosing')
  expect(waiting.choices.map((choice: { id: string }) => choice.id)).toEqual(['north', 'south', 'east'])
  expect(JSON.stringify(waiting)).not.toContain('hush')

  const strange = await owner('POST', `/api/v1/social-accounts/${id}/choose`, {
    choiceIds: ['north', 'west'],
  })
  expect(strange.json().error.details).toMatchObject([{ path: 'choiceIds[1]' }])

  const chosen = await owner('POST', `/api/v1/social-accounts/${id}/choose`, {
    choiceIds: ['north', 'east', 'north'],
  })
  expect(chosen.statusCode).toBe(200)
  expect(chosen.json().data).toMatchObject([
    { name: 'Name of north', status: 'active', tokenExpiresAt: '2030-01-01T00:00:00.000Z' },
    { name: 'Name of east', status: 'active' },
  ])
  expect((await owner('GET', accountsOf(owner.brandId))).json().data).toHaveLength(2)
  expect((await owner('GET', `/api/v1/social-accounts/${id}`)).statusCode).toBe(404)
})

test('while a choice is open nothing can be checked or reconnected, and it can be thrown away', async () => {
  const id = await beginChoosing(['north', 'south'])
  for (const verb of ['check', 'reconnect'])
    expect((await owner('POST', `/api/v1/social-accounts/${id}/${verb}`)).statusCode).toBe(400)
  expect((await owner('DELETE', `/api/v1/social-accounts/${id}`)).statusCode).toBe(204)
  expect((await owner('GET', accountsOf(owner.brandId))).json().data).toEqual([])
})

test('a page that is connected in another brand cannot be chosen here, and then none is', async () => {
  const brandId = await otherBrand('Corner shop')
  script.opens = { outcome: 'done', value: [outside('north')] }
  const there = await owner('POST', accountsOf(brandId), { network: 'square' })
  await comeBack({ state: there.json().state, code: 'x' })
  const id = await beginChoosing(['north', 'south'])
  const answer = await owner('POST', `/api/v1/social-accounts/${id}/choose`, {
    choiceIds: ['south', 'north'],
  })
  expect(answer.statusCode).toBe(409)
  expect(answer.json().error.message).toContain('"Corner shop"')
  expect((await owner('GET', accountsOf(owner.brandId))).json().data).toMatchObject([{ status: 'choosing' }])
})

test('a consent that opened nothing says so', async () => {
  script.opens = { outcome: 'done', value: [] }
  const { state } = await beginSquare()
  expect((await comeBack({ state, code: 'x' })).body).toContain('gave access to no account')
})

// ---------------------------------------------------------------- the other dialects' round trip

test('another dialect gets the code and the state at its own address and exchanges them itself', async () => {
  const content = { ...owner, ...(await actorIn('content')) }
  const begun = await connectAccount(world.ctx, content.actor, {
    brandId: owner.brandId,
    network: 'square',
    redirectUrl: 'https://gateway.example/back',
  })
  if (begun.outcome !== 'consent') throw new Error('Square has a consent page')
  const answer = await comeBack({ state: begun.state, code: 'the-code' })
  expect(answer.headers.location).toBe(`https://gateway.example/back?code=the-code&state=${begun.state}`)
  expect(script.calls).toEqual([])

  // Neither another dialect nor another tenant can use it.
  const { actor: oui } = await actorIn('oui-post')
  await expect(finishConnecting(world.ctx, oui, { state: begun.state, code: 'c' })).rejects.toMatchObject({
    rule: 'oauth_state',
  })
  const stranger = await world.stranger('dialects@example.com')
  const theirs = { ...content.actor, userId: stranger.userId }
  await expect(finishConnecting(world.ctx, theirs, { state: begun.state, code: 'c' })).rejects.toMatchObject({
    code: 'not_found',
  })

  script.opens = { outcome: 'done', value: [outside('north'), outside('south')] }
  const accounts = await finishConnecting(world.ctx, content.actor, { state: begun.state, code: 'c' })
  expect(accounts.map((account) => [account.externalId, account.state])).toEqual([
    ['north', 'active'],
    ['south', 'active'],
  ])
  await expect(
    finishConnecting(world.ctx, content.actor, { state: begun.state, code: 'c' }),
  ).rejects.toMatchObject({ rule: 'oauth_state' })
})

// ---------------------------------------------------------------- reconnecting and checking

/** A delivery of a post of its own, written straight into the tables. */
async function delivery(
  accountId: string,
  state: DeliveryState,
  more: { fenced?: boolean; postId?: string } = {},
) {
  const { ctx } = world
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const place = { workspaceId: owner.workspaceId }
  const postId = more.postId ?? ctx.newId()
  const id = ctx.newId()
  if (!more.postId)
    await ctx.db
      .insertInto('posts')
      .values({
        id: postId,
        ...place,
        brandId: owner.brandId,
        origin: 'mypost',
        text: 'Hello',
        status: 'draft',
        contentHash: Buffer.from('x'),
        ...at,
      })
      .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({
      id,
      ...place,
      postId,
      accountId,
      network: 'circle',
      position: 0,
      state,
      dueAt: ctx.clock.now(),
      wakeAt: state === 'scheduled' ? ctx.clock.now() : null,
      attempt: 3,
      fenced: more.fenced ?? false,
      ...(state === 'publishing' ? { leaseOwner: ctx.newId(), leaseUntil: ctx.clock.now() } : {}),
      ...at,
    })
    .execute()
  await refreshPostStatus(ctx.db, [postId], ctx.clock.now())
  return { id, postId }
}

const deliveryRow = (id: string) =>
  world.ctx.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst()
const postStatusOf = async (id: string) =>
  (await world.ctx.db.selectFrom('posts').select('status').where('id', '=', id).executeTakeFirstOrThrow())
    .status

test('an expired account comes back under its id, and what was held for it goes on', async () => {
  const account = await connectCircle()
  await world.ctx.db.updateTable('accounts').set({ state: 'expired' }).where('id', '=', account.id).execute()
  const held = await delivery(account.id, 'held')
  script.opens = { outcome: 'done', value: [outside('ada', { secret: { accessToken: 'hush-fresh' } })] }
  const answer = await owner('POST', `/api/v1/social-accounts/${account.id}/reconnect`, {
    credentials: password,
  })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json()).toMatchObject({ id: account.id, status: 'active', problem: null })
  expect(await deliveryRow(held.id)).toMatchObject({ state: 'scheduled' })
  await owner('POST', `/api/v1/social-accounts/${account.id}/check`)
  expect(script.calls.at(-1)).toMatchObject({ what: 'probe', secret: { accessToken: 'hush-fresh' } })
})

test('reconnecting by consent goes to the account’s own server and refuses another account by name', async () => {
  script.opens = {
    outcome: 'done',
    value: [outside('ada', { settings: { instanceUrl: 'https://own.example' } })],
  }
  const { state } = await beginSquare({ settings: { instanceUrl: 'own.example' } })
  await comeBack({ state, code: 'x' })
  const [account] = (await owner('GET', accountsOf(owner.brandId))).json().data
  const begin = async () => {
    const answer = await owner('POST', `/api/v1/social-accounts/${account.id}/reconnect`, {
      redirectUrl: 'https://app.example/',
    })
    expect(new URL(answer.json().authUrl).origin).toBe('https://own.example')
    return answer.json().state as string
  }
  script.opens = { outcome: 'done', value: [outside('bob'), outside('eve')] }
  const refused = new URL((await comeBack({ state: await begin(), code: 'x' })).headers.location as string)
  expect(Object.fromEntries(refused.searchParams)).toMatchObject({
    status: 'failed',
    error: 'different_account',
    message: expect.stringContaining(
      'This account is "Name of ada", but Square gave access to "Name of bob"',
    ),
  })
  expect((await owner('GET', accountsOf(owner.brandId))).json().data).toHaveLength(1)

  script.opens = { outcome: 'done', value: [outside('bob'), outside('ada', { name: 'Ada anew' })] }
  const landed = new URL((await comeBack({ state: await begin(), code: 'x' })).headers.location as string)
  expect(landed.searchParams.get('accountId')).toBe(account.id)
  expect((await owner('GET', `/api/v1/social-accounts/${account.id}`)).json().name).toBe('Ada anew')
})

test('a check brings the profile up to date; a dead credential expires the account; a blip changes nothing', async () => {
  const account = await connectCircle()
  const check = async () => (await owner('POST', `/api/v1/social-accounts/${account.id}/check`)).json()
  script.probes = { outcome: 'done', value: { ...outside('ada'), name: 'Ada Lovelace' } }
  expect(await check()).toMatchObject({ works: true, problem: null, account: { name: 'Ada Lovelace' } })

  script.probes = { outcome: 'failed', failure: failureOf('transient') }
  expect(await check()).toMatchObject({ works: false, account: { status: 'active' } })
  script.probes = { outcome: 'failed', failure: failureOf('rate_limited') }
  expect(await check()).toMatchObject({ works: false, account: { status: 'active', problem: null } })

  script.probes = { outcome: 'failed', failure: failureOf('reconnect') }
  expect(await check()).toMatchObject({
    works: false,
    account: { status: 'expired', problem: { message: 'It went wrong.', remedy: 'Mend it.' } },
  })
  await check()
  const held = await delivery(account.id, 'held')
  script.probes = { outcome: 'done', value: outside('ada') }
  expect(await check()).toMatchObject({ works: true, account: { status: 'active', problem: null } })
  expect(await deliveryRow(held.id)).toMatchObject({ state: 'scheduled' })
  expect((await eventsOf(account.id)).map((event) => event.type)).toEqual([
    'account.connected',
    'account.expired',
  ])
})

test('a check that was under way while the account was connected anew does not expire it', async () => {
  const account = await connectCircle()
  const probe = circle.probe
  circle.probe = async () => {
    world.clock.advance(1000)
    await connectCircle()
    return { outcome: 'failed', failure: failureOf('reconnect') }
  }
  const answer = await owner('POST', `/api/v1/social-accounts/${account.id}/check`)
  circle.probe = probe
  expect(answer.json().account.status).toBe('active')
})

// ---------------------------------------------------------------- disconnecting

test('disconnecting cancels what waited, keeps what is out, and forgets the credential', async () => {
  const account = await connectCircle()
  const other = await connectCircle('bob')
  const scheduled = await delivery(account.id, 'scheduled')
  const held = await delivery(account.id, 'held')
  const claimed = await delivery(account.id, 'publishing')
  const published = await delivery(account.id, 'published')
  const uncertain = await delivery(account.id, 'uncertain')
  const draft = await delivery(account.id, 'draft')
  const shared = await delivery(account.id, 'scheduled')
  const sharedElsewhere = await delivery(other.id, 'scheduled', { postId: shared.postId })

  const answer = await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  expect(answer.statusCode).toBe(204)
  expect(answer.headers['x-cancelled-posts']).toBe('4')
  expect(answer.headers['x-revocation']).toBe('revoked')
  for (const one of [scheduled, held, claimed, shared])
    expect(await deliveryRow(one.id)).toMatchObject({
      state: 'cancelled',
      attempt: 4,
      wakeAt: null,
      leaseOwner: null,
    })
  expect((await deliveryRow(published.id))?.state).toBe('published')
  expect((await deliveryRow(uncertain.id))?.state).toBe('uncertain')
  expect(await deliveryRow(draft.id)).toBeUndefined()
  expect((await deliveryRow(sharedElsewhere.id))?.state).toBe('scheduled')
  expect(await postStatusOf(scheduled.postId)).toBe('cancelled')
  expect(await postStatusOf(draft.postId)).toBe('draft')
  expect(await postStatusOf(shared.postId)).toBe('scheduled')
  expect(await postStatusOf(published.postId)).toBe('published')

  expect(script.calls.at(-1)).toMatchObject({ what: 'revoke', secret: { accessToken: 'hush-access-ada' } })
  const row = await world.ctx.db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', account.id)
    .executeTakeFirstOrThrow()
  expect(row).toMatchObject({ state: 'disconnected', secret: null, tokenExpiresAt: null })
  expect((await owner('GET', `/api/v1/social-accounts/${account.id}`)).statusCode).toBe(404)
  expect((await owner('DELETE', `/api/v1/social-accounts/${account.id}`)).statusCode).toBe(404)
  const story = await world.ctx.db
    .selectFrom('publishLog')
    .select('message')
    .where('deliveryId', '=', scheduled.id)
    .executeTakeFirstOrThrow()
  expect(story.message).toBe('Not published: the account Name of ada was disconnected.')
})

test('queues and recurrences forget a disconnected account; what is left without one stops', async () => {
  const { ctx } = world
  const account = await connectCircle()
  const other = await connectCircle('bob')
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const place = { workspaceId: owner.workspaceId, brandId: owner.brandId }
  const queueId = ctx.newId()
  await ctx.db
    .insertInto('queues')
    .values({ id: queueId, ...place, name: 'Mornings', timezone: 'UTC', ...at })
    .execute()
  const slots = { alone: [account.id], both: [account.id, other.id], network: ['circle'], any: [] }
  for (const [index, targets] of Object.values(slots).entries())
    await ctx.db
      .insertInto('queueSlots')
      .values({
        id: ctx.newId(),
        workspaceId: owner.workspaceId,
        queueId,
        weekday: 1,
        localTime: '09:00',
        targets,
        position: index,
      })
      .execute()
  const recurrence = async (targetAccountIds: string[]) => {
    const id = ctx.newId()
    await ctx.db
      .insertInto('recurrences')
      .values({
        id,
        ...place,
        name: 'Weekly',
        cron: '0 9 * * 1',
        timezone: 'UTC',
        template: '{}',
        targetAccountIds,
        autoSchedule: true,
        status: 'active',
        ...at,
      })
      .execute()
    return id
  }
  const lonely = await recurrence([account.id])
  const shared = await recurrence([other.id, account.id])

  await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  const left = await ctx.db.selectFrom('queueSlots').select('targets').orderBy('position').execute()
  expect(left.map((slot) => slot.targets)).toEqual([[other.id], ['circle'], []])
  const recurrenceRow = (id: string) =>
    ctx.db.selectFrom('recurrences').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(await recurrenceRow(lonely)).toMatchObject({ status: 'paused', targetAccountIds: [] })
  expect(await recurrenceRow(shared)).toMatchObject({ status: 'active', targetAccountIds: [other.id] })
})

test('a write under way settles first, and only then is the credential revoked', async () => {
  const account = await connectCircle()
  const open = await delivery(account.id, 'publishing', { fenced: true })
  const answer = await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  expect(answer.headers['x-revocation']).toBe('later')
  expect(await deliveryRow(open.id)).toMatchObject({ state: 'publishing', attempt: 3 })
  expect(script.calls.map((call) => call.what)).toEqual(['open'])
  await finishDisconnecting(world.ctx, account.id)
  expect(script.calls.map((call) => call.what)).toEqual(['open'])

  // It went wrong and would be tried again: there is no account any more to try it with.
  await world.ctx.db
    .updateTable('deliveries')
    .set({
      state: 'scheduled',
      fenced: false,
      leaseOwner: null,
      leaseUntil: null,
      wakeAt: world.ctx.clock.now(),
    })
    .where('id', '=', open.id)
    .execute()
  await finishDisconnecting(world.ctx, account.id)
  expect((await deliveryRow(open.id))?.state).toBe('cancelled')
  expect(script.calls.map((call) => call.what)).toEqual(['open', 'revoke'])
  await finishDisconnecting(world.ctx, account.id)
  expect(script.calls).toHaveLength(2)
})

test('a network that does not take the credential back is reported; it is gone here all the same', async () => {
  const account = await connectCircle()
  script.revokes = { outcome: 'failed', failure: failureOf('transient') }
  const answer = await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  expect([answer.statusCode, answer.headers['x-revocation']]).toEqual([204, 'failed'])
  expect(await sealedSecretOf(account.id)).toBeNull()
})

test('a process that died before it revoked leaves a chore that does', async () => {
  const account = await connectCircle()
  script.whileRevoking = async () => {
    throw new Error('the process dies here')
  }
  expect((await owner('DELETE', `/api/v1/social-accounts/${account.id}`)).statusCode).toBe(500)
  script.whileRevoking = async () => undefined
  const { rows } = await sql<{ payload: { accountId: string } }>`
    select payload from graphile_worker._private_jobs where key = ${`revoke_credential:${account.id}`}`.execute(
    world.ctx.db,
  )
  expect(rows).toEqual([{ payload: { accountId: account.id } }])
  await finishDisconnecting(world.ctx, account.id)
  expect(await sealedSecretOf(account.id)).toBeNull()
})

test('the same outside account connected again is the same account, in whichever brand it is now', async () => {
  const account = await connectCircle()
  await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  const brandId = await otherBrand('Second home')
  const revived = await connectCircle('ada', owner, brandId)
  expect(revived).toMatchObject({ id: account.id, brandId, status: 'active' })
  expect((await eventsOf(account.id)).map((event) => event.type)).toEqual([
    'account.connected',
    'account.disconnected',
    'account.connected',
  ])
  // The chore of the first time finds an account that is back, and leaves it alone.
  await finishDisconnecting(world.ctx, account.id)
  expect(await sealedSecretOf(account.id)).not.toBeNull()
})

// ---------------------------------------------------------------- who may, and what is never seen

test('each verb needs its permission, and the permission is enough', async () => {
  const account = await connectCircle()
  const connects = await world.member(owner.workspaceId, ['accounts.connect'])
  const disconnects = await world.member(owner.workspaceId, ['accounts.disconnect'])
  const looks = await world.member(owner.workspaceId, [])
  script.opens = { outcome: 'done', value: [outside('ada')] }
  const verbs = [
    ['POST', accountsOf(owner.brandId), { network: 'circle', credentials: password }],
    ['POST', `/api/v1/social-accounts/${account.id}/reconnect`, { credentials: password }],
    ['POST', `/api/v1/social-accounts/${account.id}/check`, undefined],
  ] as const
  for (const [method, url, body] of verbs) {
    expect([url, (await disconnects(method, url, body)).statusCode]).toEqual([url, 403])
    expect([url, (await looks(method, url, body)).statusCode]).toEqual([url, 403])
    expect([url, (await connects(method, url, body)).statusCode]).toEqual([
      url,
      method === 'POST' && url === accountsOf(owner.brandId) ? 201 : 200,
    ])
  }
  const choosing = await beginChoosing(['north', 'south'])
  const choose = `/api/v1/social-accounts/${choosing}/choose`
  expect((await disconnects('POST', choose, { choiceIds: ['north'] })).statusCode).toBe(403)
  expect((await connects('POST', choose, { choiceIds: ['north'] })).statusCode).toBe(200)

  for (const url of [accountsOf(owner.brandId), `/api/v1/social-accounts/${account.id}`])
    expect((await looks('GET', url)).statusCode).toBe(200)
  const remove = `/api/v1/social-accounts/${account.id}`
  expect((await connects('DELETE', remove)).statusCode).toBe(403)
  expect((await disconnects('DELETE', remove)).statusCode).toBe(204)
  expect((await world.app.inject(remove)).statusCode).toBe(401)
})

test('nothing secret stands in the clear in any answer or anywhere in the database', async () => {
  const bodies: string[] = []
  const account = await connectCircle()
  await connectSquare('zoe')
  const choosing = await beginChoosing(['north', 'south'])
  for (const [method, url] of [
    ['GET', accountsOf(owner.brandId)],
    ['GET', `/api/v1/social-accounts/${account.id}`],
    ['GET', `/api/v1/social-accounts/${choosing}`],
    ['POST', `/api/v1/social-accounts/${account.id}/check`],
    ['DELETE', `/api/v1/social-accounts/${account.id}`],
  ] as const) {
    const answer = await owner(method, url)
    bodies.push(answer.body + JSON.stringify(answer.headers))
  }
  expect(bodies.join()).not.toContain('hush')
  const { state } = await beginSquare()
  const text = await databaseText()
  expect(text).toContain('Name of ada')
  expect(text).not.toContain('hush')
  expect(text).not.toContain(state)
})

const failureOf = (kind: Failure['class']): Failure => ({
  class: kind,
  rule: 'scripted.failure',
  message: 'It went wrong.',
  remedy: 'Mend it.',
})

async function sealedSecretOf(id: string) {
  const row = await world.ctx.db
    .selectFrom('accounts')
    .select('secret')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.secret
}

async function actorIn(dialect: 'content' | 'oui-post') {
  const actor: UserActor = {
    kind: 'user',
    userId: owner.userId,
    sessionId: 'test',
    isInstanceAdmin: false,
    dialect,
    requestId: 'req_test',
  }
  return { actor }
}

/** Every row of every table as text, bytes in the clear. */
async function databaseText(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`.execute(world.ctx.db)
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.raw(name)}`.execute(world.ctx.db)
    for (const row of rows)
      for (const value of Object.values(row))
        texts.push(Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value))
  }
  return texts.join('\n')
}
