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

test('the dry run tells each account its own rules, and keeps nothing', async () => {
  const count = async () => (await world.ctx.db.selectFrom('posts').select('id').execute()).length
  const before = await count()
  const answer = await owner('POST', '/api/v1/posts/validate', {
    brandId: owner.brandId,
    content: 'Much too long for a chirp of thirty characters',
    hashtags: ['one'],
    targetAccountIds: [chirpId, galleryId],
    scheduledAt: '2020-01-01T00:00:00Z',
  })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json()).toMatchObject({
    publishable: false,
    savable: false,
    issues: [{ path: 'scheduledAt', rule: 'schedule_past_time' }],
    targets: [
      {
        accountId: chirpId,
        network: 'chirp',
        valid: false,
        text: 'Much too long for a chirp of thirty characters\n\n#one',
        textLength: 52,
        textMax: 30,
        textUnit: 'codepoints',
        issues: [{ rule: 'text_too_long', limit: 30, value: 52, remedy: 'Shorten it by 22.' }],
      },
      { accountId: galleryId, valid: false, issues: [{ rule: 'media_required', path: 'mediaIds' }] },
    ],
  })
  expect(await count()).toBe(before)
})

test('what the dry run passes can be scheduled', async () => {
  const body = { content: 'Fine', targetAccountIds: [chirpId] }
  const verdict = await owner('POST', '/api/v1/posts/validate', { brandId: owner.brandId, ...body })
  expect(verdict.json()).toMatchObject({ publishable: true, savable: true, issues: [] })
  expect((await owner('POST', posts(), { ...body, scheduledAt: world.inAnHour() })).statusCode).toBe(201)
})
