import { expect, test } from 'vitest'
import {
  accountsOf,
  beginChoosing,
  beginSquare,
  connectCircle,
  connectSquare,
  databaseText,
  owner,
  password,
  script,
  world,
} from '../../test/account-world.ts'
import { outside } from '../../test/scripted-network.ts'

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
