import { expect, test } from 'vitest'
import {
  accountsOf,
  actorIn,
  beginSquare,
  comeBack,
  connectCircle,
  databaseText,
  eventsOf,
  failureOf,
  otherBrand,
  owner,
  password,
  script,
  square,
  world,
} from '../../test/account-world.ts'
import { outside } from '../../test/scripted-network.ts'
import type { OAuthConnect } from '../networks/network.ts'
import { connectAccount } from './connect-account.ts'
import { finishConnecting } from './finish-connecting.ts'

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
