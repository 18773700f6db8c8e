import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { testPosting } from '../../../test/posting.ts'

const gatewayKey = 'the key that only the gateway knows'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: Caller
let chirpId: string
let galleryId: string

beforeAll(async () => {
  world = await testPosting()
  world.ctx.settings.contentGatewayKey = gatewayKey
  owner = world.owner
  chirpId = await world.addAccount('chirp')
  galleryId = await world.addAccount('gallery')
})
afterAll(() => world.close())

/** The gateway, speaking for a user it knows, with the permissions it gives them. */
const gateway = (
  permissions: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) =>
  world.app.inject({
    method,
    url,
    ...(payload ? { payload } : {}),
    headers: {
      'x-gateway-key': gatewayKey,
      'x-tenant-id': owner.workspaceId,
      'x-user-id': 'user-7',
      'x-user-permissions': permissions,
      ...headers,
    },
  })

const slot = (more: object = {}) => ({
  caption: 'Our latest product update!',
  contentType: 'text',
  scheduledAt: world.inAnHour(),
  timezone: 'Asia/Kolkata',
  targets: [{ connectionId: chirpId }],
  ...more,
})

async function newSlot(more: object = {}) {
  const answer = await owner('POST', '/content/slots', slot(more))
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

const codeOf = (answer: { body: string; json(): { error: { code: string } } }) => answer.json().error?.code

describe('who asks', () => {
  test('identity headers mean nothing without the key', async () => {
    for (const headers of [{ 'x-gateway-key': '' }, { 'x-gateway-key': 'guessed' }]) {
      const answer = await gateway('content:slots.read', 'GET', '/content/labels', undefined, headers)
      expect(answer.statusCode).toBe(401)
      expect(codeOf(answer)).toBe('UNAUTHORIZED')
    }
    world.ctx.settings.contentGatewayKey = null
    const off = await gateway('content:labels.read', 'GET', '/content/labels')
    expect(off.statusCode).toBe(401)
    world.ctx.settings.contentGatewayKey = gatewayKey
  })

  test('the permissions header alone decides, however it separates the names', async () => {
    for (const header of [
      'content:labels.read',
      'content:slots.read, content:labels.read',
      'content:slots.read content:labels.read',
      '["content:labels.read"]',
    ])
      expect((await gateway(header, 'GET', '/content/labels')).statusCode, header).toBe(200)
    const refused = await gateway('content:labels.write', 'GET', '/content/labels')
    expect(refused.statusCode).toBe(403)
    expect(codeOf(refused)).toBe('INSUFFICIENT_PERMISSIONS')
    expect((await gateway('content:labels.read', 'POST', '/content/labels', { name: 'No' })).statusCode).toBe(
      403,
    )
  })

  test('an unknown tenant is refused, and a user of ours works in the first workspace', async () => {
    const tenant = { 'x-tenant-id': world.ctx.newId() }
    expect(
      (await gateway('content:labels.read', 'GET', '/content/labels', undefined, tenant)).statusCode,
    ).toBe(403)
    const stranger = await world.stranger('content@example.com')
    expect((await stranger('GET', '/content/labels')).json()).toEqual({ data: [] })
    const { id } = await newSlot()
    const foreign = await stranger('GET', `/content/slots/${id}`)
    expect(foreign.statusCode).toBe(404)
    expect(codeOf(foreign)).toBe('SLOT_NOT_FOUND')
  })
})

describe('campaigns and labels', () => {
  const example = {
    name: 'Q1 Product Launch',
    description: 'All content related to the March product launch',
    color: '#FF6B35',
    startDate: '2026-03-01',
    endDate: '2026-03-31',
  }

  test('the documented examples create, change, list and archive a campaign', async () => {
    const made = await owner('POST', '/content/campaigns', example)
    expect(made.statusCode, made.body).toBe(201)
    expect(made.json()).toMatchObject({ ...example, status: 'active', slotCount: 0 })
    const url = `/content/campaigns/${made.json().id}`
    await newSlot({ campaignId: made.json().id })
    expect((await owner('GET', url)).json()).toMatchObject({ ...example, slotCount: 1 })
    const changed = await owner('PATCH', url, { name: 'Q1 Product Launch — Extended', endDate: '2026-04-15' })
    expect(changed.json()).toMatchObject({ name: 'Q1 Product Launch — Extended', startDate: '2026-03-01' })
    const early = await owner('PATCH', url, { endDate: '2026-02-01' })
    expect(early.statusCode).toBe(422)
    expect(codeOf(early)).toBe('VALIDATION_ERROR')
    const list = await owner('GET', '/content/campaigns?status=active&page=1&limit=20')
    expect(list.json().meta).toEqual({ page: 1, limit: 20, total: 1, totalPages: 1 })
    expect((await owner('DELETE', url)).statusCode).toBe(204)
    expect((await owner('GET', '/content/campaigns')).json().data).toEqual([])
    expect((await owner('GET', '/content/campaigns?status=archived')).json().data).toHaveLength(1)
    expect((await owner('GET', url)).json().status).toBe('archived')
  })

  test('labels are made, renamed, and go from every slot when they are deleted', async () => {
    const made = await owner('POST', '/content/labels', { name: 'ProductUpdate', color: '#4ECDC4' })
    expect(made.statusCode, made.body).toBe(201)
    const label = made.json()
    expect(label).toEqual({ id: expect.any(String), name: 'ProductUpdate', color: '#4ECDC4' })
    const twice = await owner('POST', '/content/labels', { name: 'productupdate' })
    expect(twice.statusCode).toBe(409)
    expect(codeOf(twice)).toBe('LABEL_EXISTS')
    const changed = { name: 'ProductLaunch', color: '#FF6B35' }
    expect((await owner('PATCH', `/content/labels/${label.id}`, changed)).json()).toEqual({
      id: label.id,
      ...changed,
    })
    const { id } = await newSlot({ labelIds: [label.id] })
    expect((await owner('GET', `/content/slots/${id}`)).json().labels).toEqual([{ id: label.id, ...changed }])
    expect((await owner('DELETE', `/content/labels/${label.id}`)).statusCode).toBe(204)
    expect((await owner('GET', `/content/slots/${id}`)).json().labels).toEqual([])
    expect(codeOf(await owner('DELETE', `/content/labels/${label.id}`))).toBe('LABEL_NOT_FOUND')
  })

  test('what is wrong has its code', async () => {
    const badColor = await owner('POST', '/content/campaigns', { name: 'X', color: 'red' })
    expect([badColor.statusCode, codeOf(badColor)]).toEqual([422, 'VALIDATION_ERROR'])
    for (const id of [world.ctx.newId(), 'abc']) {
      const answer = await owner('GET', `/content/campaigns/${id}`)
      expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'CAMPAIGN_NOT_FOUND'])
    }
  })
})

describe('slots', () => {
  test('a new slot is a draft with all its targets', async () => {
    const made = await newSlot({
      targets: [{ connectionId: chirpId }, { connectionId: galleryId, platformCaption: 'Extended version' }],
      mediaIds: [await world.addMedia()],
      contentType: 'image',
    })
    expect(made).toMatchObject({
      caption: 'Our latest product update!',
      contentType: 'image',
      status: 'draft',
      timezone: 'Asia/Kolkata',
      campaign: null,
      labels: [],
      createdBy: owner.userId,
      targets: [
        { connectionId: chirpId, platform: 'chirp', publishStatus: 'pending', platformCaption: null },
        {
          connectionId: galleryId,
          platform: 'gallery',
          publishStatus: 'pending',
          platformCaption: 'Extended version',
        },
      ],
    })
    const read = (await owner('GET', `/content/slots/${made.id}`)).json()
    expect(read).toEqual({ ...made, logs: expect.any(Array) })
  })

  test('review leads from draft to scheduled, through the gateway as well', async () => {
    const { id } = await newSlot()
    const url = `/content/slots/${id}`
    const tooEarly = await owner('POST', `${url}/approve`)
    expect([tooEarly.statusCode, codeOf(tooEarly)]).toEqual([409, 'INVALID_STATUS_TRANSITION'])
    const submitted = await gateway('content:slots.write', 'POST', `${url}/submit-review`)
    expect(submitted.statusCode, submitted.body).toBe(200)
    expect(submitted.json().status).toBe('pending_review')
    expect((await gateway('content:slots.write', 'POST', `${url}/approve`)).statusCode).toBe(403)
    const approved = await gateway('content:slots.approve', 'POST', `${url}/approve`, {
      note: 'Looks great, approved!',
    })
    expect(approved.statusCode, approved.body).toBe(200)
    expect(approved.json().status).toBe('scheduled')
    const edit = await owner('PATCH', url, { caption: 'Too late' })
    expect([edit.statusCode, codeOf(edit)]).toEqual([409, 'INVALID_STATUS_TRANSITION'])
    const scheduledAt = new Date(Date.parse(world.inAnHour()) + 3_600_000).toISOString()
    const moved = await owner('POST', `${url}/reschedule`, { scheduledAt })
    expect(moved.json()).toMatchObject({ status: 'scheduled', scheduledAt })
    expect((await owner('GET', `${url}/logs`)).json().data.length).toBeGreaterThan(0)
    expect((await owner('DELETE', url)).statusCode).toBe(204)
    expect(codeOf(await owner('GET', url))).toBe('SLOT_NOT_FOUND')
  })

  test('a rejected slot goes back to draft with the note', async () => {
    const { id } = await newSlot()
    await owner('POST', `/content/slots/${id}/submit-review`)
    const undeletable = await owner('DELETE', `/content/slots/${id}`)
    expect([undeletable.statusCode, codeOf(undeletable)]).toEqual([409, 'INVALID_STATUS_TRANSITION'])
    const note = 'Caption is too long for Twitter. Please shorten.'
    const rejected = await owner('POST', `/content/slots/${id}/reject`, { note })
    expect(rejected.json()).toMatchObject({ id, status: 'draft', reviewNote: note })
    expect((await owner('PATCH', `/content/slots/${id}`, { caption: 'Shorter' })).json().caption).toBe(
      'Shorter',
    )
  })

  test('each broken rule has its documented code', async () => {
    const expired = await world.addAccount('chirp')
    await world.ctx.db.updateTable('accounts').set({ state: 'expired' }).where('id', '=', expired).execute()
    const nobody = world.ctx.newId()
    const cases: [object, number, string][] = [
      [{ scheduledAt: '2020-01-01T00:00:00Z' }, 422, 'SCHEDULE_PAST_TIME'],
      [{ targets: [{ connectionId: nobody }] }, 404, 'CONNECTION_NOT_FOUND'],
      [{ targets: [{ connectionId: expired }] }, 422, 'CONNECTION_EXPIRED'],
      [{ campaignId: nobody }, 404, 'CAMPAIGN_NOT_FOUND'],
      [{ labelIds: [nobody] }, 404, 'LABEL_NOT_FOUND'],
      [{ caption: 'x'.repeat(5000) }, 422, 'PLATFORM_VALIDATION_FAILED'],
      [{ targets: [{ connectionId: galleryId }] }, 422, 'MEDIA_REQUIRED'],
      [{ targets: [] }, 422, 'VALIDATION_ERROR'],
      [{ contentType: 'poem' }, 422, 'VALIDATION_ERROR'],
      [{ timezone: 'Mars/Olympus' }, 422, 'VALIDATION_ERROR'],
      [{ scheduledAt: 'soon' }, 422, 'VALIDATION_ERROR'],
    ]
    for (const [more, status, code] of cases) {
      const answer = await owner('POST', '/content/slots', slot(more))
      expect(
        [answer.statusCode, codeOf(answer)],
        `${JSON.stringify(more).slice(0, 80)} ${answer.body}`,
      ).toEqual([status, code])
    }
  })

  test('many are made at once or none, and the bad one is named', async () => {
    const before = await count()
    const made = await owner('POST', '/content/slots/bulk', { slots: [slot(), slot()] })
    expect(made.statusCode, made.body).toBe(201)
    expect(made.json()).toHaveLength(2)
    const bad = await owner('POST', '/content/slots/bulk', {
      slots: [slot(), slot({ scheduledAt: '2020-01-01T00:00:00Z' })],
    })
    expect(bad.statusCode).toBe(422)
    expect(bad.json().error).toMatchObject({
      code: 'SCHEDULE_PAST_TIME',
      details: [{ index: 1, code: 'SCHEDULE_PAST_TIME' }],
    })
    const many = await owner('POST', '/content/slots/bulk', {
      slots: Array.from({ length: 51 }, () => slot()),
    })
    expect([many.statusCode, codeOf(many)]).toEqual([422, 'BULK_LIMIT_EXCEEDED'])
    expect(await count()).toBe(before + 2)
  })

  test('the calendar shows a range, soonest first, by status, campaign, connection and label', async () => {
    const day = 86_400_000
    const start = Date.parse(world.inAnHour()) + 100 * day
    const at = (days: number) => new Date(start + days * day).toISOString()
    const later = await newSlot({ scheduledAt: at(2) })
    const sooner = await newSlot({ scheduledAt: at(1) })
    await newSlot({ scheduledAt: at(9) })
    await owner('POST', `/content/slots/${later.id}/submit-review`)
    const ids = async (query: string) =>
      (await owner('GET', `/content/slots?from=${at(0)}&to=${at(3)}${query}`))
        .json()
        .data.map(({ id }: { id: string }) => id)
    expect(await ids('')).toEqual([sooner.id, later.id])
    expect(await ids('&status=pending_review')).toEqual([later.id])
    expect(await ids('&status=draft')).toEqual([sooner.id])
    expect(await ids(`&connectionId=${galleryId}`)).toEqual([])
    for (const query of [
      '',
      `?from=${at(0)}`,
      `?from=${at(3)}&to=${at(0)}`,
      `?from=${at(0)}&to=${at(400)}`,
    ]) {
      const answer = await owner('GET', `/content/slots${query}`)
      expect([answer.statusCode, codeOf(answer)], query).toEqual([422, 'VALIDATION_ERROR'])
    }
  })
})

describe('connections', () => {
  test('are listed without a secret, and are gone when they are disconnected', async () => {
    const id = await world.addAccount('chirp')
    const list = (await owner('GET', '/content/connections')).json().data
    const mine = list.find((connection: { id: string }) => connection.id === id)
    expect(mine).toMatchObject({ platform: 'chirp', status: 'active', platformAccountId: expect.any(String) })
    expect(Object.keys(mine)).not.toContain('secret')
    expect(
      (await gateway('content:connections.read', 'DELETE', `/content/connections/${id}`)).statusCode,
    ).toBe(403)
    expect((await owner('DELETE', `/content/connections/${id}`)).statusCode).toBe(204)
    const again = await owner('DELETE', `/content/connections/${id}`)
    expect([again.statusCode, codeOf(again)]).toEqual([404, 'CONNECTION_NOT_FOUND'])
  })

  test('a made-up state connects nothing, and an unknown platform is refused', async () => {
    const state = await owner('POST', '/content/connections/chirp/callback', { code: 'c', state: 'made-up' })
    expect([state.statusCode, codeOf(state)]).toEqual([422, 'INVALID_OAUTH_STATE'])
    const unknown = await owner('POST', '/content/connections/myspace/authorize', {
      callbackUrl: 'https://dashboard.example.com/content/callback',
    })
    expect([unknown.statusCode, codeOf(unknown)]).toEqual([422, 'VALIDATION_ERROR'])
  })
})

const count = async () => (await world.ctx.db.selectFrom('posts').select('id').execute()).length
