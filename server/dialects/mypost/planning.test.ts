import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
let url: string
beforeAll(async () => {
  server = await testApp()
  url = `/api/v1/workspaces/${server.owner.workspaceId}`
})
afterAll(() => server.close())

test('a campaign is made, changed, and put away; it belongs to its workspace', async () => {
  const { owner } = server
  const made = await owner('POST', `${url}/campaigns`, {
    name: 'Launch',
    startDate: '2026-03-01',
    endDate: '2026-03-31',
  })
  expect(made.statusCode, made.body).toBe(201)
  const campaign = made.json()
  expect(campaign).toMatchObject({ name: 'Launch', status: 'active', posts: 0, color: null })
  const at = `${url}/campaigns/${campaign.id}`
  expect((await owner('PATCH', at, { endDate: '2026-02-01' })).statusCode).toBe(400)
  expect((await owner('PATCH', at, { endDate: '2026-04-30' })).json()).toMatchObject({
    endDate: '2026-04-30',
  })
  expect((await owner('GET', `${url}/campaigns`)).json()).toMatchObject({
    total: 1,
    data: [{ id: campaign.id }],
  })
  const elsewhere = (await owner('POST', '/api/v1/workspaces', { name: 'Second' })).json().id
  const wrong = await owner('PATCH', `/api/v1/workspaces/${elsewhere}/campaigns/${campaign.id}`, {
    name: 'X',
  })
  expect(wrong.statusCode).toBe(404)
  expect((await owner('PATCH', at, { status: 'archived' })).statusCode).toBe(200)
  expect((await owner('GET', `${url}/campaigns`)).json()).toEqual({ data: [], total: 0 })
})

test('labels have names of their own, and belong to their workspace', async () => {
  const { owner } = server
  const made = await owner('POST', `${url}/labels`, { name: 'Product', color: '#4ECDC4' })
  expect(made.statusCode, made.body).toBe(201)
  const label = made.json()
  const twice = await owner('POST', `${url}/labels`, { name: 'PRODUCT' })
  expect(twice.statusCode).toBe(409)
  expect(twice.json().error.code).toBe('CONFLICT')
  expect((await owner('PATCH', `${url}/labels/${label.id}`, { color: null })).json()).toEqual({
    ...label,
    color: null,
  })
  expect((await owner('GET', `${url}/labels`)).json()).toEqual({ data: [{ ...label, color: null }] })
  const stranger = await server.stranger()
  const foreign = `/api/v1/workspaces/${stranger.workspaceId}/labels/${label.id}`
  expect((await stranger('DELETE', foreign)).statusCode).toBe(404)
  expect((await owner('DELETE', `${url}/labels/${label.id}`)).statusCode).toBe(204)
  expect((await owner('DELETE', `${url}/labels/${label.id}`)).statusCode).toBe(404)
})
