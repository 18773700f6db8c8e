import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bufferWorld, token } from '../../../test/buffer-world.ts'

let world: Awaited<ReturnType<typeof bufferWorld>>
let account: number

beforeAll(async () => {
  world = await bufferWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  account = await world.begin()
})

const configPath = '/api/v1/buffer/config'

test('the configuration is set up once, changed and deleted, and its token is never shown', async () => {
  const { owner, ctx } = world
  const first = await owner('POST', configPath, { access_token: token })
  expect(first.statusCode).toBe(201)
  expect(first.json()).toEqual({
    id: expect.any(Number),
    is_active: true,
    organization_id: null,
    token_expires_at: null,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    updated_at: expect.any(String),
  })
  const path = `${configPath}/${first.json().id}`
  const second = await owner('POST', configPath, {
    access_token: 'another-token',
    refresh_token: 'a-refresh-token',
    token_expires_at: '2030-01-01T00:00:00',
    organization_id: 'org',
  })
  expect(second.json()).toMatchObject({
    id: first.json().id,
    organization_id: 'org',
    token_expires_at: '2030-01-01T00:00:00',
  })
  expect((await owner('GET', path)).json()).toEqual(second.json())
  expect((await owner('GET', configPath)).json()).toEqual(second.json())
  const changed = await owner('PUT', path, { organization_id: null })
  expect(changed.json()).toMatchObject({ organization_id: null, token_expires_at: '2030-01-01T00:00:00' })
  const rows = await ctx.db.selectFrom('events').selectAll().where('type', 'like', 'buffer%').execute()
  const stored = await ctx.db.selectFrom('bufferConfigs').selectAll().execute()
  const told = JSON.stringify([second.json(), changed.json(), rows, stored.map((row) => String(row.secret))])
  expect([told.includes('another-token'), told.includes('a-refresh-token')]).toEqual([false, false])
  for (const body of [{}, { access_token: '' }, { access_token: ' ' }, { access_token: 7 }]) {
    const bad = await owner('POST', configPath, body)
    expect([bad.statusCode, typeof bad.json().detail]).toEqual([400, 'string'])
  }
  expect((await owner('DELETE', path)).json()).toEqual({
    message: 'Buffer configuration deleted successfully',
  })
  for (const gone of [path, configPath]) expect((await owner('GET', gone)).statusCode).toBe(404)
})

test('while posts are scheduled at Buffer, the configuration stays', async () => {
  const { owner } = world
  const path = `${configPath}/${(await owner('GET', configPath)).json().id}`
  const id = await world.draft(account)
  await world.ask(id, 'schedule')
  expect((await owner('DELETE', path)).json().detail).toContain('1 post is scheduled at Buffer')
  expect((await owner('PUT', path, { is_active: false })).statusCode).toBe(400)
  expect((await owner('PUT', path, { access_token: token })).statusCode).toBe(200)
  await world.ask(id, 'cancel')
  expect((await owner('PUT', path, { is_active: false })).json().is_active).toBe(false)
})

test('without an active configuration a profile goes nowhere, least of all another way', async () => {
  const { owner } = world
  const config = (await owner('GET', configPath)).json()
  const id = await world.draft(account)
  await owner('PUT', `${configPath}/${config.id}`, { is_active: false })
  for (const [method, path] of [
    ['POST', `/posts/${id}/schedule`],
    ['GET', '/buffer/profiles'],
    ['POST', '/analytics/sync'],
    ['POST', `/social-accounts/${account}/test-connection`],
    ['POST', `/social-accounts/${account}/sync-buffer`],
  ] as const) {
    const answer = await owner(method, `/api/v1${path}`)
    expect([path, answer.statusCode, answer.json()]).toEqual([
      path,
      400,
      { detail: 'Buffer is not configured for this user' },
    ])
  }
  expect(await world.show(id)).toMatchObject({ status: 'draft' })
  const deliveries = await world.ctx.db.selectFrom('deliveries').select(['state', 'wakeAt']).execute()
  expect(deliveries).toEqual([{ state: 'draft', wakeAt: null }])
  expect(world.asked()).toEqual([])
})

test('profiles are Buffer’s channels', async () => {
  const profiles = await world.owner('GET', '/api/v1/buffer/profiles')
  expect(profiles.json()).toContainEqual(
    expect.objectContaining({
      id: expect.any(String),
      service: 'twitter',
      formatted_service: 'Twitter',
      formatted_username: 'example',
    }),
  )
  await world.breakNext('channels', { kind: 'server_error' })
  const away = await world.owner('GET', '/api/v1/buffer/profiles')
  expect([away.statusCode, away.headers['retry-after']]).toEqual([503, '30'])
})

test('a connection is tested, and synced: what Buffer says of the channel is kept', async () => {
  const { owner, breakNext } = world
  const path = `/api/v1/social-accounts/${account}`
  const check = () => owner('POST', `${path}/test-connection`)
  const sync = (id = account) => owner('POST', `/api/v1/social-accounts/${id}/sync-buffer`)
  expect((await check()).json()).toEqual({
    account_id: account,
    connected: true,
    message: 'Connection successful',
  })
  await breakNext('account', { kind: 'cut' })
  expect((await check()).statusCode).toBe(503)
  expect((await sync()).json()).toMatchObject({
    id: account,
    status: 'active',
    platform_metadata: { buffer: { id: 'page-1', service: 'twitter' }, synced_at: expect.any(String) },
  })
  await breakNext('channel', { kind: 'server_error' })
  expect((await sync()).statusCode).toBe(503)
  expect((await owner('GET', path)).json().status).toBe('active')

  const unknown = await world.addAccount('missing-1')
  const failed = await sync(unknown)
  expect([failed.statusCode, failed.json().detail]).toEqual([
    400,
    expect.stringContaining('Failed to sync with Buffer'),
  ])
  expect((await owner('GET', `/api/v1/social-accounts/${unknown}`)).json().status).toBe('error')
  const lost = await world.addAccount('page-9')
  await world.order('channel', { key: token, id: 'page-9', isDisconnected: true })
  expect((await sync(lost)).json().status).toBe('error')
  await world.order('channel', { key: token, id: 'page-9', isDisconnected: false })
  expect((await sync(lost)).json().status).toBe('active')
})

test('an account without a profile is not Buffer’s, whatever its token', async () => {
  const { owner, ctx } = world
  const now = ctx.clock.now()
  const row = await ctx.db
    .insertInto('accounts')
    .values({
      id: ctx.newId(),
      workspaceId: owner.workspaceId,
      brandId: owner.brandId,
      network: 'chirp',
      externalId: 'by-consent',
      kind: 'profile',
      name: 'By consent',
      state: 'active',
      secret: Buffer.from('sealed'),
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  const path = `/api/v1/social-accounts/${row.number}`
  expect((await owner('POST', `${path}/test-connection`)).json()).toMatchObject({ connected: false })
  expect((await owner('POST', `${path}/sync-buffer`)).statusCode).toBe(400)
  // With a profile its posts go through Buffer, and without one through the engine again.
  expect((await owner('PUT', path, { buffer_profile_id: 'page-4' })).json().buffer_profile_id).toBe('page-4')
  const id = await world.draft(row.number)
  await world.ask(id, 'schedule')
  expect(await world.texts()).toEqual(['Post content'])
  expect((await owner('PUT', path, { buffer_profile_id: null })).json().detail).toContain('Cancel them first')
  await world.ask(id, 'cancel')
  expect((await owner('PUT', path, { buffer_profile_id: null })).statusCode).toBe(200)
  await world.ask(id, 'reschedule', { scheduled_time: world.inHours() })
  expect(await world.ask(id, 'schedule')).toMatchObject({ status: 'scheduled', buffer_post_id: null })
  const deliveries = await ctx.db.selectFrom('deliveries').select('wakeAt').execute()
  expect(deliveries).toEqual([{ wakeAt: expect.any(Date) }])
})

test('an account changes its way only while nothing waits on it', async () => {
  const { owner } = world
  const other = await world.addAccount('page-2')
  const path = `/api/v1/social-accounts/${other}`
  expect((await owner('PUT', path, { buffer_profile_id: 'page-3' })).json().buffer_profile_id).toBe('page-3')
  const id = await world.draft(other)
  await world.ask(id, 'schedule')
  for (const body of [{ buffer_profile_id: 'page-2' }, { is_active: false }])
    expect((await owner('PUT', path, body)).statusCode).toBe(400)
  await world.ask(id, 'cancel')
  expect((await owner('PUT', path, { buffer_profile_id: null })).json().detail).toContain('Buffer alone')
  expect((await owner('PUT', path, { is_active: false })).json().status).toBe('inactive')
})

test('the numbers of what Buffer published are brought, in the window that was asked for', async () => {
  const { owner } = world
  const sync = (query = '') => owner('POST', `/api/v1/analytics/sync${query}`)
  const id = await world.draft(account)
  await world.ask(id, 'schedule')
  await world.minutes(61)
  await world.look()
  expect((await sync('?days=1')).json()).toEqual([])
  await world.minutes(26 * 60)
  const [post] = await world.posts()
  const value = (...types: string[]) =>
    types.reduce((sum, type) => sum + (post?.metrics?.find((one) => one.type === type)?.value ?? 0), 0)
  const made = await sync()
  expect(made.json()).toMatchObject([
    {
      post_id: id,
      platform: 'chirp',
      likes: value('reactions'),
      comments: value('comments'),
      shares: value('shares', 'reposts'),
      impressions: value('impressions'),
    },
  ])
  const [record] = made.json()
  expect((await owner('GET', `/api/v1/analytics/${record.id}`)).json()).toEqual(record)
  await world.minutes(2 * 24 * 60)
  expect((await sync('?days=2')).json()).toEqual([])
  for (const days of [0, 31, 'x']) expect((await sync(`?days=${days}`)).statusCode).toBe(400)
  await world.breakNext('posts', { kind: 'server_error' })
  expect((await sync()).statusCode).toBe(503)
})

test('another workspace’s numbers are 403 by every address, unknown ones 404, and its Buffer is its own', async () => {
  const config = (await world.owner('GET', configPath)).json()
  const other = await world.stranger()
  for (const [id, status] of [
    [config.id, 403],
    [999_999_999, 404],
  ])
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { access_token: 'stolen' }],
      ['DELETE', undefined],
    ] as const)
      expect([method, id, (await other(method, `${configPath}/${id}`, body)).statusCode]).toEqual([
        method,
        id,
        status,
      ])
  for (const [id, status] of [
    [account, 403],
    [999_999_999, 404],
  ])
    for (const verb of ['test-connection', 'sync-buffer'])
      expect((await other('POST', `/api/v1/social-accounts/${id}/${verb}`)).statusCode).toBe(status)
  expect((await other('GET', configPath)).statusCode).toBe(404)
  expect((await other('GET', '/api/v1/buffer/profiles')).statusCode).toBe(400)
  expect((await other('POST', '/api/v1/analytics/sync')).statusCode).toBe(400)
  expect(world.asked()).toEqual([])
})
