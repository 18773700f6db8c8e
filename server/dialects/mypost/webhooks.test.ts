import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const body = {
  url: 'https://your-server.example/webhook',
  events: ['post.published', 'post.failed'],
  secret: 'your-signing-secret',
}

test('subscribing as documented answers 201 without the secret, and the list shows it', async () => {
  const created = await server.owner('POST', '/api/v1/webhooks', body)
  expect(created.statusCode).toBe(201)
  expect(created.json()).toEqual({
    id: expect.any(String),
    workspaceId: server.owner.workspaceId,
    url: body.url,
    events: body.events,
    active: true,
    disabledReason: null,
    lastTriggeredAt: null,
    createdAt: expect.stringMatching(/Z$/),
  })
  const list = await server.owner('GET', '/api/v1/webhooks')
  expect(list.json().data).toEqual([created.json()])
})

test('an unknown event and a wrong address are told with their paths, both at once', async () => {
  const answer = await server.owner('POST', '/api/v1/webhooks', {
    ...body,
    url: 'ftp://x',
    events: ['post.liked'],
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error.details.map((detail: { path: string }) => detail.path)).toEqual([
    'url',
    'events[0]',
  ])
})

test('a test send is queued and shows in the log; changing, replaying and deleting work', async () => {
  const { id } = (await server.owner('POST', '/api/v1/webhooks', body)).json()
  expect((await server.owner('POST', `/api/v1/webhooks/${id}/test`)).statusCode).toBe(202)
  const log = (await server.owner('GET', `/api/v1/webhooks/${id}/deliveries?limit=1`)).json()
  expect(log).toMatchObject({
    data: [{ event: 'webhook.test', state: 'queued', tries: 0 }],
    page: { nextCursor: null },
  })
  const off = await server.owner('PATCH', `/api/v1/webhooks/${id}`, { active: false })
  expect(off.json()).toMatchObject({ active: false, disabledReason: 'Switched off by a member.' })
  expect((await server.owner('POST', `/api/v1/webhooks/${id}/test`)).statusCode).toBe(400)
  await server.owner('PATCH', `/api/v1/webhooks/${id}`, { active: true })
  const again = await server.owner('POST', `/api/v1/webhooks/${id}/deliveries/${log.data[0].id}/replay`)
  expect(again.json()).toMatchObject({ eventId: log.data[0].eventId, state: 'queued' })
  const since = await server.owner('POST', `/api/v1/webhooks/${id}/replay`, { since: '2020-01-01T00:00:00Z' })
  expect(since.json()).toEqual({ queued: 0, nextSince: null })
  expect((await server.owner('DELETE', `/api/v1/webhooks/${id}`)).statusCode).toBe(204)
  expect((await server.owner('DELETE', `/api/v1/webhooks/${id}`)).statusCode).toBe(404)
})

test('to another tenant a webhook does not exist, by any verb', async () => {
  const { id } = (await server.owner('POST', '/api/v1/webhooks', body)).json()
  const other = await server.stranger()
  for (const [method, path, payload] of [
    ['PATCH', '', { active: false }],
    ['DELETE', '', undefined],
    ['POST', '/test', undefined],
    ['GET', '/deliveries', undefined],
    ['POST', '/replay', { since: '2020-01-01T00:00:00Z' }],
  ] as const)
    expect((await other(method, `/api/v1/webhooks/${id}${path}`, payload)).statusCode).toBe(404)
  expect((await other('GET', `/api/v1/webhooks?workspaceId=${server.owner.workspaceId}`)).statusCode).toBe(
    404,
  )
})
