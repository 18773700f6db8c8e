import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let chirpId: string
let galleryId: string

beforeAll(async () => {
  world = await testPosting()
  owner = world.owner
  chirpId = await world.addAccount('chirp')
  galleryId = await world.addAccount('gallery')
})
afterAll(() => world.close())

const posts = (brandId = owner.brandId) => `/api/v1/brands/${brandId}/posts`
const post = (id: string, verb = '') => `/api/v1/posts/${id}${verb && `/${verb}`}`

// ---------------------------------------------------------------- writing

test('a draft needs nothing but a text', async () => {
  const answer = await owner('POST', posts(), { content: 'Hello' })
  expect(answer.statusCode, answer.body).toBe(201)
  const draft = answer.json()
  expect(draft).toMatchObject({
    brandId: owner.brandId,
    content: 'Hello',
    mediaIds: [],
    targetAccountIds: [],
    scheduledAt: null,
    status: 'draft',
    createdBy: owner.userId,
    publishedAt: null,
    targets: [],
    approval: 'none',
    overrides: {},
  })
  expect(answer.headers.etag).toBe(`"${draft.version}"`)
  expect((await owner('GET', post(draft.id))).json()).toEqual(draft)
  expect(await world.eventsOf(draft.id)).toEqual(['post.created'])
})

test('a post with everything on it comes back with everything', async () => {
  const mediaId = await world.addMedia()
  const body = {
    content: 'Launch day',
    mediaIds: [mediaId],
    targetAccountIds: [galleryId, chirpId],
    scheduledAt: world.inAnHour(),
    title: 'Launch',
    link: 'https://example.com/a',
    hashtags: ['launch'],
    timezone: 'Europe/Zurich',
    options: { visibility: 'public' },
    overrides: { [chirpId]: { content: 'Short', mediaIds: [], options: { visibility: 'private' } } },
  }
  const made = await world.newPost({ ...body, link: null })
  expect(made).toMatchObject({ ...body, link: null, status: 'scheduled' })
  expect(made.targets).toMatchObject([
    {
      accountId: galleryId,
      network: 'gallery',
      status: 'scheduled',
      externalId: null,
      url: null,
      error: null,
    },
    { accountId: chirpId, network: 'chirp', status: 'scheduled' },
  ])
  expect(await world.eventsOf(made.id)).toEqual(['post.created', 'post.scheduled'])
  const rows = await world.deliveriesOf(made.id)
  expect(rows.map(({ dueAt, wakeAt }) => [dueAt?.toISOString(), wakeAt?.toISOString()])).toEqual([
    [body.scheduledAt, body.scheduledAt],
    [body.scheduledAt, body.scheduledAt],
  ])
})

test.each<[string, object, object]>([
  ['nothing at all', {}, { path: 'content', rule: 'content_required' }],
  ['blank text', { content: '  \n' }, { path: 'content', rule: 'content_required' }],
  [
    'a text beyond any network',
    { content: 'x'.repeat(100_001) },
    { path: 'content', limit: 100_000, value: 100_001 },
  ],
  ['a time without a zone', { content: 'a', scheduledAt: '2030-01-01T10:00:00' }, { path: 'scheduledAt' }],
  ['no time', { content: 'a', scheduledAt: 'tomorrow' }, { path: 'scheduledAt' }],
  [
    'a day that does not exist',
    { content: 'a', scheduledAt: '2030-02-30T10:00:00Z' },
    { path: 'scheduledAt' },
  ],
  [
    'a year with a typing error',
    { content: 'a', scheduledAt: '2203-01-01T10:00:00Z' },
    { path: 'scheduledAt' },
  ],
  [
    'a time gone by',
    { content: 'a', scheduledAt: '2020-01-01T10:00:00Z' },
    { path: 'scheduledAt', rule: 'schedule_past_time' },
  ],
  ['an id that is none', { content: 'a', mediaIds: ['nope'] }, { path: 'mediaIds.0' }],
  ['half a link', { content: 'a', link: 'example.com' }, { path: 'link', rule: 'not_an_address' }],
  ['a hashtag of two words', { content: 'a', hashtags: ['two words'] }, { path: 'hashtags.0' }],
  [
    'a zone that is none',
    { content: 'a', timezone: 'Mars/Olympus' },
    { path: 'timezone', rule: 'unknown_timezone' },
  ],
  ['a zone that knows no summer', { content: 'a', timezone: '+02:00' }, { path: 'timezone' }],
  ['a number for a text', { content: 7 }, { path: 'content' }],
  ['an unknown type', { content: 'a', contentType: 'poem' }, { path: 'contentType' }],
  ['a NUL character', { content: 'a\u0000b' }, { path: 'content' }],
  ['a list for a post', [], { path: 'body' }],
])('a post is refused for %s', async (_what, body, detail) => {
  const answer = await owner('POST', posts(), body)
  expect(answer.statusCode, answer.body).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'VALIDATION_ERROR', details: [detail] })
})

test('a schedule needs an account', async () => {
  const answer = await owner('POST', posts(), { content: 'a', scheduledAt: world.inAnHour() })
  expect(answer.json().error.details).toMatchObject([{ path: 'targetAccountIds', rule: 'targets_required' }])
})

test('what one network would refuse names the account, the field, the limit and the way out', async () => {
  const answer = await owner('POST', posts(), {
    content: 'Much too long for a chirp of thirty characters',
    targetAccountIds: [galleryId, chirpId],
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error.details).toEqual([
    {
      path: 'content',
      message: 'Chirp takes at most 30 characters; this text has 46.',
      rule: 'text_too_long',
      remedy: 'Shorten it by 16.',
      limit: 30,
      value: 46,
      accountId: chirpId,
      network: 'chirp',
    },
  ])
})

test('an override is measured instead of the text, and its issues name the override', async () => {
  const content = 'Much too long for a chirp of thirty characters'
  const body = { content, targetAccountIds: [chirpId], overrides: { [chirpId]: { content: 'Short' } } }
  expect((await owner('POST', posts(), body)).statusCode).toBe(201)
  const answer = await owner('POST', posts(), {
    content: 'Short',
    targetAccountIds: [chirpId],
    overrides: { [chirpId]: { content } },
  })
  expect(answer.json().error.details).toMatchObject([{ path: `overrides.${chirpId}.content`, value: 46 }])
})

test('an override for an account that is no target is refused', async () => {
  const answer = await owner('POST', posts(), { content: 'a', overrides: { [chirpId]: { content: 'b' } } })
  expect(answer.json().error.details).toMatchObject([{ rule: 'override_without_target' }])
})

test('a draft may still lack its picture; a scheduled post may not', async () => {
  const body = { content: 'No picture yet', targetAccountIds: [galleryId] }
  const draft = await world.newPost(body)
  const answer = await owner('POST', post(draft.id, 'schedule'), { scheduledAt: world.inAnHour() })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error.details).toMatchObject([{ path: 'mediaIds', rule: 'media_required' }])
  expect((await owner('POST', posts(), { ...body, scheduledAt: world.inAnHour() })).statusCode).toBe(400)
})

test('options that no chosen network knows are refused, with their path', async () => {
  const wrong = await owner('POST', posts(), {
    content: 'a',
    targetAccountIds: [chirpId, galleryId],
    mediaIds: [await world.addMedia()],
    options: { visibilty: 'public' },
  })
  expect(wrong.json().error.details).toMatchObject([{ path: 'options.visibilty', rule: 'unknown_option' }])
  const shared = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId, galleryId],
    options: { visibility: 'private' },
  })
  expect(shared.options).toEqual({ visibility: 'private' })
  const bad = await owner('POST', posts(), {
    content: 'a',
    targetAccountIds: [chirpId],
    options: { visibility: 'secret' },
  })
  expect(bad.json().error.details).toMatchObject([
    { path: 'options.visibility', message: expect.stringContaining('must be one of: public, private') },
  ])
})

test('media and accounts must be of the brand, there, and ready', async () => {
  const brandId = await world.addBrand()
  const refused = async (body: object) => {
    const answer = await owner('POST', posts(), { content: 'a', ...body })
    expect(answer.statusCode, answer.body).toBe(400)
    return answer.json().error.details[0].rule
  }
  const stranger = await world.stranger()
  expect(await refused({ mediaIds: [await world.addMedia({ brandId })] })).toBe('media_not_found')
  expect(await refused({ mediaIds: [await world.addMedia({ caller: stranger })] })).toBe('media_not_found')
  expect(await refused({ mediaIds: [await world.addMedia({ state: 'pending' })] })).toBe('media_not_ready')
  expect(await refused({ mediaIds: [await world.addMedia({ state: 'failed' })] })).toBe('media_failed')
  expect(await refused({ targetAccountIds: [await world.addAccount('chirp', { brandId })] })).toBe(
    'account_not_found',
  )
  expect(await refused({ targetAccountIds: [await world.addAccount('chirp', { caller: stranger })] })).toBe(
    'account_not_found',
  )
  expect(await refused({ targetAccountIds: [await world.addAccount('chirp', { state: 'choosing' })] })).toBe(
    'account_not_found',
  )
  expect(await refused({ targetAccountIds: [chirpId, chirpId] })).toBe('duplicate')
  expect(await refused({ campaignId: world.ctx.newId() })).toBe('campaign_not_found')
  expect(await refused({ labelIds: [world.ctx.newId()] })).toBe('label_not_found')
})

test('a draft may name an expired account; scheduling says to reconnect it', async () => {
  const expired = await world.addAccount('chirp', { state: 'expired' })
  const draft = await world.newPost({ content: 'a', targetAccountIds: [expired] })
  for (const [verb, body] of [
    ['schedule', { scheduledAt: world.inAnHour() }],
    ['publish', undefined],
  ] as const) {
    const answer = await owner('POST', post(draft.id, verb), body)
    expect(answer.json().error.details).toMatchObject([
      { path: 'targetAccountIds.0', rule: 'account_expired', remedy: 'Reconnect the account.' },
    ])
  }
})

test('ids may be written in capitals', async () => {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId.toUpperCase()],
    overrides: { [chirpId.toUpperCase()]: { content: 'b' } },
  })
  expect(made).toMatchObject({ targetAccountIds: [chirpId], overrides: { [chirpId]: { content: 'b' } } })
})

// ---------------------------------------------------------------- changing

test('a change touches what it names and nothing else', async () => {
  const made = await world.newPost({
    content: 'One',
    targetAccountIds: [chirpId, galleryId],
    mediaIds: [await world.addMedia()],
    hashtags: ['a'],
    overrides: { [chirpId]: { content: 'For chirp' } },
  })
  const answer = await owner('PATCH', post(made.id), { content: 'Two', hashtags: [] })
  expect(answer.statusCode, answer.body).toBe(200)
  const { content: _c, hashtags: _h, updatedAt: _u, version: _v, ...same } = made
  expect(answer.json()).toMatchObject({ ...same, content: 'Two', hashtags: [] })
})

test('targets can be added, dropped and reordered; overrides of those that stay are kept', async () => {
  const third = await world.addAccount()
  const made = await world.newPost({
    content: 'One',
    targetAccountIds: [chirpId, third],
    overrides: { [third]: { content: 'For third' } },
    scheduledAt: world.inAnHour(),
  })
  const kept = made.targets[1].id
  const other = await world.addAccount()
  const changed = (await owner('PATCH', post(made.id), { targetAccountIds: [third, other] })).json()
  expect(changed).toMatchObject({
    status: 'scheduled',
    targetAccountIds: [third, other],
    overrides: { [third]: { content: 'For third' } },
  })
  expect(changed.targets).toMatchObject([
    { id: kept, status: 'scheduled' },
    { accountId: other, status: 'scheduled' },
  ])
  expect((await world.deliveriesOf(made.id)).map(({ wakeAt }) => wakeAt?.toISOString())).toEqual([
    made.scheduledAt,
    made.scheduledAt,
  ])
  const bare = (await owner('PATCH', post(made.id), { overrides: {} })).json()
  expect(bare.overrides).toEqual({})
  const none = await owner('PATCH', post(made.id), { targetAccountIds: [] })
  expect(none.json().error.details).toMatchObject([{ rule: 'targets_required' }])
})

test('a new time schedules a draft, moves a scheduled post, and null takes it back', async () => {
  const made = await world.newPost({ content: 'One', targetAccountIds: [chirpId] })
  const scheduledAt = world.inAnHour()
  const scheduled = (await owner('PATCH', post(made.id), { scheduledAt })).json()
  expect(scheduled).toMatchObject({ status: 'scheduled', scheduledAt })
  const later = '2030-05-05T08:00:00+02:00'
  const moved = (await owner('PATCH', post(made.id), { scheduledAt: later, content: 'Two' })).json()
  expect(moved).toMatchObject({
    status: 'scheduled',
    scheduledAt: '2030-05-05T06:00:00.000Z',
    content: 'Two',
  })
  const back = (await owner('PATCH', post(made.id), { scheduledAt: null })).json()
  expect(back).toMatchObject({ status: 'draft', scheduledAt: null, targets: [{ status: 'draft' }] })
  expect(await world.eventsOf(made.id)).toEqual([
    'post.created',
    'post.updated',
    'post.scheduled',
    'post.updated',
    'post.rescheduled',
    'post.updated',
    'post.cancelled',
  ])
})

test('a scheduled post can be mended while one of its accounts waits to be reconnected', async () => {
  const account = await world.addAccount()
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [account],
    scheduledAt: world.inAnHour(),
  })
  await world.ctx.db.updateTable('accounts').set({ state: 'expired' }).where('id', '=', account).execute()
  expect((await owner('PATCH', post(made.id), { content: 'b' })).statusCode).toBe(200)
})

test('an account that was disconnected is no target any more, and does not stand in the way of an edit', async () => {
  const account = await world.addAccount()
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [account, chirpId],
    scheduledAt: world.inAnHour(),
  })
  expect((await owner('DELETE', `/api/v1/social-accounts/${account}`)).statusCode).toBe(204)
  const answer = await owner('PATCH', post(made.id), { content: 'b' })
  expect(answer.json()).toMatchObject({ status: 'scheduled', targetAccountIds: [chirpId] })
})

test('one change counts once, however much it changes', async () => {
  const made = await world.newPost({ content: 'One', targetAccountIds: [chirpId] })
  const changes = [
    { content: 'Two', scheduledAt: world.inAnHour() },
    { content: 'Three', scheduledAt: new Date(Date.parse(world.inAnHour()) + 60_000).toISOString() },
    { content: 'Four', targetAccountIds: [], scheduledAt: null },
    { hashtags: ['five'] },
  ]
  for (const [index, body] of changes.entries()) {
    const changed = await owner('PATCH', post(made.id), body)
    expect(changed.statusCode, changed.body).toBe(200)
    expect(changed.json().version).toBe(made.version + index + 1)
    expect(changed.headers.etag).toBe(`"${made.version + index + 1}"`)
  }
})

test('If-Match keeps people from overwriting each other', async () => {
  const made = await world.newPost({ content: 'One', targetAccountIds: [chirpId] })
  const headers = { 'if-match': `"${made.version}"` }
  const first = await owner('PATCH', post(made.id), { content: 'Two' }, { headers })
  expect(first.statusCode).toBe(200)
  for (const [method, url, body] of [
    ['PATCH', post(made.id), { content: 'Three' }],
    ['POST', post(made.id, 'schedule'), { scheduledAt: world.inAnHour() }],
    ['POST', post(made.id, 'publish'), undefined],
    ['POST', post(made.id, 'submit-for-approval'), undefined],
    ['DELETE', post(made.id), undefined],
  ] as const) {
    const late = await owner(method, url, body, { headers })
    expect(late.statusCode, `${method} ${url}`).toBe(412)
    expect(late.json().error.code).toBe('PRECONDITION_FAILED')
  }
  const fresh = { 'if-match': String(first.headers.etag) }
  expect((await owner('PATCH', post(made.id), { content: 'Three' }, { headers: fresh })).statusCode).toBe(200)
})
