import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let chirpId: string
let galleryId: string
let mediaId: string

beforeAll(async () => {
  world = await testPosting()
  owner = world.owner
  chirpId = await world.addAccount('chirp')
  galleryId = await world.addAccount('gallery')
  mediaId = await world.addMedia()
  await world.ctx.db.updateTable('accounts').set({ handle: '@olga' }).where('id', '=', chirpId).execute()
  const now = world.ctx.clock.now()
  const row = { workspaceId: owner.workspaceId, createdAt: now, updatedAt: now }
  await world.ctx.db
    .insertInto('campaigns')
    .values({ ...row, id: world.ctx.newId(), name: 'Spring', status: 'active' })
    .execute()
  await world.ctx.db
    .insertInto('labels')
    .values([
      { ...row, id: world.ctx.newId(), name: 'Fun' },
      { ...row, id: world.ctx.newId(), name: 'Launch' },
    ])
    .execute()
})
afterAll(() => world.close())

const posts = (more: string) => `/api/v1/brands/${owner.brandId}/posts/${more}`
const count = async () => (await world.ctx.db.selectFrom('posts').select('id').execute()).length

// ---------------------------------------------------------------- bulk

test('many posts at once come back in their order, drafts and scheduled', async () => {
  const scheduledAt = world.inAnHour()
  const answer = await owner('POST', posts('bulk'), {
    posts: [
      { content: 'One' },
      { content: 'Two', targetAccountIds: [chirpId], scheduledAt },
      { content: 'Three', targetAccountIds: [chirpId], overrides: { [chirpId]: { content: '3' } } },
    ],
  })
  expect(answer.statusCode, answer.body).toBe(201)
  expect(answer.json().data).toMatchObject([
    { content: 'One', status: 'draft' },
    { content: 'Two', status: 'scheduled', scheduledAt },
    { content: 'Three', overrides: { [chirpId]: { content: '3' } } },
  ])
})

test('one bad post keeps all from being made, and each is named by its place', async () => {
  const before = await count()
  const answer = await owner('POST', posts('bulk'), {
    posts: [
      { content: 'Fine' },
      { content: '' },
      { content: 'x'.repeat(31), targetAccountIds: [chirpId] },
      { content: 'a', overrides: { [chirpId]: { content: 'b' } } },
      { content: 'a', scheduledAt: '2020-01-01T00:00:00Z' },
    ],
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({
    message: '4 of 5 posts are invalid; none was created.',
    details: [
      { path: 'posts.1.content', rule: 'content_required' },
      { path: 'posts.2.content', rule: 'text_too_long', limit: 30 },
      { path: `posts.3.overrides.${chirpId}`, rule: 'override_without_target' },
      { path: 'posts.4.scheduledAt', rule: 'schedule_past_time' },
    ],
  })
  expect(await count()).toBe(before)
})

test('a hundred are taken, one more is not, and none is no list', async () => {
  const many = (number: number) => ({
    posts: Array.from({ length: number }, (_, n) => ({ content: `Post ${n}` })),
  })
  expect((await owner('POST', posts('bulk'), many(100))).statusCode).toBe(201)
  const over = await owner('POST', posts('bulk'), many(101))
  expect(over.json().error.details).toMatchObject([
    { path: 'posts', rule: 'bulk_limit_exceeded', limit: 100 },
  ])
  expect((await owner('POST', posts('bulk'), many(0))).statusCode).toBe(400)
})

test('bulk and import need the permissions of what they make', async () => {
  const author = await world.member(owner.workspaceId, ['posts.create'])
  const viewer = await world.member(owner.workspaceId, ['posts.schedule'])
  const stranger = await world.stranger()
  const draft = { posts: [{ content: 'a' }] }
  const timed = { posts: [{ content: 'a', targetAccountIds: [chirpId], scheduledAt: world.inAnHour() }] }
  expect((await author('POST', posts('bulk'), draft)).statusCode).toBe(201)
  expect((await author('POST', posts('bulk'), timed)).statusCode).toBe(403)
  expect((await viewer('POST', posts('bulk'), draft)).statusCode).toBe(403)
  expect((await stranger('POST', posts('bulk'), draft)).statusCode).toBe(404)
  expect((await importCsv('content\na', {}, author)).statusCode).toBe(201)
  expect((await importCsv('content,accounts,date\na,chirp,2030-01-01 10:00', {}, author)).statusCode).toBe(
    403,
  )
  expect((await importCsv('content\na', {}, viewer)).statusCode).toBe(403)
  expect((await importCsv('content\na', {}, stranger)).statusCode).toBe(404)
})

// ---------------------------------------------------------------- import

const importCsv = (csv: string, query: Record<string, string> = {}, caller = owner) =>
  caller('POST', `${posts('import')}?${new URLSearchParams(query)}`, csv, {
    headers: { 'content-type': 'text/csv' },
  })

test('a file becomes posts: names are found, times are meant in their zone', async () => {
  const csv = [
    '\uFEFFContent,Accounts,Scheduled at,Timezone,Media,Hashtags,Campaign,Labels,content:chirp',
    '"Spring, at last","@olga; gallery",2030-03-31 02:30,Europe/Zurich,picture.png,spring #sun,spring,Fun|LAUNCH,Spring!',
    '',
    '"A text',
    'in two lines",chirp,2030-01-01T10:00+05:00,,,,,,',
    `A draft,,,,${mediaId},,,,`,
  ].join('\r\n')
  const answer = await importCsv(csv)
  expect(answer.statusCode, answer.body).toBe(201)
  expect(answer.json()).toMatchObject({ dryRun: false, posts: 3, errors: [] })
  const made = await Promise.all(
    answer.json().postIds.map(async (id: string) => (await owner('GET', `/api/v1/posts/${id}`)).json()),
  )
  expect(made).toMatchObject([
    {
      content: 'Spring, at last',
      status: 'scheduled',
      // 02:30 is skipped that night: it moves forward by the hour.
      scheduledAt: '2030-03-31T01:30:00.000Z',
      timezone: 'Europe/Zurich',
      targetAccountIds: [chirpId, galleryId],
      mediaIds: [mediaId],
      hashtags: ['spring', '#sun'],
      campaignId: expect.any(String),
      labelIds: [expect.any(String), expect.any(String)],
      overrides: { [chirpId]: { content: 'Spring!' } },
    },
    {
      content: 'A text\r\nin two lines',
      scheduledAt: '2030-01-01T05:00:00.000Z',
      targetAccountIds: [chirpId],
    },
    { content: 'A draft', status: 'draft', mediaIds: [mediaId] },
  ])
})

const bad = [
  'content;accounts;scheduledAt;media;labels;campaign;contentType',
  'Fine;chirp;2030-01-01 10:00;;;;',
  ';chirp;;;;;',
  '"A record',
  'over three',
  'lines";nobody;tomorrow;no.png;Nope;Nope;poem',
  'x;chirp;2020-01-01 10:00;;;;',
  'This text is much too long for chirp;chirp;;;;;',
  'no picture;gallery;2030-01-01 10:00;;;;',
  'one cell too many;;;;;;;x',
].join('\n')
const told = [
  [3, 'content', 'content_required'],
  [4, 'accounts', 'account_unknown'],
  [4, 'media', 'media_unknown'],
  [4, 'labels', 'labels_unknown'],
  [4, 'campaign', 'campaign_unknown'],
  [4, 'scheduledAt', 'not_a_time'],
  [4, 'contentType', 'unknown_content_type'],
  [7, 'scheduledAt', 'schedule_past_time'],
  [8, 'content', 'text_too_long'],
  [9, 'media', 'media_required'],
  [10, null, 'csv_too_many_cells'],
]

test('the dry run tells every bad line by its number, and keeps nothing', async () => {
  const before = await count()
  const answer = await importCsv(bad, { dryRun: 'true' })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json()).toMatchObject({ dryRun: true, posts: 7, postIds: [] })
  const errors = answer.json().errors as { line: number; column: string | null; rule: string }[]
  expect(errors.map(({ line, column, rule }) => [line, column, rule])).toEqual(told)
  expect(await count()).toBe(before)
})

test('the real import refuses what the dry run told, and keeps nothing either', async () => {
  const before = await count()
  const answer = await importCsv(bad)
  expect(answer.statusCode).toBe(400)
  const details = answer.json().error.details as { path: string; rule: string }[]
  expect(details.map(({ path, rule }) => [path, rule])).toEqual(
    told.map(([line, column, rule]) => [column ? `lines.${line}.${column}` : `lines.${line}`, rule]),
  )
  expect(await count()).toBe(before)
})

test.each<[string, string, object]>([
  ['an empty file', '', { rule: 'csv_empty', line: 1 }],
  ['an unknown column', 'content,colour\na,b', { rule: 'csv_unknown_column', column: 'colour' }],
  ['a column twice', 'content,text\na,b', { rule: 'csv_column_twice' }],
  ['a quote that never ends', 'content\nfine\n"never', { rule: 'csv_unreadable', line: 3 }],
  ['too many posts', `content\n${'a\n'.repeat(501)}`, { rule: 'csv_too_many_rows' }],
])('the dry run tells %s', async (_what, csv, error) => {
  const answer = await importCsv(csv, { dryRun: 'true' })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json().errors).toMatchObject([error])
})

test('a file that is not UTF-8 is told by the line', async () => {
  const answer = await owner('POST', `${posts('import')}?dryRun=true`, undefined, {
    payload: Buffer.from([...Buffer.from('content\nfine\nZ'), 0xfc, ...Buffer.from('rich')]),
    headers: { 'content-type': 'text/csv' },
  })
  expect(answer.json().errors).toMatchObject([{ line: 3, rule: 'csv_not_utf8' }])
})

test('another type than CSV is refused', async () => {
  expect((await owner('POST', posts('import'), { csv: 'content' })).statusCode).toBe(400)
  const answer = await owner('POST', posts('import'), 'content', {
    headers: { 'content-type': 'text/plain' },
  })
  expect(answer.statusCode).toBe(415)
})
