import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Logger, runTaskListOnce } from 'graphile-worker'
import pg from 'pg'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { type Tenant, testTenant } from '../../test/tenant.ts'
import { retryWaitsMs } from '../domain/webhook-event.ts'
import { closedPolicy } from '../net/address-policy.ts'
import { createHttp } from '../net/http.ts'
import { createWebhook } from '../operations/create-webhook.ts'
import { listWebhookDeliveries } from '../operations/list-webhook-deliveries.ts'
import { replayWebhookDelivery, replayWebhooksSince } from '../operations/replay-webhook.ts'
import { testWebhook } from '../operations/test-webhook.ts'
import { updateWebhook } from '../operations/update-webhook.ts'
import { recordEvents } from '../storage/events.ts'
import { findWebhookEndpoint } from '../storage/webhooks.ts'
import { deliverWebhook } from './deliver-webhook.ts'

const world = await testContext()
const { ctx, clock } = world
const received: { headers: Record<string, string>; body: string }[] = []
let answerWith = 200
let tenant: Tenant

const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  received.push({
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks).toString(),
  })
  response.writeHead(answerWith).end('thanks')
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
})
beforeEach(async () => {
  received.length = 0
  answerWith = 200
  tenant = await testTenant(ctx)
})
afterAll(async () => {
  receiver.close()
  await world.close()
})

const secret = 'your-signing-secret'
const subscribe = (events = ['post.published', 'post.failed']) =>
  createWebhook(ctx, tenant.actor, {
    workspaceId: tenant.workspaceId,
    dialect: 'mypost',
    url,
    events,
    secret,
  })

async function happen(type: string, data: Record<string, unknown> = {}) {
  const id = ctx.newId()
  await ctx.db
    .transaction()
    .execute((tx) =>
      recordEvents(tx, tenant.actor, ctx.clock.now(), [
        { id, workspaceId: tenant.workspaceId, type, resourceType: 'post', resourceId: ctx.newId(), data },
      ]),
    )
  return id
}

/** Runs the chores that are due, as the engine's worker would. */
async function runChores() {
  const pool = new pg.Pool({ connectionString: world.connectionString, max: 1 })
  const client = await pool.connect()
  const sender = { ...ctx, random: () => 0 }
  try {
    await runTaskListOnce(
      { logger: new Logger(() => () => undefined) },
      {
        deliver_webhook: (payload) => deliverWebhook(sender, (payload as { deliveryId: string }).deliveryId),
      },
      client,
    )
  } finally {
    client.release()
    await pool.end()
  }
}

const logOf = async (id: string) => (await listWebhookDeliveries(ctx, tenant.actor, { id, limit: 50 })).items

test('an event reaches the endpoint with the documented body and a signature the receiver can verify', async () => {
  await subscribe()
  const data = { postId: ctx.newId(), brandId: tenant.brandId, publishedAt: '2026-01-01T12:00:00Z' }
  const eventId = await happen('post.published', data)
  await runChores()
  expect(received).toHaveLength(1)
  const [{ headers, body }] = received as [(typeof received)[0]]
  const verified = new Webhook(secret, { format: 'raw' }).verify(body, headers) as Record<string, unknown>
  expect(verified).toEqual({ event: 'post.published', timestamp: expect.any(String), data })
  expect(headers['webhook-id']).toBe(eventId)
})

test('an event nobody asked for, and one of another workspace, go nowhere', async () => {
  await subscribe(['post.failed'])
  await happen('post.published')
  tenant = await testTenant(ctx)
  await happen('post.failed')
  await runChores()
  expect(received).toEqual([])
})

test('an event whose transaction is rolled back is never sent', async () => {
  await subscribe()
  await expect(
    ctx.db.transaction().execute(async (tx) => {
      await recordEvents(tx, tenant.actor, ctx.clock.now(), [
        {
          id: ctx.newId(),
          workspaceId: tenant.workspaceId,
          type: 'post.failed',
          resourceType: 'post',
          resourceId: 'x',
        },
      ])
      throw new Error('changed our mind')
    }),
  ).rejects.toThrow('changed our mind')
  await runChores()
  expect(received).toEqual([])
})

test('a failed send is planned again over three days, then given up, and the endpoint is switched off with a reason', async () => {
  const { id } = await subscribe()
  await happen('post.published')
  answerWith = 500
  await runChores()
  for (const [index, wait] of retryWaitsMs.entries()) {
    const [delivery] = await logOf(id)
    expect(delivery).toMatchObject({ state: 'queued', tries: index + 1, responseStatus: 500 })
    expect(delivery?.nextTryAt?.getTime()).toBeGreaterThan(clock.now().getTime() + wait - 60_000)
    clock.advance(wait)
    const sender = { ...ctx, random: () => 0 }
    await deliverWebhook(sender, delivery?.id as string)
  }
  const [last] = await logOf(id)
  expect(last).toMatchObject({ state: 'failed', tries: retryWaitsMs.length + 1, nextTryAt: null })
  const endpoint = await findWebhookEndpoint(ctx.db, id)
  expect(endpoint).toMatchObject({
    isActive: false,
    disabledReason: 'The receiver has accepted nothing for three days.',
  })
  const disabled = await ctx.db.selectFrom('events').select('type').where('resourceId', '=', id).execute()
  expect(disabled.map((event) => event.type)).toContain('webhook.disabled')
})

test('410 Gone switches the endpoint off at once', async () => {
  const { id } = await subscribe()
  await happen('post.published')
  answerWith = 410
  await runChores()
  expect(await findWebhookEndpoint(ctx.db, id)).toMatchObject({ isActive: false })
})

test('one send, or all since an instant, can be replayed under the same webhook-id', async () => {
  const { id } = await subscribe()
  const since = ctx.clock.now()
  const first = await happen('post.published', { n: 1 })
  const second = await happen('post.failed', { n: 2 })
  await runChores()
  const [newest] = await logOf(id)
  await replayWebhookDelivery(ctx, tenant.actor, { id, deliveryId: newest?.id as string })
  await runChores()
  expect(received.map((one) => one.headers['webhook-id'])).toEqual([first, second, second])
  expect(await replayWebhooksSince(ctx, tenant.actor, { id, since })).toEqual({ queued: 2, nextSince: null })
  await runChores()
  expect(received.slice(3).map((one) => JSON.parse(one.body).data.n)).toEqual([1, 2])
})

test('a gap that is too long for one replay goes on where the first one ended', async () => {
  const { id } = await subscribe()
  const since = ctx.clock.now()
  for (let n = 1; n <= 5; n++) {
    await happen('post.published', { n })
    clock.advance(1000)
  }
  await runChores()
  received.length = 0
  let from: Date | null = since
  for (let calls = 0; from && calls < 10; calls++)
    from = (await replayWebhooksSince(ctx, tenant.actor, { id, since: from }, 2)).nextSince
  expect(from).toBeNull()
  await runChores()
  const seen = received.map((one) => JSON.parse(one.body).data.n)
  expect([...new Set(seen)]).toEqual([1, 2, 3, 4, 5])
})

test('what waited when a webhook was switched off goes out when it is switched on again', async () => {
  const { id } = await subscribe()
  const eventId = await happen('post.published')
  await updateWebhook(ctx, tenant.actor, { id, active: false })
  await runChores()
  expect(received).toEqual([])
  expect(await logOf(id)).toMatchObject([{ state: 'queued', tries: 0 }])
  await updateWebhook(ctx, tenant.actor, { id, active: true })
  await runChores()
  expect(received.map((one) => one.headers['webhook-id'])).toEqual([eventId])
  expect(await logOf(id)).toMatchObject([{ state: 'delivered', tries: 1 }])
})

test('a new secret signs beside the old one for a day, then alone', async () => {
  const { id } = await subscribe()
  await updateWebhook(ctx, tenant.actor, { id, secret: 'the-next-signing-secret' })
  const verify = (key: string) => {
    const { body, headers } = received.at(-1) as (typeof received)[0]
    return new Webhook(key, { format: 'raw' }).sign(
      headers['webhook-id'] as string,
      new Date(Number(headers['webhook-timestamp']) * 1000),
      body,
    )
  }
  await testWebhook(ctx, tenant.actor, { id })
  await runChores()
  const both = received.at(-1)?.headers['webhook-signature']?.split(' ')
  expect(both).toEqual([verify('the-next-signing-secret'), verify(secret)])
  clock.advance(25 * 60 * 60 * 1000)
  await testWebhook(ctx, tenant.actor, { id })
  const [queued] = await logOf(id)
  await deliverWebhook({ ...ctx, random: () => 0 }, queued?.id as string)
  expect(received.at(-1)?.headers['webhook-signature']).toBe(verify('the-next-signing-secret'))
})

test('private addresses are refused when entered, and when a name turns private later, by the sender itself', async () => {
  const strict = {
    ...ctx,
    settings: { ...ctx.settings, webhookAddresses: closedPolicy },
    http: createHttp(closedPolicy),
  }
  const input = {
    workspaceId: tenant.workspaceId,
    dialect: 'mypost' as const,
    events: ['post.failed'],
    secret,
  }
  for (const bad of [
    'http://127.0.0.1/x',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost/',
    'ftp://example.com',
    'nonsense',
  ])
    await expect(createWebhook(strict, tenant.actor, { ...input, url: bad })).rejects.toMatchObject({
      code: 'invalid',
      issues: [{ path: 'url' }],
    })
  const { id } = await subscribe(['post.failed'])
  await happen('post.failed')
  const [delivery] = await logOf(id)
  await deliverWebhook({ ...strict, random: () => 0 }, delivery?.id as string)
  expect(received).toEqual([])
  expect((await logOf(id))[0]?.error).toContain('private')
})

test('only a member with workspace.settings manages webhooks; to another tenant they do not exist', async () => {
  const { id } = await subscribe()
  const other = await testTenant(ctx)
  await expect(listWebhookDeliveries(ctx, other.actor, { id, limit: 5 })).rejects.toMatchObject({
    code: 'not_found',
  })
  const plain = await testTenant(ctx, { permissions: ['posts.create'] })
  await expect(
    createWebhook(ctx, plain.actor, {
      workspaceId: plain.workspaceId,
      dialect: 'mypost',
      url,
      events: ['post.failed'],
      secret,
    }),
  ).rejects.toMatchObject({ code: 'forbidden' })
})
