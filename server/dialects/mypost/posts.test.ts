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
