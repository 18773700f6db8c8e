import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'
import { outside, scriptedNetworks } from '../../../test/scripted-network.ts'

const { script, square, circle } = scriptedNetworks()
let server: Awaited<ReturnType<typeof testApp>>
let key: string
let accountId: string

beforeAll(async () => {
  server = await testApp({ networks: [square, circle] })
  key = (await server.owner('POST', '/admin/keys', { name: 'x', tier: 'enterprise' })).json().data.key.api_key
  script.opens = { outcome: 'done', value: [outside('ada')] }
  accountId = (await connect()).id
})
beforeEach(() => server.clock.set(new Date()))
afterAll(() => server.close())

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
const api = (method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) =>
  server.app.inject({
    method,
    url,
    headers: { 'x-api-key': key, 'x-workspace-id': `ws_${server.owner.workspaceId}`, ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  })

/** The five steps of the document, with the network's part played by hand. */
async function connect() {
  const callback_url = 'https://client.example/callback'
  const begun = await api('POST', '/api/accounts', { platform: 'square', callback_url, scopes: ['write'] })
  const { auth_url, state, expires_in } = begun.json().data
  expect([begun.statusCode, expires_in, new URL(auth_url).origin]).toEqual([
    200,
    600,
    'https://square.example',
  ])
  const back = await server.app.inject({
    url: `/api/v1/social-accounts/callback/square?code=abc&state=${state}`,
  })
  const landed = new URL(back.headers.location as string)
  expect(landed.origin + landed.pathname).toBe(callback_url)
  const done = await api('POST', '/api/accounts/callback', Object.fromEntries(landed.searchParams))
  expect(done.statusCode).toBe(201)
  const again = await api('POST', '/api/accounts/callback', Object.fromEntries(landed.searchParams))
  expect(again.statusCode).toBe(422)
  return done.json().data.account as { id: string }
}

const draft = async (more: Record<string, unknown> = {}) => {
  const made = await api('POST', '/api/posts', {
    content: 'Check out our latest product launch!',
    platforms: ['square'],
    ...more,
  })
  expect([made.statusCode, made.json().error]).toEqual([201, undefined])
  return made.json().data.post as { id: string }
}

test('an account connected by the five steps is listed, changed, and keeps its secret', async () => {
  const list = (await api('GET', '/api/accounts?platform=square&status=active')).json().data.accounts
  expect(list).toMatchObject([
    {
      id: accountId,
      platform: 'square',
      type: 'profile',
      username: '@ada',
      status: 'active',
      stats: { followers: null, posts_this_month: 0 },
    },
  ])
  const changed = await api('PUT', `/api/accounts/${accountId}`, {
    name: 'Ada at work',
    is_default: true,
    settings: { auto_hashtags: true, default_hashtags: ['#company'] },
  })
  expect(changed.json().data.account).toMatchObject({
    name: 'Ada at work',
    is_default: true,
    settings: { auto_hashtags: true, default_hashtags: ['#company'] },
  })
  expect(JSON.stringify([list, changed.json()])).not.toContain('hush')
  const post = await draft({ content: 'With the tag of the account' })
  const shown = (await server.owner('GET', `/api/v1/posts/${post.id.slice(5)}`)).json()
  expect(JSON.stringify(shown.overrides)).toContain('With the tag of the account\\n\\n#company')
  await api('PUT', `/api/accounts/${accountId}`, { settings: { auto_hashtags: false } })
})

test('a post is written, read, listed, changed and deleted in the documented shapes', async () => {
  const made = await api('POST', '/api/posts', {
    content: 'Excited to announce our new product line!',
    platforms: ['square'],
    link: 'https://example.com/products',
    hashtags: ['#newproduct', '#launch'],
    platform_content: { square: 'Only for the square' },
  })
  expect(made.json().data.post).toEqual({
    id: expect.stringMatching(/^post_/),
    content: 'Excited to announce our new product line!',
    status: 'draft',
    platforms: ['square'],
    link: 'https://example.com/products',
    hashtags: ['#newproduct', '#launch'],
    created_at: expect.any(String),
  })
  const { id } = made.json().data.post
  expect((await api('GET', `/api/posts/${id}`)).json().data.post).toMatchObject({
    id,
    media: [],
    platform_posts: [
      { platform: 'square', account_id: accountId, post_id: null, url: null, status: 'draft' },
    ],
    analytics: { total_impressions: 0, by_platform: {} },
  })
  const put = await api('PUT', `/api/posts/${id}`, { content: 'Updated content', hashtags: ['#updated'] })
  expect(put.json().data.post).toMatchObject({ id, content: 'Updated content', status: 'draft' })
  const listed = (await api('GET', '/api/posts?status=draft&platform=square&limit=1')).json().data
  expect(listed.posts).toMatchObject([{ id, analytics: { impressions: 0, engagement: 0, clicks: 0 } }])
  expect(listed.pagination).toMatchObject({ current_page: 1, per_page: 1 })
  expect((await api('DELETE', `/api/posts/${id}`)).json().data.message).toBe('Post deleted successfully')
  expect((await api('GET', `/api/posts/${id}`)).statusCode).toBe(404)
})

test('a time without offset is read in the zone that was named, or else the workspace’s', async () => {
  const { id } = await draft()
  const year = server.ctx.clock.now().getUTCFullYear() + 1
  const named = await api('POST', `/api/posts/${id}/schedule`, {
    scheduled_at: `${year}-01-25T10:00:00`,
    timezone: 'Europe/Paris',
  })
  expect(named.json().data.post).toEqual({
    id,
    status: 'scheduled',
    scheduled_at: `${year}-01-25T09:00:00.000Z`,
    scheduled_timezone: 'Europe/Paris',
  })
  const moved = await api('POST', `/api/posts/${id}/schedule`, { scheduled_at: `${year}-01-26T10:00:00` })
  expect(moved.json().data.post).toMatchObject({
    scheduled_at: `${year}-01-26T10:00:00.000Z`,
    scheduled_timezone: 'UTC',
  })
  const past = await api('POST', `/api/posts/${id}/schedule`, { scheduled_at: '2020-01-25T09:00:00Z' })
  expect([past.statusCode, past.json().error.code]).toEqual([422, 'VALIDATION_ERROR'])
  expect((await api('POST', `/api/posts/${id}/schedule`, { scheduled_at: 'tomorrow' })).statusCode).toBe(422)
  // Disconnecting says how many posts lost their way.
  script.opens = { outcome: 'done', value: [outside('bob')] }
  const second = await connect()
  const other = await draft({ platforms: [second.id] })
  await api('POST', `/api/posts/${other.id}/schedule`, { scheduled_at: `${year}-02-01T10:00:00Z` })
  const gone = await api('DELETE', `/api/accounts/${second.id}`)
  expect(gone.json().data).toEqual({ message: 'Account disconnected successfully', cancelled_posts: 1 })
  expect((await api('GET', `/api/accounts/${second.id}`)).statusCode).toBe(404)
})

test('what became of a published post, and that it can be neither changed nor lose its media', async () => {
  const { id } = await draft()
  await server.ctx.db
    .updateTable('deliveries')
    .set({
      state: 'published',
      externalId: 'sq_1',
      url: 'https://square.example/1',
      publishedAt: server.ctx.clock.now(),
    })
    .where('postId', '=', id.slice(5))
    .execute()
  await server.ctx.db
    .updateTable('posts')
    .set({ status: 'published', publishedAt: server.ctx.clock.now() })
    .where('id', '=', id.slice(5))
    .execute()
  const shown = (await api('GET', `/api/posts/${id}`)).json().data.post
  expect(shown).toMatchObject({
    status: 'published',
    platform_posts: [{ post_id: 'sq_1', url: 'https://square.example/1', status: 'published' }],
  })
  const put = await api('PUT', `/api/posts/${id}`, { content: 'too late' })
  expect(put.statusCode).toBe(409)
  expect(put.json().error.code).toBe('POST_NOT_EDITABLE')
  expect((await api('GET', `/api/posts/${id}/analytics`)).json().data).toMatchObject({
    post_id: id,
    analytics: { summary: { total_impressions: 0, engagement_rate: 0 }, timeline: [] },
  })
})

async function upload(
  postId: string,
  bytes: Buffer,
  { filename = 'image.png', type = 'image/png', fields = {} as Record<string, string> } = {},
) {
  const boundary = 'fanfare-test'
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: ${type}\r\n\r\n`
  const payload = Buffer.concat([
    Buffer.from(parts.join('') + head),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return server.app.inject({
    method: 'POST',
    url: `/api/posts/${postId}/media`,
    headers: {
      'x-api-key': key,
      'x-workspace-id': server.owner.workspaceId,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    payload,
  })
}

test('a file joins a post with its facts and signed addresses; a lie about its type leaves nothing', async () => {
  const { id } = await draft()
  const png = await sharp({ create: { width: 12, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const sent = await upload(id, png, { fields: { type: 'image', alt_text: 'Product showcase image' } })
  expect([sent.statusCode, sent.json().error]).toEqual([201, undefined])
  const { media } = sent.json().data
  expect(media).toMatchObject({
    type: 'image',
    filename: 'image.png',
    size: png.length,
    mime_type: 'image/png',
    dimensions: { width: 12, height: 8 },
    alt_text: 'Product showcase image',
  })
  const file = await server.app.inject({ url: media.url.replace('http://localhost:8007', '') })
  expect([file.statusCode, file.rawPayload.equals(png)]).toEqual([200, true])
  expect((await api('GET', `/api/posts/${id}`)).json().data.post.media).toMatchObject([
    { id: media.id, type: 'image' },
  ])

  const lie = await upload(id, Buffer.from('<script>alert(1)</script>'))
  expect([lie.statusCode, lie.json().error.code]).toEqual([422, 'VALIDATION_ERROR'])
  const wrongKind = await upload(id, png, { fields: { type: 'video' } })
  expect(Object.keys(wrongKind.json().error.details)).toEqual(['type'])
  expect((await api('GET', `/api/posts/${id}`)).json().data.post.media).toHaveLength(1)
  expect((await api('POST', `/api/posts/${id}/media`, {})).statusCode).toBe(422)

  expect((await api('DELETE', `/api/media/${media.id}`)).json().data.message).toBe(
    'Media deleted successfully',
  )
  expect((await api('GET', `/api/posts/${id}`)).json().data.post.media).toEqual([])
})

test('bad posts are 422 with the field: unknown platform, nobody connected, a stray override, a text over the limit', async () => {
  for (const [body, path] of [
    [{ content: 'x', platforms: ['myspace'] }, 'platforms.0'],
    [{ content: 'x', platforms: ['circle'] }, 'platforms.0'],
    [{ content: 'x', platforms: [] }, 'platforms'],
    [{ platforms: ['square'] }, 'content'],
    [{ content: 'x', platforms: ['square'], platform_content: { circle: 'y' } }, 'platform_content.circle'],
  ] as const) {
    const answer = await api('POST', '/api/posts', body)
    expect([answer.statusCode, Object.keys(answer.json().error.details)]).toEqual([422, [path]])
  }
  const { id } = await draft()
  const long = await api('PUT', `/api/posts/${id}`, { content: 'x'.repeat(501) })
  expect([long.statusCode, JSON.stringify(long.json()).includes('500')]).toEqual([422, true])
})

test('another workspace’s post does not exist, for a key that reaches both too', async () => {
  const { id } = await draft()
  const other = await server.stranger('tenant@example.com')
  const headers = { 'x-workspace-id': other.workspaceId }
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PUT', '', { content: 'x' }],
    ['DELETE', '', undefined],
    ['POST', '/schedule', { scheduled_at: '2030-01-01T00:00:00Z' }],
    ['POST', '/publish', undefined],
    ['GET', '/analytics', undefined],
  ] as const)
    expect([path, (await api(method, `/api/posts/${id}${path}`, body, headers)).statusCode]).toEqual([
      path,
      404,
    ])
})

test('publishing waits for the platforms, and says pending of what has not ended', async () => {
  const { id } = await draft()
  const answering = api('POST', `/api/posts/${id}/publish`)
  // No engine runs here: the wait ends when this test's clock says so.
  const until = setInterval(() => server.clock.advance(10_000), 200)
  const answer = await answering.finally(() => clearInterval(until))
  expect(answer.json().data.post).toMatchObject({
    status: 'scheduled',
    published_at: null,
    platform_results: [{ platform: 'square', status: 'pending' }],
  })
})
