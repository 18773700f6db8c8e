import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'
import { documentedRoutes } from '../../../test/route-walk.ts'
import { outside, scriptedNetworks } from '../../../test/scripted-network.ts'

/** Walks every address of the native dialect that changes something, and looks for what the audit log says of it. */

const { script, square, circle } = scriptedNetworks()
const removable = { ...circle, remove: async () => ({ outcome: 'done', value: null }) as const }
let world: Awaited<ReturnType<typeof testPosting>>
let at: string
beforeAll(async () => {
  world = await testPosting([square, removable])
  at = `/api/v1/workspaces/${world.owner.workspaceId}`
})
afterAll(() => world.close())

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** Sends the last request once more, with its Idempotency-Key. */
let repeat: () => Promise<LightMyRequestResponse>
const ask = async (method: Method | 'GET', url: string, body?: unknown, more: InjectOptions = {}) => {
  const idempotencyKey = method === 'POST' ? { 'idempotency-key': world.ctx.newId() } : {}
  const headers = { 'user-agent': 'a browser', ...idempotencyKey, ...more.headers }
  repeat = () => world.owner(method, url, body, { ...more, headers })
  const answer = await repeat()
  if (answer.statusCode >= 400) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body}`)
  return answer
}
const idOf = async (asked: Promise<LightMyRequestResponse>): Promise<string> => (await asked).json().id
const brand = (name = 'x') => idOf(ask('POST', `${at}/brands`, { name }))
const post = (more: object = {}) =>
  idOf(ask('POST', `/api/v1/brands/${world.owner.brandId}/posts`, { content: 'x', ...more }))
const toAccount = async () => ({ targetAccountIds: [await world.addAccount('circle')] })
const scheduled = async () => post({ ...(await toAccount()), scheduledAt: world.inAnHour() })
const role = () => idOf(ask('POST', `${at}/roles`, { name: world.ctx.newId(), permissions: [] }))
const label = () => idOf(ask('POST', `${at}/labels`, { name: world.ctx.newId(), color: '#4ECDC4' }))
const campaign = () => idOf(ask('POST', `${at}/campaigns`, { name: 'x' }))
const hook = { url: 'https://example.com/hook', events: ['post.published'], secret: 'a-signing-secret' }
const webhook = () => idOf(ask('POST', '/api/v1/webhooks', { ...hook, workspaceId: world.owner.workspaceId }))
const submitted = async () =>
  idOf(ask('POST', `/api/v1/posts/${await post(await toAccount())}/submit-for-approval`))
const credentials = { identifier: 'ada', appPassword: 'secret' }
const recurrence = async () =>
  idOf(
    ask('POST', `/api/v1/brands/${world.owner.brandId}/recurrences`, {
      ...{ name: 'x', cron: '0 9 * * *', timezone: 'UTC', template: { content: 'x' }, autoSchedule: true },
      ...(await toAccount()),
    }),
  )
/** A post with one delivery in this state; the delivery's id. */
async function delivery(state: 'failed' | 'uncertain' | 'published'): Promise<string> {
  const id = await post(await toAccount())
  await world.setDeliveries(id, state, { externalId: 'x', url: 'https://circle.example/x' })
  return (await world.deliveriesOf(id))[0]?.id ?? ''
}

/** Each address with what is asked there and the one event that tells of it. */
const changes: Record<string, [event: string, () => Promise<LightMyRequestResponse>]> = {
  'POST /api/v1/workspaces': [
    'workspace.created',
    () => ask('POST', '/api/v1/workspaces', { name: 'Second' }),
  ],
  'PATCH /api/v1/workspaces/{id}': ['workspace.updated', () => ask('PATCH', at, { name: 'Renamed' })],
  'POST /api/v1/workspaces/{workspaceId}/brands': [
    'brand.created',
    () => ask('POST', `${at}/brands`, { name: 'x' }),
  ],
  'PATCH /api/v1/brands/{id}': [
    'brand.updated',
    async () => ask('PATCH', `/api/v1/brands/${await brand()}`, { name: 'y' }),
  ],
  'DELETE /api/v1/brands/{id}': [
    'brand.deleted',
    async () => ask('DELETE', `/api/v1/brands/${await brand()}`),
  ],
  'POST /api/v1/brands/{brandId}/social-accounts': [
    'account.connected',
    () => {
      script.opens = { outcome: 'done', value: [outside('new')] }
      return ask('POST', `/api/v1/brands/${world.owner.brandId}/social-accounts`, {
        network: 'circle',
        credentials,
      })
    },
  ],
  'POST /api/v1/social-accounts/{id}/reconnect': [
    'account.reconnected',
    async () => {
      const id = await world.addAccount('circle')
      script.opens = { outcome: 'done', value: [outside(id)] }
      return ask('POST', `/api/v1/social-accounts/${id}/reconnect`, { credentials })
    },
  ],
  'DELETE /api/v1/social-accounts/{id}': [
    'account.disconnected',
    async () => ask('DELETE', `/api/v1/social-accounts/${await world.addAccount('circle')}`),
  ],
  'POST /api/v1/brands/{brandId}/posts': [
    'post.created',
    () => ask('POST', `/api/v1/brands/${world.owner.brandId}/posts`, { content: 'x' }),
  ],
  'POST /api/v1/brands/{brandId}/posts/bulk': [
    'post.created',
    () => ask('POST', `/api/v1/brands/${world.owner.brandId}/posts/bulk`, { posts: [{ content: 'x' }] }),
  ],
  'POST /api/v1/brands/{brandId}/posts/import': [
    'post.created',
    () =>
      ask('POST', `/api/v1/brands/${world.owner.brandId}/posts/import`, undefined, {
        headers: { 'content-type': 'text/csv' },
        payload: 'content\nHello\n',
      }),
  ],
  'PATCH /api/v1/posts/{id}': [
    'post.updated',
    async () => ask('PATCH', `/api/v1/posts/${await post()}`, { content: 'y' }),
  ],
  'DELETE /api/v1/posts/{id}': ['post.deleted', async () => ask('DELETE', `/api/v1/posts/${await post()}`)],
  'POST /api/v1/posts/{id}/schedule': [
    'post.scheduled',
    async () =>
      ask('POST', `/api/v1/posts/${await post(await toAccount())}/schedule`, {
        scheduledAt: world.inAnHour(),
      }),
  ],
  'POST /api/v1/posts/{id}/publish': [
    'post.publish_requested',
    async () => ask('POST', `/api/v1/posts/${await post(await toAccount())}/publish`),
  ],
  'POST /api/v1/posts/{id}/cancel': [
    'post.cancelled',
    async () => ask('POST', `/api/v1/posts/${await scheduled()}/cancel`),
  ],
  'POST /api/v1/posts/{id}/submit-for-approval': [
    'approval.requested',
    async () => ask('POST', `/api/v1/posts/${await post(await toAccount())}/submit-for-approval`),
  ],
  'POST /api/v1/approvals/{id}/approve': [
    'approval.decided',
    async () => ask('POST', `/api/v1/approvals/${await submitted()}/approve`),
  ],
  'POST /api/v1/approvals/{id}/reject': [
    'approval.decided',
    async () =>
      ask('POST', `/api/v1/approvals/${await submitted()}/reject`, { reason: 'Please revise the hashtags' }),
  ],
  'POST /api/v1/deliveries/{id}/retry': [
    'post.retry_requested',
    async () => ask('POST', `/api/v1/deliveries/${await delivery('failed')}/retry`),
  ],
  'POST /api/v1/deliveries/{id}/resolve': [
    'post.delivery_resolved',
    async () =>
      ask('POST', `/api/v1/deliveries/${await delivery('uncertain')}/resolve`, { outcome: 'not_published' }),
  ],
  'POST /api/v1/deliveries/{id}/remove': [
    'post.removed',
    async () => ask('POST', `/api/v1/deliveries/${await delivery('published')}/remove`),
  ],
  'PATCH /api/v1/media/{id}': [
    'media.updated',
    async () => ask('PATCH', `/api/v1/media/${await world.addMedia()}`, { altText: 'A picture' }),
  ],
  'DELETE /api/v1/media/{id}': [
    'media.deleted',
    async () => ask('DELETE', `/api/v1/media/${await world.addMedia()}`),
  ],
  'POST /api/v1/workspaces/{workspaceId}/roles': [
    'role.created',
    () => ask('POST', `${at}/roles`, { name: 'x', permissions: [] }),
  ],
  'PATCH /api/v1/workspaces/{workspaceId}/roles/{roleId}': [
    'role.updated',
    async () => ask('PATCH', `${at}/roles/${await role()}`, { permissions: ['posts.create'] }),
  ],
  'DELETE /api/v1/workspaces/{workspaceId}/roles/{roleId}': [
    'role.deleted',
    async () => ask('DELETE', `${at}/roles/${await role()}`),
  ],
  'POST /api/v1/workspaces/{workspaceId}/users/invite': [
    'user.invited',
    async () => ask('POST', `${at}/users/invite`, { email: 'new@example.com', roleId: await role() }),
  ],
  'PATCH /api/v1/workspaces/{workspaceId}/users/{userId}': [
    'member.updated',
    async () => {
      const { userId } = await world.member(world.owner.workspaceId, [])
      return ask('PATCH', `${at}/users/${userId}`, { roleId: await role() })
    },
  ],
  'DELETE /api/v1/workspaces/{workspaceId}/users/{userId}': [
    'member.removed',
    async () => ask('DELETE', `${at}/users/${(await world.member(world.owner.workspaceId, [])).userId}`),
  ],
  'POST /api/v1/workspaces/{workspaceId}/campaigns': [
    'campaign.created',
    () => ask('POST', `${at}/campaigns`, { name: 'x' }),
  ],
  'PATCH /api/v1/workspaces/{workspaceId}/campaigns/{campaignId}': [
    'campaign.updated',
    async () => ask('PATCH', `${at}/campaigns/${await campaign()}`, { name: 'y' }),
  ],
  'POST /api/v1/workspaces/{workspaceId}/labels': [
    'label.created',
    () => ask('POST', `${at}/labels`, { name: 'x', color: '#4ECDC4' }),
  ],
  'PATCH /api/v1/workspaces/{workspaceId}/labels/{labelId}': [
    'label.updated',
    async () => ask('PATCH', `${at}/labels/${await label()}`, { color: '#000000' }),
  ],
  'DELETE /api/v1/workspaces/{workspaceId}/labels/{labelId}': [
    'label.deleted',
    async () => ask('DELETE', `${at}/labels/${await label()}`),
  ],
  'POST /api/v1/brands/{brandId}/recurrences': [
    'recurrence.created',
    async () =>
      ask('POST', `/api/v1/brands/${world.owner.brandId}/recurrences`, {
        ...{ name: 'x', cron: '0 9 * * *', timezone: 'UTC', template: { content: 'x' }, autoSchedule: true },
        ...(await toAccount()),
      }),
  ],
  'PATCH /api/v1/recurrences/{id}': [
    'recurrence.updated',
    async () => ask('PATCH', `/api/v1/recurrences/${await recurrence()}`, { name: 'y' }),
  ],
  'DELETE /api/v1/recurrences/{id}': [
    'recurrence.deleted',
    async () => ask('DELETE', `/api/v1/recurrences/${await recurrence()}`),
  ],
  'POST /api/v1/recurrences/{id}/pause': [
    'recurrence.paused',
    async () => ask('POST', `/api/v1/recurrences/${await recurrence()}/pause`),
  ],
  'POST /api/v1/recurrences/{id}/resume': [
    'recurrence.resumed',
    async () => {
      const id = await recurrence()
      await ask('POST', `/api/v1/recurrences/${id}/pause`)
      return ask('POST', `/api/v1/recurrences/${id}/resume`)
    },
  ],
  'POST /api/v1/recurrences/{id}/skip': [
    'recurrence.occurrence_skipped',
    async () => {
      const id = await recurrence()
      const { nextRunAt } = (await ask('GET', `/api/v1/recurrences/${id}`)).json()
      return ask('POST', `/api/v1/recurrences/${id}/skip`, { at: nextRunAt })
    },
  ],
  'POST /api/v1/webhooks': [
    'webhook.created',
    () => ask('POST', '/api/v1/webhooks', { ...hook, workspaceId: world.owner.workspaceId }),
  ],
  'PATCH /api/v1/webhooks/{id}': [
    'webhook.updated',
    async () => ask('PATCH', `/api/v1/webhooks/${await webhook()}`, { active: false }),
  ],
  'DELETE /api/v1/webhooks/{id}': [
    'webhook.deleted',
    async () => ask('DELETE', `/api/v1/webhooks/${await webhook()}`),
  ],
}

/** What changes nothing a reader of the log would look for, or is told by a story of its own. */
const elsewhere: Record<string, string> = {
  'POST /api/v1/auth/login': 'session.started: auth.test.ts',
  'POST /api/v1/auth/refresh': 'the session goes on',
  'POST /api/v1/auth/logout': 'session.ended: auth.test.ts',
  'POST /api/v1/auth/setup': 'user.created: before there is a workspace',
  'POST /api/v1/workspaces/{workspaceId}/users/accept': 'member.joined, by the one who joins: team.test.ts',
  'POST /api/v1/social-accounts/{id}/choose': 'account.connected for each choice: choose-accounts.test.ts',
  'POST /api/v1/social-accounts/{id}/check': 'told when the state changes: reconnect-account.test.ts',
  'POST /api/v1/posts/{id}/remove-from-networks': 'as for one delivery: deliveries.test.ts',
  'POST /api/v1/brands/{brandId}/media': 'nothing is there yet; media.uploaded tells when it is',
  'PUT /api/v1/media/uploads/{token}': 'nothing is there yet; media.uploaded tells when it is',
  'POST /api/v1/media/{id}/complete': 'media.uploaded: upload-media.test.ts',
  'POST /api/v1/analytics/export': 'reads',
  'POST /api/v1/posts/validate': 'reads',
  'POST /api/v1/webhooks/{id}/test': 'sends what the delivery log of the webhook shows',
  'POST /api/v1/webhooks/{id}/deliveries/{deliveryId}/replay':
    'sends what the delivery log of the webhook shows',
  'POST /api/v1/webhooks/{id}/replay': 'sends what the delivery log of the webhook shows',
}

const eventsOfRequest = (answer: LightMyRequestResponse) =>
  world.ctx.db
    .selectFrom('events')
    .selectAll()
    .where('requestId', '=', String(answer.headers['x-request-id']))
    .execute()

test('every address that changes something is walked here, or told of elsewhere', async () => {
  const routes = (await documentedRoutes(world.app, 'mypost')).filter(({ method }) => method !== 'GET')
  const known = new Set([...Object.keys(changes), ...Object.keys(elsewhere)])
  expect(routes.map(({ method, path }) => `${method} ${path}`).filter((what) => !known.has(what))).toEqual([])
  const named = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  expect([...known].filter((what) => !named.has(what))).toEqual([])
})

test.each(Object.entries(changes))(
  '%s leaves one event: who, what, from where, what changed; and with an Idempotency-Key it happens once',
  async (what, [event, change]) => {
    const answer = await change()
    expect([what, answer.statusCode < 300, answer.body.slice(0, 200)]).toEqual([
      what,
      true,
      expect.anything(),
    ])
    const requestId = answer.headers['x-request-id']
    const rows = await eventsOfRequest(answer)
    expect(rows.map(({ type }) => type)).toEqual([event])
    const [row] = rows
    const reads = row?.workspaceId ? `/api/v1/workspaces/${row.workspaceId}/audit` : ''
    const { data } = (
      await world.owner('GET', `${reads}?resourceId=${row?.resourceId}&action=${event}&limit=1`)
    ).json()
    expect(data).toMatchObject([
      {
        action: event,
        userId: world.owner.userId,
        actor: { kind: 'user', id: world.owner.userId },
        resourceType: expect.any(String),
        resourceId: row?.resourceId,
        ip: '127.0.0.1',
        userAgent: 'a browser',
        requestId,
      },
    ])
    if (/^(workspace|brand|role|campaign|label|recurrence|webhook|media)\.updated$/.test(event))
      expect(JSON.stringify(data[0].metadata)).toMatch(/"from":|"before":/)
    if (!what.startsWith('POST')) return
    const again = await repeat()
    expect([again.statusCode, again.body]).toEqual([answer.statusCode, answer.body])
    expect(await eventsOfRequest(again)).toEqual([])
  },
)

test('an upload that is begun twice with one Idempotency-Key is one upload', async () => {
  const file = { filename: 'image.jpg', mimeType: 'image/jpeg', size: 1_024_000 }
  const begun = await ask('POST', `/api/v1/brands/${world.owner.brandId}/media`, file)
  expect((await repeat()).json()).toEqual(begun.json())
})
