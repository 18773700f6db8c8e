import { expect, test } from 'vitest'
import {
  accountsOf,
  beginChoosing,
  beginSquare,
  comeBack,
  otherBrand,
  owner,
  script,
} from '../../test/account-world.ts'
import { outside } from '../../test/scripted-network.ts'

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
