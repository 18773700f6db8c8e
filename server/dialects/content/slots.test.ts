import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { testContent, told } from '../../../test/content.ts'
import { makeOccurrences } from '../../operations/make-occurrences.ts'

let world: Awaited<ReturnType<typeof testContent>>
let owner: Caller
beforeAll(async () => {
  world = await testContent()
  owner = world.owner
})
afterAll(() => world.close())

const day = 86_400_000
const inDays = (days: number) => new Date(world.ctx.clock.now().getTime() + days * day).toISOString()

describe('creating', () => {
  test('the documented example is a draft with all its targets', async () => {
    const [twitter, linkedin] = [await world.addAccount('twitter'), await world.addAccount('linkedin')]
    const campaign = (
      await owner('POST', '/content/campaigns', { name: 'Q1 Launch', color: '#FF6B35' })
    ).json()
    const label = (await owner('POST', '/content/labels', { name: 'ProductUpdate', color: '#4ECDC4' })).json()
    const mediaId = await world.addMedia()
    const example = {
      caption: '🚀 Our latest product update is here!',
      contentType: 'image',
      mediaIds: [mediaId],
      scheduledAt: inDays(2),
      timezone: 'Asia/Kolkata',
      campaignId: campaign.id,
      labelIds: [label.id],
      targets: [
        { connectionId: twitter },
        { connectionId: linkedin, platformCaption: 'Extended for LinkedIn...' },
      ],
    }
    const answer = await owner('POST', '/content/slots', example)
    expect(answer.statusCode, answer.body).toBe(201)
    const target = (connectionId: string, platform: string, platformCaption: string | null) => ({
      id: expect.any(String),
      connectionId,
      platform,
      platformUsername: `${platform} of Olga`,
      publishStatus: 'pending',
      platformCaption,
      externalPostUrl: null,
      lastError: null,
      attempts: 0,
    })
    const { campaignId: _, labelIds: __, ...same } = example
    expect(answer.json()).toEqual({
      ...same,
      id: expect.any(String),
      status: 'draft',
      campaign: { id: campaign.id, name: 'Q1 Launch', color: '#FF6B35' },
      labels: [label],
      targets: [target(twitter, 'twitter', null), target(linkedin, 'linkedin', 'Extended for LinkedIn...')],
      createdBy: owner.userId,
      createdAt: expect.any(String),
    })
    const read = (await owner('GET', `/content/slots/${answer.json().id}`)).json()
    expect(read).toEqual({ ...answer.json(), reviewNote: null, logs: [] })
    expect((await owner('GET', `/content/slots/${answer.json().id}/logs`)).json()).toEqual({ data: [] })
  })

  test('each documented rule has its code', async () => {
    const { addAccount, ctx, chirpId, galleryId } = world
    const [twitter, linkedin, instagram, facebook] = [
      await addAccount('twitter'),
      await addAccount('linkedin'),
      await addAccount('instagram'),
      await addAccount('facebook'),
    ]
    const expired = await addAccount('chirp', { state: 'expired' })
    const stranger = await world.stranger('rules@example.com')
    const foreign = await addAccount('chirp', { caller: stranger })
    const theirs = (await stranger('POST', '/content/campaigns', { name: 'Theirs' })).json().id
    const foreignLabel = (await stranger('POST', '/content/labels', { name: 'Theirs' })).json().id
    const foreignMedia = await world.addMedia({ caller: stranger })
    const mediaIds = [await world.addMedia()]
    const nobody = ctx.newId()
    const to = (connectionId: string, platformCaption?: string) => ({
      targets: [{ connectionId, platformCaption }],
    })
    const long = (length: number) => ({ caption: 'x'.repeat(length) })
    const cases: [object, number, string | undefined][] = [
      [{ scheduledAt: '2020-01-01T00:00:00Z' }, 422, 'SCHEDULE_PAST_TIME'],
      [{ scheduledAt: world.ctx.clock.now().toISOString() }, 422, 'SCHEDULE_PAST_TIME'],
      [to(nobody), 404, 'CONNECTION_NOT_FOUND'],
      [to(foreign), 404, 'CONNECTION_NOT_FOUND'],
      [to(expired), 422, 'CONNECTION_EXPIRED'],
      [{ campaignId: nobody }, 404, 'CAMPAIGN_NOT_FOUND'],
      [{ campaignId: theirs }, 404, 'CAMPAIGN_NOT_FOUND'],
      [{ labelIds: [nobody] }, 404, 'LABEL_NOT_FOUND'],
      [{ labelIds: [foreignLabel] }, 404, 'LABEL_NOT_FOUND'],
      [{ mediaIds: [foreignMedia], contentType: 'image' }, 422, 'VALIDATION_ERROR'],
      [{ ...to(twitter), contentType: 'story', mediaIds }, 422, 'INVALID_CONTENT_TYPE'],
      [{ ...to(instagram), contentType: 'image' }, 422, 'MEDIA_REQUIRED'],
      [to(galleryId), 422, 'MEDIA_REQUIRED'],
      [{ contentType: 'image' }, 422, 'MEDIA_REQUIRED'],
      [{ ...to(twitter), ...long(280) }, 201, undefined],
      [{ ...to(twitter), ...long(281) }, 422, 'PLATFORM_VALIDATION_FAILED'],
      [{ ...to(twitter, 'Short'), ...long(281) }, 201, undefined],
      [to(twitter, 'x'.repeat(281)), 422, 'PLATFORM_VALIDATION_FAILED'],
      [{ ...to(linkedin), ...long(3000) }, 201, undefined],
      [{ ...to(linkedin), ...long(3001) }, 422, 'PLATFORM_VALIDATION_FAILED'],
      [
        { ...to(instagram), ...long(2201), contentType: 'image', mediaIds },
        422,
        'PLATFORM_VALIDATION_FAILED',
      ],
      [{ ...to(facebook), ...long(63_206) }, 201, undefined],
      [{ ...to(facebook), ...long(63_207) }, 422, 'PLATFORM_VALIDATION_FAILED'],
      [{ caption: '' }, 422, 'VALIDATION_ERROR'],
      [{ targets: [] }, 422, 'VALIDATION_ERROR'],
      [{ targets: undefined }, 422, 'VALIDATION_ERROR'],
      [{ targets: [{ connectionId: chirpId }, { connectionId: chirpId }] }, 422, 'VALIDATION_ERROR'],
      [{ contentType: 'poem' }, 422, 'VALIDATION_ERROR'],
      [{ contentType: undefined }, 422, 'VALIDATION_ERROR'],
      [{ scheduledAt: undefined }, 422, 'VALIDATION_ERROR'],
      [{ timezone: 'Mars/Olympus' }, 422, 'VALIDATION_ERROR'],
      [{ scheduledAt: 'soon' }, 422, 'VALIDATION_ERROR'],
      [{ scheduledAt: '9999-01-01T00:00:00Z' }, 422, 'VALIDATION_ERROR'],
    ]
    for (const [more, status, code] of cases) {
      const answer = await owner('POST', '/content/slots', world.slot(more))
      expect(told(answer), `${JSON.stringify(more).slice(0, 100)} ${answer.body.slice(0, 300)}`).toEqual([
        status,
        code,
      ])
      if (status === 422 && code === 'VALIDATION_ERROR')
        expect(answer.json().error.details[0].path).toBeTruthy()
    }
  })

  test('an offset is honoured; without one the time is meant on the clocks of the zone, else of the tenant', async () => {
    await owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { timezone: 'America/New_York' })
    const at = async (scheduledAt: string, timezone?: string) =>
      (await world.newSlot({ scheduledAt, timezone })).scheduledAt
    expect(await at('2030-01-15T09:00:00+02:00', 'Asia/Kolkata')).toBe('2030-01-15T07:00:00.000Z')
    expect(await at('2030-01-15T09:00:00', 'Asia/Kolkata')).toBe('2030-01-15T03:30:00.000Z')
    expect(await at('2030-01-15T09:00:00')).toBe('2030-01-15T14:00:00.000Z')
    // The night of 31 March has no 2:30 in Paris.
    expect(await at('2030-03-31T02:30:00', 'Europe/Paris')).toBe('2030-03-31T01:30:00.000Z')
    await owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { timezone: 'UTC' })
  })
})

describe('many at once', () => {
  const count = async () => Number((await world.ctx.db.selectFrom('posts').select('id').execute()).length)

  test('the documented example makes all, in a campaign unless they name their own', async () => {
    const [twitter, linkedin] = [await world.addAccount('twitter'), await world.addAccount('linkedin')]
    const [common, own] = [
      (await owner('POST', '/content/campaigns', { name: 'Common' })).json().id,
      (await owner('POST', '/content/campaigns', { name: 'Own' })).json().id,
    ]
    const answer = await owner('POST', '/content/slots/bulk', {
      slots: [
        {
          caption: 'Post 1',
          contentType: 'text',
          scheduledAt: inDays(1),
          timezone: 'Asia/Kolkata',
          targets: [{ connectionId: twitter }],
        },
        {
          caption: 'Post 2',
          contentType: 'image',
          mediaIds: [await world.addMedia()],
          scheduledAt: inDays(2),
          timezone: 'Asia/Kolkata',
          campaignId: own,
          targets: [{ connectionId: linkedin }],
        },
      ],
      campaignId: common,
    })
    expect(answer.statusCode, answer.body).toBe(201)
    expect(answer.json()).toMatchObject([
      { caption: 'Post 1', status: 'draft', campaign: { id: common } },
      { caption: 'Post 2', status: 'draft', campaign: { id: own } },
    ])
  })

  test('fifty are fine, fifty-one are not, and none is too few', async () => {
    const before = await count()
    const many = (length: number) => ({ slots: Array.from({ length }, () => world.slot()) })
    const fifty = await owner('POST', '/content/slots/bulk', many(50))
    expect(fifty.statusCode, fifty.body.slice(0, 300)).toBe(201)
    expect(fifty.json()).toHaveLength(50)
    for (const length of [51, 1001])
      expect(told(await owner('POST', '/content/slots/bulk', many(length)))).toEqual([
        422,
        'BULK_LIMIT_EXCEEDED',
      ])
    expect(told(await owner('POST', '/content/slots/bulk', many(0)))).toEqual([422, 'VALIDATION_ERROR'])
    expect(await count()).toBe(before + 50)
  })

  test('one bad slot fails all, and each bad one is named with its code', async () => {
    const before = await count()
    const answer = await owner('POST', '/content/slots/bulk', {
      slots: [
        world.slot(),
        world.slot({ scheduledAt: '2020-01-01T00:00:00Z' }),
        world.slot({ targets: [{ connectionId: world.galleryId }] }),
        world.slot({ targets: [{ connectionId: world.ctx.newId() }] }),
      ],
    })
    expect(told(answer)).toEqual([422, 'SCHEDULE_PAST_TIME'])
    expect(answer.json().error.details).toMatchObject([
      { index: 1, code: 'SCHEDULE_PAST_TIME', path: 'slots.1.scheduledAt' },
      { index: 2, code: 'MEDIA_REQUIRED' },
      { index: 3, code: 'CONNECTION_NOT_FOUND', path: 'slots.3.targets.0.connectionId' },
    ])
    const unreadable = await owner('POST', '/content/slots/bulk', {
      slots: [world.slot(), world.slot({ scheduledAt: 'soon' })],
    })
    expect(unreadable.json().error).toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ index: 1, path: 'slots.1.scheduledAt' }],
    })
    expect(await count()).toBe(before)
  })
})

describe('the calendar', () => {
  test('shows a range, soonest first, by status, campaign, connection and label', async () => {
    const at = (days: number) => inDays(100 + days)
    const { id: labelId } = (await owner('POST', '/content/labels', { name: 'Filter' })).json()
    const { id: campaignId } = (await owner('POST', '/content/campaigns', { name: 'Filter' })).json()
    const later = await world.newSlot({ scheduledAt: at(2), labelIds: [labelId] })
    const sooner = await world.newSlot({ scheduledAt: at(1), campaignId })
    await world.newSlot({ scheduledAt: at(9) })
    await owner('POST', `/content/slots/${later.id}/submit-review`)
    const [from, to] = [at(0), at(3)]
    const ids = async (query: string) =>
      (await owner('GET', `/content/slots?from=${from}&to=${to}${query}`))
        .json()
        .data.map(({ id }: { id: string }) => id)
    expect(await ids('')).toEqual([sooner.id, later.id])
    expect(await ids('&status=pending_review')).toEqual([later.id])
    expect(await ids('&status=draft')).toEqual([sooner.id])
    expect(await ids('&status=approved')).toEqual([])
    expect(await ids(`&connectionId=${world.galleryId}`)).toEqual([])
    expect(await ids(`&connectionId=${world.chirpId}`)).toEqual([sooner.id, later.id])
    expect(await ids(`&labelId=${labelId}`)).toEqual([later.id])
    expect(await ids(`&campaignId=${campaignId}`)).toEqual([sooner.id])
    expect(await ids(`&campaignId=${world.ctx.newId()}`)).toEqual([])
  })

  test.each([
    '',
    '?from=2030-01-01T00:00:00Z',
    '?to=2030-01-01T00:00:00Z',
    '?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z',
    '?from=2030-01-01T00:00:00Z&to=2031-01-03T00:00:00Z',
    '?from=2030-01-01&to=2030-01-02',
    '?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&status=lost',
    '?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z&labelId=x',
  ])('without a sensible range or with a filter that is none: %s', async (query) => {
    expect(told(await owner('GET', `/content/slots${query}`))).toEqual([422, 'VALIDATION_ERROR'])
  })
})

describe('changing', () => {
  test('the documented update replaces caption, media and targets, and leaves the rest', async () => {
    const [twitter, linkedin] = [await world.addAccount('twitter'), await world.addAccount('linkedin')]
    const before = await world.newSlot({
      contentType: 'image',
      mediaIds: [await world.addMedia()],
      targets: [{ connectionId: twitter, platformCaption: 'Only there' }, { connectionId: world.chirpId }],
    })
    const mediaIds = [await world.addMedia()]
    const answer = await owner('PATCH', `/content/slots/${before.id}`, {
      caption: 'Updated caption text',
      mediaIds,
      targets: [{ connectionId: twitter }, { connectionId: linkedin }],
    })
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json()).toMatchObject({
      id: before.id,
      caption: 'Updated caption text',
      mediaIds,
      scheduledAt: before.scheduledAt,
      timezone: 'Asia/Kolkata',
      targets: [
        { connectionId: twitter, platformCaption: null },
        { connectionId: linkedin, platformCaption: null },
      ],
    })
  })

  test('a change is held to the same rules', async () => {
    const { id } = await world.newSlot()
    const cases: [object, number, string][] = [
      [{ scheduledAt: '2020-01-01T00:00:00Z' }, 422, 'SCHEDULE_PAST_TIME'],
      [{ targets: [] }, 422, 'VALIDATION_ERROR'],
      [{ targets: [{ connectionId: world.ctx.newId() }] }, 404, 'CONNECTION_NOT_FOUND'],
      [{ targets: [{ connectionId: world.galleryId }] }, 422, 'MEDIA_REQUIRED'],
      [{ caption: 'x'.repeat(31) }, 422, 'PLATFORM_VALIDATION_FAILED'],
      [{ campaignId: world.ctx.newId() }, 404, 'CAMPAIGN_NOT_FOUND'],
      [{ timezone: 'Mars/Olympus' }, 422, 'VALIDATION_ERROR'],
    ]
    for (const [change, status, code] of cases)
      expect(told(await owner('PATCH', `/content/slots/${id}`, change)), JSON.stringify(change)).toEqual([
        status,
        code,
      ])
    const past = await owner('POST', `/content/slots/${id}/reschedule`, {
      scheduledAt: '2020-01-01T00:00:00Z',
    })
    expect(told(past)).toEqual([422, 'SCHEDULE_PAST_TIME'])
    const nothing = await owner('POST', `/content/slots/${id}/reschedule`, {})
    expect(told(nothing)).toEqual([422, 'VALIDATION_ERROR'])
  })
})

describe('the plan of the tenant', () => {
  afterEach(() => {
    world.ctx.settings.planSlots = null
  })

  test('has room for so many slots that are not out yet, however they are made', async () => {
    const tenant = await world.stranger('plan@example.com')
    const connectionId = await world.addAccount('chirp', { caller: tenant })
    const slot = () => world.slot({ targets: [{ connectionId }] })
    const make = async () => told(await tenant('POST', '/content/slots', slot()))
    const reached = [429, 'PUBLISH_LIMIT_REACHED']
    world.ctx.settings.planSlots = 3
    const [first, second] = [
      await tenant('POST', '/content/slots', slot()),
      await tenant('POST', '/content/slots', slot()),
    ]
    const two = { slots: [slot(), slot()] }
    expect(told(await tenant('POST', '/content/slots/bulk', two))).toEqual(reached)
    expect(await make()).toEqual([201, undefined])
    expect(await make()).toEqual(reached)
    // The native API says it in its own words.
    const native = await tenant('POST', `/api/v1/brands/${tenant.brandId}/posts`, { content: 'More' })
    expect(told(native)).toEqual([429, 'RATE_LIMITED'])
    // Other tenants have their own.
    expect(
      (await owner('GET', '/content/slots?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z')).statusCode,
    ).toBe(200)

    await world.setDeliveries(first.json().id, 'published')
    expect(await make()).toEqual([201, undefined])
    expect(await make()).toEqual(reached)
    await tenant('DELETE', `/content/slots/${second.json().id}`)
    const recurring = await tenant('POST', '/content/recurring', {
      name: 'Often',
      cronExpression: '0 */6 * * *',
      templateCaption: 'Again',
      targetConnectionIds: [connectionId],
      autoSchedule: true,
    })
    expect(recurring.statusCode, recurring.body).toBe(201)
    await makeOccurrences(world.ctx, recurring.json().id)
    expect(
      (
        await world.ctx.db
          .selectFrom('posts')
          .select('id')
          .where('recurrenceId', '=', recurring.json().id)
          .execute()
      ).length,
    ).toBe(1)
    // It was not paused by that: the next ones may find room again.
    expect((await tenant('GET', '/content/recurring')).json().data).toMatchObject([{ status: 'active' }])
    world.ctx.settings.planSlots = null
    expect(await make()).toEqual([201, undefined])
  })

  test('is not outrun by many requests at once', async () => {
    const tenant = await world.stranger('race@example.com')
    const connectionId = await world.addAccount('chirp', { caller: tenant })
    world.ctx.settings.planSlots = 2
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        tenant('POST', '/content/slots', world.slot({ targets: [{ connectionId }] })),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 201, 429, 429, 429, 429])
  })
})
