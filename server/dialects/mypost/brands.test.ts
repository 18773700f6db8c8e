import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const brandsUrl = () => `/api/v1/workspaces/${server.owner.workspaceId}/brands`
const create = async (name: string): Promise<string> =>
  (await server.owner('POST', brandsUrl(), { name })).json().id
const defaults = async () =>
  (await server.owner('GET', brandsUrl()))
    .json()
    .data.filter((brand: { isDefault: boolean }) => brand.isDefault)
    .map((brand: { id: string }) => brand.id)

test('the documented example creates a brand', async () => {
  const body = { name: 'My Brand', description: 'Brand description' }
  const made = await server.owner('POST', brandsUrl(), body)
  expect(made.statusCode).toBe(201)
  expect(made.json()).toMatchObject({ ...body, workspaceId: server.owner.workspaceId, isDefault: false })
  const read = await server.owner('GET', `/api/v1/brands/${made.json().id}`)
  expect(read.statusCode).toBe(200)
  expect(read.json()).toEqual(made.json())
  const changed = await server.owner('PATCH', `/api/v1/brands/${made.json().id}`, { description: null })
  expect(changed.json()).toMatchObject({ name: 'My Brand', description: null })
})

test('there is always exactly one default brand', async () => {
  const first = server.owner.brandId
  const second = await create('Second')
  expect(await defaults()).toEqual([first])
  await server.owner('PATCH', `/api/v1/brands/${second}`, { isDefault: true })
  expect(await defaults()).toEqual([second])
  const refused = await server.owner('PATCH', `/api/v1/brands/${second}`, { isDefault: false })
  expect(refused.statusCode).toBe(400)
  expect(refused.json().error.details[0].path).toBe('isDefault')
  expect((await server.owner('DELETE', `/api/v1/brands/${second}`)).statusCode).toBe(204)
  expect(await defaults()).toEqual([first])
})

test('a deleted brand is gone from every address, and deleting it again finds nothing', async () => {
  const id = await create('Short-lived')
  expect((await server.owner('DELETE', `/api/v1/brands/${id}`)).statusCode).toBe(204)
  const list = (await server.owner('GET', brandsUrl())).json().data
  expect(list.map((brand: { id: string }) => brand.id)).not.toContain(id)
  for (const answer of [
    await server.owner('GET', `/api/v1/brands/${id}`),
    await server.owner('PATCH', `/api/v1/brands/${id}`, { name: 'Back' }),
    await server.owner('DELETE', `/api/v1/brands/${id}`),
    await server.owner('GET', `/api/v1/brands/${id}/social-accounts`),
  ])
    expect(answer.statusCode).toBe(404)
})

test('the last brand stays, also when two are deleted at the same instant', async () => {
  const founder = await server.stranger('brands@example.com')
  const url = `/api/v1/workspaces/${founder.workspaceId}/brands`
  const alone = await founder('DELETE', `/api/v1/brands/${founder.brandId}`)
  expect(alone.statusCode).toBe(400)
  expect(alone.json().error).toMatchObject({
    code: 'VALIDATION_ERROR',
    message: expect.stringContaining('last brand'),
  })
  const other = (await founder('POST', url, { name: 'Other' })).json().id
  const answers = await Promise.all([
    founder('DELETE', `/api/v1/brands/${founder.brandId}`),
    founder('DELETE', `/api/v1/brands/${other}`),
  ])
  expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 400])
  const left = (await founder('GET', url)).json().data
  expect(left).toHaveLength(1)
  expect(left[0].isDefault).toBe(true)
})

test('deleting a brand cancels what was scheduled in it and leaves what was published', async () => {
  const { ctx, owner } = server
  const brandId = await create('With posts')
  const account = await insertAccount(brandId)
  const outside = await insertAccount(owner.brandId)
  const scheduled = await insertPost(brandId, account, 'scheduled')
  const elsewhere = await insertPost(brandId, outside, 'scheduled')
  const published = await insertPost(brandId, account, 'published')
  expect((await owner('DELETE', `/api/v1/brands/${brandId}`)).statusCode).toBe(204)
  const states = await ctx.db
    .selectFrom('deliveries')
    .innerJoin('posts', 'posts.id', 'deliveries.postId')
    .select(['posts.id', 'deliveries.state', 'posts.status'])
    .where('posts.brandId', '=', brandId)
    .orderBy('posts.id')
    .execute()
  expect(states).toEqual([
    { id: scheduled, state: 'cancelled', status: 'cancelled' },
    { id: elsewhere, state: 'cancelled', status: 'cancelled' },
    { id: published, state: 'published', status: 'published' },
  ])
  const accounts = await ctx.db.selectFrom('accounts').select(['id', 'state']).orderBy('id').execute()
  expect(accounts).toEqual([
    { id: account, state: 'disconnected' },
    { id: outside, state: 'active' },
  ])
  const events = await owner('GET', `/api/v1/workspaces/${owner.workspaceId}/audit?resourceId=${brandId}`)
  expect(events.json().data[0]).toMatchObject({
    action: 'brand.deleted',
    userId: owner.userId,
    metadata: { name: 'With posts', accounts: 1, cancelledPosts: 1 },
  })
})

async function insertAccount(brandId: string): Promise<string> {
  const { ctx, owner } = server
  const id = ctx.newId()
  const now = ctx.clock.now()
  await ctx.db
    .insertInto('accounts')
    .values({
      id,
      workspaceId: owner.workspaceId,
      brandId,
      network: 'bluesky',
      externalId: id,
      kind: 'profile',
      name: 'Account',
      state: 'active',
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  return id
}

async function insertPost(
  brandId: string,
  accountId: string,
  state: 'scheduled' | 'published',
): Promise<string> {
  const { ctx, owner } = server
  const id = ctx.newId()
  const now = ctx.clock.now()
  const row = { workspaceId: owner.workspaceId, createdAt: now, updatedAt: now }
  await ctx.db
    .insertInto('posts')
    .values({
      ...row,
      id,
      brandId,
      origin: 'mypost',
      text: 'Hello',
      status: state,
      contentHash: Buffer.from('h'),
    })
    .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({ ...row, id: ctx.newId(), postId: id, accountId, network: 'bluesky', position: 0, state })
    .execute()
  return id
}
