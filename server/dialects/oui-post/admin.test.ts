import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const withKey = (key: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown) =>
  server.app.inject({
    method,
    url,
    headers: { 'x-api-key': key },
    ...(body === undefined ? {} : { payload: body as object }),
  })

async function makeKey(body: Record<string, unknown> = {}) {
  const answer = await server.owner('POST', '/admin/keys', {
    name: 'Integration',
    tier: 'professional',
    ...body,
  })
  expect(answer.statusCode).toBe(201)
  return answer.json().data.key as { id: string; api_key: string }
}

test('an administrator logs in for a day, reads the profile, logs out, and the token is dead', async () => {
  const login = await server.app.inject({
    method: 'POST',
    url: '/admin/login',
    payload: { email: 'owner@example.com', password: 'password123' },
  })
  const { token, expires_at, user } = login.json().data
  expect(login.statusCode).toBe(200)
  expect(user).toEqual({
    id: `user_${server.owner.userId}`,
    email: 'owner@example.com',
    name: 'Olga Owner',
    role: 'admin',
  })
  const days = (Date.parse(expires_at) - server.ctx.clock.now().getTime()) / 86_400_000
  expect(days).toBeCloseTo(1, 2)
  const headers = { authorization: `Bearer ${token}` }
  const profile = await server.app.inject({ url: '/admin/profile', headers })
  expect(profile.json().data.user).toMatchObject({
    role: 'admin',
    permissions: expect.arrayContaining(['users.manage']),
  })
  expect((await server.app.inject({ method: 'POST', url: '/admin/logout', headers })).json()).toEqual({
    success: true,
    data: { message: 'Logged out successfully' },
  })
  expect((await server.app.inject({ url: '/admin/profile', headers })).statusCode).toBe(401)
})

test('a wrong password is 401 in the envelope of this dialect', async () => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/admin/login',
    payload: { email: 'owner@example.com', password: 'wrong' },
  })
  expect(answer.statusCode).toBe(401)
  expect(answer.json()).toEqual({
    success: false,
    error: { code: 'UNAUTHORIZED', message: expect.any(String), details: {} },
  })
})

test('users are made, changed, switched off and deleted, but never the last administrator', async () => {
  const body = {
    email: 'ed@example.com',
    name: 'Ed',
    password: 'secure_password',
    role: 'editor',
    permissions: ['analytics.view'],
  }
  const made = await server.owner('POST', '/admin/users', body)
  expect(made.json().data.user).toMatchObject({
    email: 'ed@example.com',
    role: 'editor',
    is_active: true,
    last_login: null,
  })
  const { id } = made.json().data.user
  expect((await server.owner('POST', '/admin/users', body)).json().error.code).toBe('CONFLICT')

  const ed = await server.app.inject({
    method: 'POST',
    url: '/admin/login',
    payload: { email: body.email, password: body.password },
  })
  const headers = { authorization: `Bearer ${ed.json().data.token}` }
  expect((await server.app.inject({ url: '/admin/stats', headers })).statusCode).toBe(200)
  expect((await server.app.inject({ url: '/admin/users', headers })).statusCode).toBe(403)
  expect((await server.app.inject({ url: '/admin/audit', headers })).statusCode).toBe(403)

  const off = await server.owner('PUT', `/admin/users/${id}`, { is_active: false })
  expect(off.json().data.user.is_active).toBe(false)
  expect((await server.app.inject({ url: '/admin/stats', headers })).statusCode).toBe(401)
  const again = await server.app.inject({
    method: 'POST',
    url: '/admin/login',
    payload: { email: body.email, password: body.password },
  })
  expect(again.statusCode).toBe(403)

  const owner = `/admin/users/user_${server.owner.userId}`
  expect((await server.owner('PUT', owner, { role: 'editor' })).statusCode).toBe(409)
  expect((await server.owner('PUT', owner, { is_active: false })).statusCode).toBe(409)
  expect((await server.owner('DELETE', owner)).statusCode).toBe(409)
  expect((await server.owner('DELETE', `/admin/users/${id}`)).json().data.message).toBe(
    'User deleted successfully',
  )
  expect((await server.owner('DELETE', `/admin/users/${id}`)).statusCode).toBe(404)
  expect((await server.owner('DELETE', '/admin/users/user_123')).statusCode).toBe(404)
})

test('a key is shown once, opens the API, is counted, rotates with a day of grace, and ends when revoked', async () => {
  const { id, api_key } = await makeKey()
  expect(api_key).toMatch(/^pk_live_[a-z0-9]{32}$/)
  expect((await withKey(api_key, 'GET', '/api/workspaces')).statusCode).toBe(200)
  const listed = (await server.owner('GET', '/admin/keys'))
    .json()
    .data.keys.find((key: { id: string }) => key.id === id)
  expect(listed).toMatchObject({
    prefix: api_key.slice(0, 11),
    tier: 'professional',
    usage: { requests_today: 1, requests_this_month: 1 },
  })
  expect(JSON.stringify(listed)).not.toContain(api_key)

  const rotated = (await server.owner('POST', `/admin/keys/${id}/rotate`)).json().data.key
  const works = async (key: string) => (await withKey(key, 'GET', '/api/workspaces')).statusCode
  expect([await works(api_key), await works(rotated.new_api_key)]).toEqual([200, 200])
  server.clock.advance(24 * 3_600_000 - 1000)
  expect(await works(api_key)).toBe(200)
  server.clock.advance(2000)
  expect([await works(api_key), await works(rotated.new_api_key)]).toEqual([401, 200])
  server.clock.set(new Date())
  await server.owner('DELETE', `/admin/keys/${id}`)
  expect(await works(rotated.new_api_key)).toBe(401)
})

test('a key made for one workspace sees no other, and one it makes joins its list', async () => {
  const other = await server.stranger()
  const { api_key } = await makeKey({ workspaces: [`ws_${server.owner.workspaceId}`] })
  const names = async () => (await withKey(api_key, 'GET', '/api/workspaces')).json().data
  expect((await names()).pagination).toEqual({
    current_page: 1,
    total_pages: 1,
    total_items: 1,
    per_page: 20,
  })
  for (const method of ['GET', 'PUT', 'DELETE'] as const)
    expect(
      (
        await withKey(
          api_key,
          method,
          `/api/workspaces/ws_${other.workspaceId}`,
          method === 'PUT' ? { name: 'x' } : undefined,
        )
      ).statusCode,
    ).toBe(404)
  const made = await withKey(api_key, 'POST', '/api/workspaces', {
    name: 'Marketing Team',
    description: 'Marketing content and campaigns',
    settings: { timezone: 'Europe/Paris', default_hashtags: ['#marketing', '#brand'] },
  })
  expect(made.statusCode).toBe(201)
  const { workspace } = made.json().data
  expect(workspace).toMatchObject({
    settings: { timezone: 'Europe/Paris', default_hashtags: ['#marketing', '#brand'] },
  })
  expect((await names()).workspaces).toHaveLength(2)
  const changed = await withKey(api_key, 'PUT', `/api/workspaces/${workspace.id}`, {
    settings: { timezone: 'Europe/London' },
  })
  expect(changed.statusCode).toBe(200)
  const read = (await withKey(api_key, 'GET', `/api/workspaces/${workspace.id}`)).json().data.workspace
  expect(read).toMatchObject({
    settings: { timezone: 'Europe/London', default_hashtags: ['#marketing', '#brand'] },
    accounts: [],
    stats: { total_posts: 0, scheduled_posts: 0, published_posts: 0 },
  })
  expect((await withKey(api_key, 'DELETE', `/api/workspaces/${workspace.id}`)).json().data.message).toBe(
    'Workspace deleted successfully',
  )
  expect((await withKey(api_key, 'GET', `/api/workspaces/${workspace.id}`)).statusCode).toBe(404)
})

test('a key without a permission is refused where it is needed', async () => {
  const { api_key } = await makeKey({ permissions: ['posts.read'] })
  const answer = await withKey(api_key, 'POST', '/api/workspaces', { name: 'x' })
  expect(answer.statusCode).toBe(403)
  expect(answer.json().error.code).toBe('FORBIDDEN')
})

test('bad input is 422 with the fields, an unknown tier or workspace too', async () => {
  const long = await withKey((await makeKey()).api_key, 'POST', '/api/workspaces', { name: 'x'.repeat(101) })
  expect(long.json().error).toMatchObject({ code: 'VALIDATION_ERROR', details: { name: expect.any(String) } })
  const key = await server.owner('POST', '/admin/keys', { name: 'x', tier: 'gold', workspaces: ['ws_123'] })
  expect(key.statusCode).toBe(422)
  const unknown = await server.owner('POST', '/admin/keys', {
    name: 'x',
    tier: 'starter',
    workspaces: [server.ctx.newId()],
  })
  expect(unknown.json().error.details.workspaces).toContain('There is no workspace')
})

test('figures and health are counted, never invented: an empty instance shows zeros and nulls', async () => {
  const fresh = await testApp()
  try {
    const dashboard = (await fresh.owner('GET', '/admin/dashboard')).json().data
    expect(dashboard).toEqual({
      overview: { total_workspaces: 1, total_posts: 0, total_accounts: 0, total_users: 1 },
      activity: { posts_today: 0, posts_this_week: 0, scheduled_posts: 0, failed_posts: 0 },
      api_usage: { requests_today: 0, requests_this_month: 0, active_keys: 0 },
      platform_distribution: { facebook: 0, instagram: 0, twitter: 0, linkedin: 0, other: 0 },
    })
    expect((await fresh.owner('GET', '/admin/stats')).json().data.usage).toEqual({
      storage_used_mb: 0,
      storage_limit_mb: null,
      api_calls_this_month: 0,
    })
    // Nothing publishes in this test's process, and the answer says so.
    const health = await fresh.owner('GET', '/admin/health')
    expect(health.statusCode).toBe(503)
    expect(health.json().data.components).toMatchObject({
      database: { status: 'healthy', latency_ms: expect.any(Number) },
      cache: { status: 'not_configured', latency_ms: null },
      queue: { status: 'unhealthy', pending_jobs: 0, problem: 'No process is publishing' },
    })
    expect((await fresh.owner('GET', '/admin/platform-health')).json().data).toMatchObject({
      platforms: {},
      overall_status: 'operational',
    })
    expect((await fresh.owner('GET', '/admin/system')).json().data).toMatchObject({
      php_version: null,
      runtime: expect.stringContaining('Node.js'),
      database_version: expect.stringContaining('PostgreSQL'),
    })
  } finally {
    await fresh.close()
  }
})

test('platform health follows from the attempts of the last 24 hours', async () => {
  const fresh = await testApp()
  try {
    const { ctx, owner } = fresh
    const now = ctx.clock.now()
    const [accountId, postId, deliveryId, processId] = [ctx.newId(), ctx.newId(), ctx.newId(), ctx.newId()]
    const { workspaceId, brandId } = owner
    const at = { createdAt: now, updatedAt: now }
    await ctx.db
      .insertInto('accounts')
      .values({
        id: accountId,
        workspaceId,
        brandId,
        network: 'mastodon',
        externalId: '1',
        kind: 'profile',
        name: 'A',
        state: 'active',
        connectedAt: now,
        ...at,
      })
      .execute()
    await ctx.db
      .insertInto('posts')
      .values({
        id: postId,
        workspaceId,
        brandId,
        origin: 'mypost',
        text: 'x',
        status: 'published',
        contentHash: Buffer.from('x'),
        ...at,
      })
      .execute()
    await ctx.db
      .insertInto('deliveries')
      .values({
        id: deliveryId,
        workspaceId,
        postId,
        accountId,
        network: 'mastodon',
        position: 0,
        state: 'published',
        publishedAt: now,
        ...at,
      })
      .execute()
    const attempt = (number: number, outcome: string, failure: object | null, agoMs = 1000) => ({
      id: ctx.newId(),
      workspaceId,
      deliveryId,
      network: 'mastodon',
      number,
      processId,
      outcome,
      failure: failure && JSON.stringify(failure),
      startedAt: new Date(now.getTime() - agoMs),
      finishedAt: new Date(now.getTime() - agoMs + 400),
    })
    await ctx.db
      .insertInto('attempts')
      .values([
        attempt(1, 'published', null),
        attempt(2, 'published', null),
        attempt(3, 'failed', { class: 'permanent', rule: 'x', message: 'The text is too long', remedy: '' }),
        attempt(4, 'retry', { class: 'transient', rule: 'x', message: 'Mastodon answered 503', remedy: '' }),
        attempt(
          5,
          'retry',
          { class: 'transient', rule: 'x', message: 'too long ago', remedy: '' },
          25 * 3_600_000,
        ),
      ])
      .execute()
    const { platforms, overall_status } = (await owner('GET', '/admin/platform-health')).json().data
    expect(platforms).toEqual({
      mastodon: {
        status: 'degraded',
        api_status: 'partial_outage',
        last_successful_post: now.toISOString(),
        error_rate_24h: 25,
        avg_response_time_ms: 400,
        issues: ['Mastodon answered 503'],
      },
    })
    expect(overall_status).toBe('degraded')
  } finally {
    await fresh.close()
  }
})

test('webhooks of the instance, and the audit log that tells who made them', async () => {
  const body = {
    url: 'https://yourapp.example/webhooks/post',
    events: ['post.published', 'account.disconnected'],
    secret: 'your_webhook_secret',
  }
  const made = await server.owner('POST', '/admin/webhooks', body)
  expect(made.json().data.webhook).toEqual({
    id: expect.stringMatching(/^wh_/),
    url: body.url,
    events: body.events,
    is_active: true,
    created_at: expect.any(String),
  })
  expect(
    (await server.owner('POST', '/admin/webhooks', { ...body, events: ['post.liked'] })).statusCode,
  ).toBe(422)
  const [webhook] = (await server.owner('GET', '/admin/webhooks')).json().data.webhooks
  expect(webhook.stats).toEqual({ total_deliveries: 0, successful_deliveries: 0, failed_deliveries: 0 })
  const log = (await server.owner('GET', '/admin/audit?action=webhook.created&limit=1')).json().data
  expect(log.pagination).toEqual({ current_page: 1, total_pages: 1, total_items: 1 })
  expect(log.logs[0]).toMatchObject({
    user_id: `user_${server.owner.userId}`,
    user_email: 'owner@example.com',
    action: 'webhook.created',
    resource_type: 'webhook',
    details: { url: body.url },
  })
  expect((await server.owner('GET', '/admin/audit?from=tomorrow')).statusCode).toBe(422)
})

test('no credential, a wrong key, a member without rights: 401, 401, 403', async () => {
  expect((await server.app.inject({ url: '/api/platforms' })).statusCode).toBe(401)
  expect((await withKey('pk_live_wrong', 'GET', '/api/platforms')).statusCode).toBe(401)
  expect((await server.app.inject({ url: '/admin/dashboard' })).statusCode).toBe(401)
  const member = await server.stranger('plain@example.com')
  for (const path of [
    'dashboard',
    'stats',
    'users',
    'keys',
    'webhooks',
    'audit',
    'health',
    'platform-health',
    'system',
  ])
    expect([path, (await member('GET', `/admin/${path}`)).statusCode]).toEqual([path, 403])
})

test('an unknown address under /api and /admin is told in this dialect, under /api/v1 in the native one', async () => {
  for (const url of ['/api/nothing', '/admin/nothing'])
    expect((await server.app.inject({ url })).json()).toMatchObject({
      success: false,
      error: { code: 'NOT_FOUND' },
    })
  expect((await server.app.inject({ url: '/api/v1/nothing' })).json().error.requestId).toMatch(/^req_/)
})
