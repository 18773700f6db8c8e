import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Json, type Leeway, shapeFaults } from '../../../test/documented-shape.ts'
import { testPosting } from '../../../test/posting.ts'
import { outside, scriptedNetworks } from '../../../test/scripted-network.ts'

/** The requests and answers as the document of this dialect prints them; `uuid` stands for an id. */
const uuid = '01900000-0000-7000-8000-000000000001'
const documented = {
  login: {
    accessToken: 'eyJhbGciOiJIUzI1NiIs...',
    expiresIn: 900,
    user: { id: uuid, email: 'owner@example.com', name: 'Olga Owner' },
  },
  brand: { name: 'My Brand', description: 'Brand description' },
  accounts: {
    data: [
      {
        ...{ id: uuid, network: 'facebook', name: 'My Page', profileImageUrl: 'https://...' },
        ...{ status: 'active', tokenExpiresAt: '2026-02-01T00:00:00Z' },
      },
    ],
  },
  post: {
    content: 'Hello world! 👋',
    mediaIds: [uuid, uuid],
    targetAccountIds: [uuid],
    scheduledAt: '2030-01-15T14:00:00Z',
  },
  upload: { filename: 'image.jpg', mimeType: 'image/jpeg', size: 1024000 },
  overview: {
    followers: 15420,
    followerGrowth: 523,
    impressions: 142000,
    engagement: 8532,
    engagementRate: 6.01,
    posts: 45,
  },
  role: {
    name: 'Content Manager',
    permissions: ['posts.create', 'posts.edit', 'media.upload', 'analytics.view'],
  },
  rejection: { reason: 'Please revise the hashtags' },
  audit: {
    data: [
      {
        ...{ id: uuid, action: 'post.published', userId: uuid, resourceType: 'post', resourceId: uuid },
        ...{ createdAt: '2026-01-01T12:00:00Z', metadata: {} },
      },
    ],
    page: { nextCursor: '...' },
  },
  error: {
    error: {
      code: 'VALIDATION_ERROR',
      message: 'Human readable message',
      details: [{ path: 'email', message: 'Invalid email format' }],
      requestId: 'req_abc123',
    },
  },
  webhook: {
    url: 'https://your-server.com/webhook',
    events: ['post.published', 'post.failed'],
    secret: 'your-signing-secret',
  },
} satisfies Record<string, Json>
/** The 18 of the document; a server may know more (answers 1.16). */
const permissions = [
  ...[
    'posts.create',
    'posts.edit',
    'posts.delete',
    'posts.publish',
    'posts.schedule',
    'media.upload',
    'media.delete',
  ],
  ...[
    'brands.create',
    'brands.edit',
    'brands.delete',
    'accounts.connect',
    'accounts.disconnect',
    'analytics.view',
  ],
  ...['analytics.export', 'users.invite', 'users.manage', 'roles.manage', 'workspace.settings'],
]

const { script, square } = scriptedNetworks()
const facebook = {
  ...square,
  id: 'facebook',
  name: 'Facebook',
  limits: { ...square.limits, contentTypes: ['text' as const, 'image' as const, 'carousel' as const] },
}
let world: Awaited<ReturnType<typeof testPosting>>
let at: { workspace: string; brand: string }
let accountId: string
beforeAll(async () => {
  world = await testPosting([facebook])
  const { owner } = world
  at = { workspace: `/api/v1/workspaces/${owner.workspaceId}`, brand: `/api/v1/brands/${owner.brandId}` }
  // The consent of the document's `{"network": "facebook"}`, the network's part played by hand.
  script.opens = { outcome: 'done', value: [outside('page', { name: 'My Page' })] }
  const begun = await owner('POST', `${at.brand}/social-accounts`, { network: 'facebook' })
  expect(begun.json()).toMatchObject({
    authUrl: expect.stringContaining('https://'),
    state: expect.any(String),
  })
  await world.app.inject({
    url: `/api/v1/social-accounts/callback/facebook?code=abc&state=${begun.json().state}`,
  })
  accountId = (await owner('GET', `${at.brand}/social-accounts`)).json().data[0].id
})
afterAll(() => world.close())

async function ask(
  what: string,
  { body, status = 200, like, ...leeway }: Leeway & { body?: unknown; status?: number; like?: Json } = {},
) {
  const [method, url = ''] = what.split(' ') as ['GET', string]
  const answer = await world.owner(method, url, body)
  expect([what, answer.statusCode, answer.body.slice(0, 300)]).toEqual([what, status, expect.anything()])
  if (like) expect([what, shapeFaults(like, answer.json(), leeway)]).toEqual([what, []])
  return answer
}

test('login, as printed, and the cookie that refreshes it', async () => {
  const body = { email: 'owner@example.com', password: 'password123' }
  const answer = await world.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: body })
  const fixed = ['expiresIn', 'user.email', 'user.name']
  expect([answer.statusCode, shapeFaults(documented.login, answer.json(), { fixed })]).toEqual([200, []])
  const [cookie] = answer.cookies
  expect(cookie).toMatchObject({ name: 'refreshToken', httpOnly: true, path: '/api/v1/auth' })
  const bad = await world.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { ...body, email: 'nonsense' },
  })
  expect([
    bad.statusCode,
    shapeFaults(documented.error, bad.json(), { fixed: ['error.code', 'error.details[].path'] }),
  ]).toEqual([400, []])
  expect(bad.json().error.requestId).toMatch(/^req_/)
})

test('brands and accounts', async () => {
  const made = await ask(`POST ${at.workspace}/brands`, {
    body: documented.brand,
    status: 201,
    like: documented.brand,
    fixed: ['name', 'description'],
  })
  await ask(`GET /api/v1/brands/${made.json().id}`, {
    like: documented.brand,
    fixed: ['name', 'description'],
  })
  await ask(`GET ${at.brand}/social-accounts`, {
    like: documented.accounts,
    fixed: ['data[].network', 'data[].name', 'data[].status'],
  })
  const again = await ask(`POST /api/v1/social-accounts/${accountId}/reconnect`)
  expect(again.json()).toMatchObject({ authUrl: expect.any(String), state: expect.any(String) })
})

test('posts', async () => {
  const mediaIds = [await world.addMedia(), await world.addMedia()]
  const body = { ...documented.post, mediaIds, targetAccountIds: [accountId] }
  const answer = await ask(`POST ${at.brand}/posts`, {
    body,
    status: 201,
    like: documented.post,
    fixed: ['content'],
  })
  expect(answer.json()).toMatchObject({
    ...body,
    scheduledAt: '2030-01-15T14:00:00.000Z',
    status: 'scheduled',
  })
  const { id } = answer.json()
  for (const status of ['draft', 'scheduled', 'published', 'failed']) {
    const { data } = (await ask(`GET ${at.brand}/posts?status=${status}&limit=50`)).json()
    expect([status, data.length]).toEqual([status, status === 'scheduled' ? 1 : 0])
  }
  const moved = await ask(`POST /api/v1/posts/${id}/schedule`, {
    body: { scheduledAt: '2031-01-15T14:00:00Z' },
  })
  expect(moved.json()).toMatchObject({ status: 'scheduled', scheduledAt: '2031-01-15T14:00:00.000Z' })
  expect((await ask(`POST /api/v1/posts/${id}/cancel`)).json()).toMatchObject({
    status: 'draft',
    scheduledAt: null,
  })
  expect((await ask(`POST /api/v1/posts/${id}/publish`, { status: 202 })).json().status).toBe('publishing')
  await world.setDeliveries(id, 'published', { externalId: 'x', url: 'https://facebook.example/x' })
  const again = await ask(`POST /api/v1/posts/${id}/publish`, { status: 400 })
  expect([again.json().error.code, again.json().error.details[0].path]).toEqual([
    'VALIDATION_ERROR',
    'status',
  ])
  await ask(`DELETE /api/v1/posts/${id}`, { status: 204 })
})

test('media and analytics', async () => {
  const begun = await ask(`POST ${at.brand}/media`, { body: documented.upload, status: 201 })
  expect(begun.json()).toMatchObject({
    id: expect.any(String),
    uploadUrl: expect.any(String),
    expiresAt: expect.any(String),
    headers: { 'Content-Type': 'image/jpeg' },
  })
  await ask(`GET /api/v1/analytics/brands/${world.owner.brandId}`, { like: documented.overview })
  const period = { brandId: world.owner.brandId, from: '2026-01-01', to: '2026-01-31', format: 'csv' }
  const file = await ask('POST /api/v1/analytics/export', { body: period })
  expect(file.headers['content-type']).toContain('text/csv')
  expect(file.headers['content-disposition']).toContain('attachment')
})

test('team, roles and permissions', async () => {
  const role = await ask(`POST ${at.workspace}/roles`, {
    body: documented.role,
    status: 201,
    like: documented.role,
    fixed: ['name', 'permissions'],
  })
  const invited = { email: 'newuser@example.com', roleId: role.json().id }
  await ask(`POST ${at.workspace}/users/invite`, {
    body: invited,
    status: 201,
    like: { id: uuid, ...invited, status: 'invited', expiresAt: '2026-01-01T12:00:00Z' },
    fixed: ['email', 'roleId', 'status'],
  })
  const { userId } = await world.member(world.owner.workspaceId, ['posts.create'])
  const changed = await ask(`PATCH ${at.workspace}/users/${userId}`, { body: { roleId: role.json().id } })
  expect(changed.json().role).toEqual({ id: role.json().id, name: 'Content Manager' })
  const known = (await ask(`GET ${at.workspace}/permissions`))
    .json()
    .data.map((one: { name: string }) => one.name)
  expect(permissions.filter((name) => !known.includes(name))).toEqual([])
})

test('approvals, the audit log, webhooks', async () => {
  const post = await world.newPost({ content: 'x', targetAccountIds: [accountId] })
  const approval = await ask(`POST /api/v1/posts/${post.id}/submit-for-approval`, { status: 201 })
  const rejected = await ask(`POST /api/v1/approvals/${approval.json().id}/reject`, {
    body: documented.rejection,
  })
  expect(rejected.json()).toMatchObject({ status: 'rejected', reason: documented.rejection.reason })
  await ask(`GET ${at.workspace}/audit?limit=2`, { like: documented.audit })
  const { secret, ...shown } = documented.webhook
  const hook = await ask('POST /api/v1/webhooks', {
    body: documented.webhook,
    status: 201,
    like: { id: uuid, ...shown, active: true, createdAt: '2026-01-01T12:00:00Z' },
    fixed: ['url', 'events', 'active'],
  })
  expect(hook.body).not.toContain(secret)
})
