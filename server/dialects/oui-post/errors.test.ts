import { afterAll, beforeAll, expect, test } from 'vitest'
import { ouiPostWorld } from '../../../test/oui-post-world.ts'
import type { KeyScope } from '../../domain/api-key.ts'

/** Each endpoint under `/api` with what it needs: method, address, the permission of the key, a good body. */
type Route = ['GET' | 'POST' | 'PUT' | 'DELETE', string, KeyScope | null, object?]
const inWorkspace: Route[] = [
  ['GET', '/api/posts', 'posts.read'],
  ['POST', '/api/posts', 'posts.write', { content: 'x', platforms: ['facebook'] }],
  ['GET', '/api/posts/<post>', 'posts.read'],
  ['PUT', '/api/posts/<post>', 'posts.write', { content: 'x' }],
  ['DELETE', '/api/posts/<post>', 'posts.write'],
  ['POST', '/api/posts/<post>/schedule', 'posts.write', { scheduled_at: '2030-01-25T09:00:00Z' }],
  ['POST', '/api/posts/<post>/publish', 'posts.write'],
  ['GET', '/api/posts/<post>/analytics', 'analytics.read'],
  ['POST', '/api/posts/<post>/media', 'posts.write'],
  ['DELETE', '/api/media/<media>', 'posts.write'],
  ['GET', '/api/schedules', 'posts.read'],
  [
    'POST',
    '/api/schedules',
    'posts.write',
    { name: 'x', slots: [{ day: 'monday', time: '09:00', platforms: ['facebook'] }] },
  ],
  ['GET', '/api/schedules/<schedule>', 'posts.read'],
  ['PUT', '/api/schedules/<schedule>', 'posts.write', { name: 'x' }],
  ['DELETE', '/api/schedules/<schedule>', 'posts.write'],
  ['GET', '/api/accounts', 'posts.read'],
  [
    'POST',
    '/api/accounts',
    'accounts.write',
    { platform: 'facebook', callback_url: 'https://client.example' },
  ],
  ['POST', '/api/accounts/callback', 'accounts.write', { code: 'x', state: 'x' }],
  ['GET', '/api/accounts/<account>', 'posts.read'],
  ['PUT', '/api/accounts/<account>', 'accounts.write', { name: 'x' }],
  ['DELETE', '/api/accounts/<account>', 'accounts.write'],
  ['GET', '/api/analytics', 'analytics.read'],
]
const withoutWorkspace: Route[] = [
  ['GET', '/api/platforms', null],
  ['GET', '/api/workspaces', null],
  ['POST', '/api/workspaces', 'workspaces.write', { name: 'x' }],
  ['GET', '/api/workspaces/<workspace>', null],
  ['PUT', '/api/workspaces/<workspace>', 'workspaces.write', { name: 'x' }],
  ['DELETE', '/api/workspaces/<workspace>', 'workspaces.write'],
]
const scopes: KeyScope[] = [
  'posts.read',
  'posts.write',
  'analytics.read',
  'accounts.write',
  'workspaces.write',
]
const admin: Route[] = [
  ['POST', '/admin/logout', null],
  ['GET', '/admin/profile', null],
  ['GET', '/admin/users', null],
  [
    'POST',
    '/admin/users',
    null,
    { email: 'a@example.com', name: 'x', password: 'secure_password', role: 'editor' },
  ],
  ['PUT', '/admin/users/<user>', null, { name: 'x' }],
  ['DELETE', '/admin/users/<user>', null],
  ['GET', '/admin/keys', null],
  ['POST', '/admin/keys', null, { name: 'x', tier: 'starter' }],
  ['POST', '/admin/keys/<key>/rotate', null],
  ['GET', '/admin/dashboard', null],
  ['GET', '/admin/stats', null],
  ['GET', '/admin/analytics', null],
  ['GET', '/admin/webhooks', null],
  [
    'POST',
    '/admin/webhooks',
    null,
    { url: 'https://a.example', events: ['post.failed'], secret: 'your_webhook_secret' },
  ],
  ['GET', '/admin/audit', null],
  ['GET', '/admin/health', null],
  ['GET', '/admin/platform-health', null],
  ['GET', '/admin/system', null],
]

let world: Awaited<ReturnType<typeof ouiPostWorld>>
let ids: Record<string, string>
beforeAll(async () => {
  world = await ouiPostWorld()
  const { owner, api, draft, upload, accounts } = world
  const post = await draft(['facebook'])
  const slots = [{ day: 'monday', time: '09:00', platforms: ['facebook'] }]
  ids = {
    post,
    media: (await upload(post)).json().data.media.id,
    schedule: (await api('POST', '/api/schedules', { name: 'x', slots })).json().data.schedule.id,
    account: accounts.facebook,
    workspace: `ws_${owner.workspaceId}`,
    user: `user_${owner.userId}`,
    key: (await owner('POST', '/admin/keys', { name: 'x', tier: 'starter' })).json().data.key.id,
  }
})
afterAll(() => world.close())

const fill = (url: string, id?: string) => url.replace(/<(\w+)>/, (_all, name) => id ?? ids[name] ?? '')
const prefixOf: Record<string, string> = {
  post: 'post',
  media: 'media',
  schedule: 'sched',
  account: 'acc',
  workspace: 'ws',
  user: 'user',
  key: 'key',
}
const unknownId = (url: string) =>
  `${prefixOf[/<(\w+)>/.exec(url)?.[1] ?? '']}_01900000-0000-7000-8000-0000000000ff`

async function send([method, url, , body]: Route, headers: Record<string, string>, id?: string) {
  const answer = await world.app.inject({
    ...{ method, url: fill(url, id), headers },
    ...(body && { payload: body }),
  })
  const { success, error } = answer.json()
  return [success, answer.statusCode, error?.code, typeof error?.message, typeof error?.details]
}
const refused = (status: number, code: string) => [false, status, code, 'string', 'object']

async function every(routes: Route[], answer: unknown[], ask: (route: Route) => Promise<unknown[]>) {
  for (const route of routes)
    expect([route.slice(0, 2), await ask(route)]).toEqual([route.slice(0, 2), answer])
}
const withKey = (key: string, workspace?: string) => ({
  'x-api-key': key,
  ...(workspace && { 'x-workspace-id': workspace }),
})

test('under /api: without a key, with a wrong one, without the workspace, with one that the key does not reach', async () => {
  const { key, owner } = world
  const elsewhere = await world.stranger('elsewhere@example.com')
  const only = { name: 'Only one', tier: 'enterprise', workspaces: [ids.workspace] }
  const narrow = (await owner('POST', '/admin/keys', only)).json().data.key.api_key
  const all = [...inWorkspace, ...withoutWorkspace]
  await every(all, refused(401, 'UNAUTHORIZED'), (route) => send(route, {}))
  await every(all, refused(401, 'UNAUTHORIZED'), (route) => send(route, withKey('pk_live_wrong')))
  await every(inWorkspace, refused(400, 'WORKSPACE_REQUIRED'), (route) => send(route, withKey(key)))
  for (const workspace of [elsewhere.workspaceId, `ws_${elsewhere.workspaceId}`, 'ws_123', 'nonsense'])
    await every(inWorkspace, refused(403, 'FORBIDDEN'), (route) => send(route, withKey(narrow, workspace)))
  for (const workspace of [owner.workspaceId, `ws_${owner.workspaceId}`]) {
    const [success] = await send(['GET', '/api/posts', null], withKey(narrow, workspace))
    expect([workspace, success]).toEqual([workspace, true])
  }
})

test('a key with every permission but the needed one is refused, for each endpoint', async () => {
  for (const scope of scopes) {
    const body = { name: scope, tier: 'enterprise', permissions: scopes.filter((other) => other !== scope) }
    const key = (await world.owner('POST', '/admin/keys', body)).json().data.key.api_key
    const needing = [...inWorkspace, ...withoutWorkspace].filter((route) => route[2] === scope)
    await every(needing, refused(403, 'FORBIDDEN'), (route) => send(route, withKey(key, ids.workspace)))
  }
})

test('another workspace’s id, an unknown one and one that is none are 404, though the key reaches both', async () => {
  const { key } = world
  const other = await world.stranger('other@example.com')
  const withId = inWorkspace.filter(([, url]) => url.includes('<'))
  await every(withId, refused(404, 'NOT_FOUND'), (route) => send(route, withKey(key, other.workspaceId)))
  const named = [...withId, ...withoutWorkspace.filter(([, url]) => url.includes('<'))]
  for (const id of ['abc', '123', '%00', 'x'.repeat(90), undefined])
    await every(named, refused(404, 'NOT_FOUND'), (route) =>
      send(route, withKey(key, ids.workspace), id ?? unknownId(route[1])).then((answer) =>
        id === '%00' && answer[1] === 422 ? refused(404, 'NOT_FOUND') : answer,
      ),
    )
  for (const [, url] of named.filter(([method]) => method === 'GET')) {
    const bare = fill(url).replace(/(post|sched|acc|ws)_/, '')
    expect((await world.api('GET', bare)).statusCode).toBe(200)
  }
})

test('under /admin: without a token, with a key instead, as somebody without rights, and unknown ids', async () => {
  const member = await world.stranger('plain@example.com')
  await every(admin, refused(401, 'UNAUTHORIZED'), (route) => send(route, {}))
  await every(admin, refused(401, 'UNAUTHORIZED'), (route) => send(route, withKey(world.key)))
  const own = ['/admin/logout', '/admin/profile']
  await every(
    admin.filter(([, url]) => !own.includes(url)),
    refused(403, 'FORBIDDEN'),
    (route) => send(route, { authorization: `Bearer ${member.token}` }),
  )
  const headers = { authorization: `Bearer ${world.owner.token}` }
  for (const id of ['user_123', 'abc', undefined])
    await every(
      admin.filter(([, url]) => url.includes('<')),
      refused(404, 'NOT_FOUND'),
      (route) => send(route, headers, id ?? unknownId(route[1])),
    )
})

test('every documented endpoint stands in these tables', () => {
  const walked = [...inWorkspace, ...withoutWorkspace, ...admin].length
  // C28 needs no credential; C1 to C47 are all.
  expect(walked).toBe(46)
})
