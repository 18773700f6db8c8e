import { expect, test } from 'vitest'
import {
  accountsOf,
  beginSquare,
  circle,
  comeBack,
  connectCircle,
  delivery,
  deliveryRow,
  eventsOf,
  failureOf,
  owner,
  password,
  script,
  world,
} from '../../test/account-world.ts'
import { outside } from '../../test/scripted-network.ts'

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
