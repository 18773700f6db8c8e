import { readFileSync } from 'node:fs'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Json, type Leeway, shapeFaults } from '../../../test/documented-shape.ts'
import { ouiPostWorld } from '../../../test/oui-post-world.ts'

/** The requests and answers that this dialect's document prints, word for word (its hidden e-mail addresses made up). */
const documented: Record<string, { request?: Json; answer?: Json }> = JSON.parse(
  readFileSync(new URL('./documented-examples.json', import.meta.url), 'utf8'),
)
/** What the document leaves out and our contract completes: C20, C25, C32, C33, C40 (the shape of C27), C42, C47. */
const completed: Record<string, Json> = {
  'PUT /api/schedules/{id}': answerOf({
    schedule: { id: 'sched_1', name: 'x', is_active: false, updated_at: instant() },
  }),
  'PUT /api/accounts/{id}': documented['GET /api/accounts/{id}']?.answer ?? null,
  'POST /api/accounts/callback': documented['GET /api/accounts/{id}']?.answer ?? null,
  'POST /admin/users': answerOf({ user: user() }),
  'PUT /admin/users/{id}': answerOf({ user: user() }),
  'GET /admin/analytics': documented['GET /api/analytics']?.answer ?? null,
  'POST /admin/webhooks': answerOf({
    webhook: { id: 'wh_1', url: 'x', events: ['post.published'], is_active: true, created_at: instant() },
  }),
}
function instant() {
  return '2024-01-22T10:00:00Z'
}
function user() {
  return {
    id: 'user_1',
    email: 'x',
    name: 'x',
    role: 'x',
    is_active: true,
    created_at: instant(),
    last_login: null,
  }
}
function answerOf(data: Json): Json {
  return { success: true, data }
}

let world: Awaited<ReturnType<typeof ouiPostWorld>>
/** What the asked things are called: `<published>` in an address becomes its id. */
let ids: Record<string, string>
const asked = new Set<string>()

beforeAll(async () => {
  world = await ouiPostWorld()
  const { owner, accounts, draft, upload, publish, api, ctx } = world
  const published = await draft(['facebook', 'twitter'])
  const media = (await upload(published)).json().data.media.id
  await publish(published)
  for (const platform of ['instagram', 'twitter']) await publish(await draft([platform]))
  const soon = new Date(ctx.clock.now().getTime() + 86_400_000)
  soon.setUTCHours(9, 0, 0, 0)
  const weekday = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'][
    soon.getUTCDay()
  ]
  const schedule = await api('POST', '/api/schedules', {
    name: 'Morning Posts',
    description: 'Daily morning content',
    timezone: 'UTC',
    slots: [{ day: weekday, time: '09:00', platforms: ['facebook', 'twitter'] }],
  })
  const waiting = await draft(['facebook', 'twitter'])
  await api('POST', `/api/posts/${waiting}/schedule`, { scheduled_at: soon.toISOString() })
  ids = {
    published,
    media,
    waiting,
    schedule: schedule.json().data.schedule.id,
    workspace: `ws_${owner.workspaceId}`,
    spare: (await api('POST', '/api/workspaces', { name: 'Spare' })).json().data.workspace.id,
    draft: await draft(['facebook', 'twitter']),
    ...accounts,
    user: (await owner('POST', '/admin/users', documented['POST /admin/users']?.request)).json().data.user.id,
    key: (await owner('POST', '/admin/keys', { name: 'x', tier: 'starter' })).json().data.key.id,
  }
  await owner('PUT', `/admin/users/${ids.user}`, { name: 'Ed' })
  await ctx.db
    .insertInto('processes')
    .values({
      id: ctx.newId(),
      role: 'all',
      host: 'here',
      startedAt: ctx.clock.now(),
      beatAt: ctx.clock.now(),
    })
    .execute()
})
afterAll(() => world.close())

interface Ask extends Leeway {
  /** The documented address with the ids of our things. */
  at?: string
  /** The documented request where it prints none, or where its ids must be ours. */
  body?: Json
  status?: number
}

async function ask(what: string, { at, body, status = 200, ...leeway }: Ask = {}): Promise<void> {
  const [method, template] = what.split(' ') as ['GET', string]
  const url = (at ?? template).replace(/<(\w+)>/g, (_all, name) => ids[name] ?? `no ${name}`)
  const sent = body ?? documented[what]?.request
  const answer = await (url.startsWith('/admin')
    ? world.asAdmin(method, url, sent)
    : world.api(method, url, sent))
  compare(what, answer, status, leeway)
}

function compare(what: string, answer: LightMyRequestResponse, status: number, leeway: Leeway) {
  asked.add(what)
  expect([what, answer.statusCode, answer.json().error]).toEqual([what, status, undefined])
  const expected = completed[what] ?? documented[what]?.answer
  expect(expected, what).toBeDefined()
  const fixed = ['success', ...(leeway.fixed ?? [])]
  expect([what, shapeFaults(expected ?? null, answer.json(), { ...leeway, fixed })]).toEqual([what, []])
}
const message = { fixed: ['data.message'] }

test('platforms and workspaces', async () => {
  await ask('GET /api/platforms')
  const rows = (await world.api('GET', '/api/platforms')).json().data.platforms
  const printed = (documented['GET /api/platforms'] as { answer: { data: { platforms: Json } } }).answer.data
    .platforms
  expect(rows.slice(0, 3)).toEqual(printed)
  await ask('GET /api/workspaces', { nullable: ['data.workspaces[].description'] })
  await ask('POST /api/workspaces', {
    status: 201,
    body: {
      name: 'Marketing Team',
      description: 'Marketing content and campaigns',
      settings: { timezone: 'Europe/Paris', default_hashtags: ['#marketing', '#brand'] },
    },
    fixed: ['data.workspace.name', 'data.workspace.description', 'data.workspace.settings'],
  })
  await ask('PUT /api/workspaces/{id}', { at: '/api/workspaces/<workspace>', fixed: ['data.workspace.name'] })
  await ask('PUT /api/workspaces/{id}', {
    at: '/api/workspaces/<workspace>',
    body: {
      name: 'Marketing Team',
      description: 'x',
      settings: { default_hashtags: ['#x'], timezone: 'UTC' },
    },
  })
  await ask('GET /api/workspaces/{id}', { at: '/api/workspaces/<workspace>' })
  await ask('DELETE /api/workspaces/{id}', { at: '/api/workspaces/<spare>', ...message })
})

test('posts', async () => {
  await ask('GET /api/posts', { at: '/api/posts?status=published&platform=facebook' })
  await ask('POST /api/posts', {
    status: 201,
    body: {
      content: 'Excited to announce our new product line! Check it out at our website.',
      platforms: ['facebook', 'twitter', 'linkedin'],
      title: 'New line',
      link: 'https://example.com/products',
      hashtags: ['#newproduct', '#launch'],
      platform_content: { twitter: 'New product line!' },
    },
    fixed: ['content', 'status', 'platforms', 'link', 'hashtags'].map((name) => `data.post.${name}`),
  })
  await ask('GET /api/posts/{id}', {
    at: '/api/posts/<published>',
    fixed: ['content', 'status', 'platforms'].map((name) => `data.post.${name}`),
  })
  await ask('PUT /api/posts/{id}', {
    at: '/api/posts/<draft>',
    fixed: ['data.post.content', 'data.post.status'],
  })
  await ask('POST /api/posts/{id}/schedule', {
    at: '/api/posts/<draft>/schedule',
    body: { scheduled_at: '2030-01-25T10:00:00', timezone: 'Europe/Paris' },
    fixed: ['data.post.status', 'data.post.scheduled_timezone'],
  })
  await ask('DELETE /api/posts/{id}', { at: '/api/posts/<draft>', ...message })
  await ask('GET /api/posts/{id}/analytics', { at: '/api/posts/<published>/analytics' })
})

test('publishing now', async () => {
  const id = await world.draft(['facebook', 'twitter'])
  const answering = world.api('POST', `/api/posts/${id}/publish`)
  const state = () =>
    world.ctx.db.selectFrom('posts').select('status').where('id', '=', id.slice(5)).executeTakeFirstOrThrow()
  await expect.poll(async () => (await state()).status, { timeout: 20_000 }).toBe('scheduled')
  await world.publish(id)
  compare('POST /api/posts/{id}/publish', await answering, 200, {
    fixed: ['data.post.status', 'data.post.platform_results[].status'],
  })
})

test('media, its fields before or after the file', async () => {
  const id = await world.draft(['facebook'])
  const fields = { type: 'image', alt_text: 'Product showcase image' }
  const fixed = ['type', 'alt_text', 'dimensions'].map((name) => `data.media.${name}`)
  const leeway = { fixed }
  compare('POST /api/posts/{id}/media', await world.upload(id, fields, 'fields first'), 201, leeway)
  const last = await world.upload(id, fields, 'file first')
  compare('POST /api/posts/{id}/media', last, 201, leeway)
  ids.file = last.json().data.media.id
  const wrong = await world.upload(id, { type: 'video' }, 'file first')
  expect([wrong.statusCode, Object.keys(wrong.json().error.details)]).toEqual([422, ['type']])
  await ask('DELETE /api/media/{id}', { at: '/api/media/<file>', ...message })
  const held = await world.api('DELETE', `/api/media/${ids.media}`)
  expect([held.statusCode, held.json().error.code]).toEqual([409, 'MEDIA_IN_USE'])
})

test('schedules', async () => {
  await ask('POST /api/schedules', {
    status: 201,
    body: {
      name: 'Weekly Content Schedule',
      slots: [{ day: 'monday', time: '09:00', platforms: ['facebook', 'twitter'] }],
    },
    fixed: ['data.schedule.name', 'data.schedule.is_active'],
  })
  await ask('GET /api/schedules', { nullable: ['data.schedules[].description'] })
  await ask('GET /api/schedules/{id}', { at: '/api/schedules/<schedule>' })
  await ask('PUT /api/schedules/{id}', {
    at: '/api/schedules/<schedule>',
    fixed: ['data.schedule.is_active'],
  })
  await ask('DELETE /api/schedules/{id}', { at: '/api/schedules/<schedule>', ...message })
})

test('accounts', async () => {
  await ask('GET /api/accounts', { fixed: ['data.accounts[].type', 'data.accounts[].status'] })
  await ask('POST /api/accounts', {
    body: { platform: 'facebook', callback_url: 'https://client.example/back', scopes: ['publish_pages'] },
    fixed: ['data.expires_in'],
  })
  const begun = await world.api('POST', '/api/accounts', {
    platform: 'facebook',
    callback_url: 'https://client.example/back',
  })
  await ask('POST /api/accounts/callback', {
    status: 201,
    body: { code: 'abc', state: begun.json().data.state },
    nullable: [
      'data.account.health.last_sync',
      ...['followers', 'following', 'posts_total'].map((name) => `data.account.stats.${name}`),
    ],
  })
  await ask('GET /api/accounts/{id}', { at: '/api/accounts/<facebook>' })
  await ask('PUT /api/accounts/{id}', { at: '/api/accounts/<facebook>' })
  const lost = await world.draft(['linkedin'])
  await world.api('POST', `/api/posts/${lost}/schedule`, { scheduled_at: '2030-01-25T09:00:00Z' })
  await ask('DELETE /api/accounts/{id}', { at: '/api/accounts/<linkedin>', ...message })
})

test('analytics', async () => {
  const empty = ['data.audience.demographics.age_groups', 'data.audience.demographics.top_locations']
  await ask('GET /api/analytics', { at: '/api/analytics?granularity=day', empty })
  await ask('GET /admin/analytics', { at: '/admin/analytics?period=7d', empty })
})

test('administration: who', async () => {
  await ask('POST /admin/login', {
    body: { email: 'owner@example.com', password: 'password123' },
    fixed: ['data.user.role'],
  })
  await ask('GET /admin/profile', { fixed: ['data.user.role'] })
  await ask('GET /admin/users', { nullable: ['data.users[].last_login'] })
  await ask('POST /admin/users', {
    status: 201,
    body: { ...(documented['POST /admin/users']?.request as object), email: 'second@example.com' },
  })
  await ask('PUT /admin/users/{id}', { at: '/admin/users/<user>' })
  await ask('DELETE /admin/users/{id}', { at: '/admin/users/<user>', ...message })
})

test('administration: keys, webhooks, the audit log', async () => {
  await ask('POST /admin/keys', {
    status: 201,
    body: { ...(documented['POST /admin/keys']?.request as object), workspaces: [ids.workspace ?? ''] },
    fixed: ['data.key.name', 'data.key.tier'],
  })
  await ask('GET /admin/keys', { nullable: ['data.keys[].last_used_at'] })
  const newest = (await world.asAdmin('GET', '/admin/audit?action=api_key.created&limit=1')).json()
  const printed = documented['GET /admin/audit']?.answer ?? null
  expect(
    shapeFaults(printed, newest, {
      fixed: ['action', 'resource_type', 'details.key_name', 'details.tier'].map(
        (name) => `data.logs[].${name}`,
      ),
    }),
  ).toEqual([])
  await ask('POST /admin/keys/{id}/rotate', { at: '/admin/keys/<key>/rotate' })
  await ask('POST /admin/webhooks', { status: 201 })
  await ask('GET /admin/webhooks', { nullable: ['data.webhooks[].last_triggered_at'] })
  await ask('GET /admin/audit', { at: '/admin/audit?action=api_key.created&limit=1' })
})

test('administration: figures and health', async () => {
  await ask('GET /admin/dashboard')
  await ask('GET /admin/stats', { nullable: ['data.usage.storage_limit_mb'] })
  await ask('GET /admin/health', {
    fixed: ['data.status', 'data.components.database.status', 'data.components.queue.status'],
    nullable: ['data.components.cache.latency_ms', 'data.components.storage.used_percent'],
  })
  await world.stumble('twitter', 'Rate limiting more aggressive than usual')
  const platforms = ['facebook', 'instagram', 'twitter']
  await ask('GET /admin/platform-health', {
    fixed: [
      'data.overall_status',
      'data.platforms.twitter.issues',
      ...platforms.flatMap((id) => [`data.platforms.${id}.status`, `data.platforms.${id}.api_status`]),
    ],
  })
  await ask('GET /admin/system', { nullable: ['data.php_version', 'data.memory.limit_mb'] })
})

test('the document’s last word, and no endpoint of it was left out', async () => {
  await ask('POST /admin/logout', message)
  expect(
    [...Object.keys(documented), 'POST /api/accounts/callback'].filter((what) => !asked.has(what)),
  ).toEqual([])
})
