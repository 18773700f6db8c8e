import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, testApp } from '../../../test/app.ts'
import { sampleOf } from '../../../test/sample-body.ts'
import { allPermissions } from '../../domain/permission.ts'

/**
 * Walks every address of the native dialect, as its own document lists them, and asks badly. Addresses that other
 * people add later are walked too.
 */
type Schema = Record<string, unknown>
interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body: Schema | null
  query: { name: string; schema: Schema; required?: boolean }[]
  isPublic: boolean
}

let server: Awaited<ReturnType<typeof testApp>>
let routes: Route[]
/** The ids of the first tenant, by the name of the parameter or the resource before it. */
let ids: Record<string, string>

beforeAll(async () => {
  server = await testApp()
  routes = await documentedRoutes()
  ids = await tenantIds()
})
afterAll(() => server.close())

async function documentedRoutes(): Promise<Route[]> {
  const { paths, components } = (await server.app.inject({ url: '/docs/mypost.json' })).json()
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const { $ref, ...rest } = value as { $ref?: string }
    if ($ref) return resolve(components.schemas[$ref.split('/').at(-1) ?? ''])
    return Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, resolve(part)]))
  }
  return Object.entries(paths as Record<string, Record<string, Schema>>).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => {
      const { requestBody, parameters, security } = resolve(operation) as {
        requestBody?: { content: Record<string, { schema: Schema }> }
        parameters?: { name: string; in: string; schema: Schema; required?: boolean }[]
        security?: object[]
      }
      return {
        method: verb.toUpperCase() as Route['method'],
        path,
        body: requestBody?.content['application/json']?.schema ?? null,
        query: (parameters ?? []).filter((parameter) => parameter.in === 'query'),
        isPublic: security?.length === 0,
      }
    }),
  )
}

async function tenantIds(): Promise<Record<string, string>> {
  const { owner, ctx } = server
  const roles = await owner('GET', `/api/v1/workspaces/${owner.workspaceId}/roles`)
  const post = await owner('POST', `/api/v1/brands/${owner.brandId}/posts`, { content: 'Hello' })
  const now = ctx.clock.now()
  const accountId = ctx.newId()
  await ctx.db
    .insertInto('accounts')
    .values({
      id: accountId,
      workspaceId: owner.workspaceId,
      brandId: owner.brandId,
      network: 'bluesky',
      externalId: 'did:plc:sample',
      kind: 'profile',
      name: 'Sample',
      state: 'active',
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  const webhook = await owner('POST', '/api/v1/webhooks', {
    url: 'https://example.com/hook',
    events: ['post.published'],
    secret: 'a-signing-secret',
    workspaceId: owner.workspaceId,
  })
  return {
    workspaceId: owner.workspaceId,
    workspaces: owner.workspaceId,
    brandId: owner.brandId,
    brands: owner.brandId,
    userId: owner.userId,
    roleId: roles.json().data[3].id,
    posts: post.json().id,
    postId: post.json().id,
    accountId,
    'social-accounts': accountId,
    webhooks: webhook.json().id,
  }
}

/** The address with each parameter filled in; an unknown one gets an id that nothing has. */
const addressOf = (route: Route, fill: (name: string, resource: string) => string) => {
  const segments = route.path.split('/')
  return segments
    .map((segment, index) =>
      segment.replace(/^\{(.*)\}$/, (_all, name) => fill(name, segments[index - 1] ?? '')),
    )
    .join('/')
}
/** With the query parameters that the address cannot do without. */
const withQuery = (route: Route, url: string) => {
  const needed = route.query.filter(({ required }) => required)
  const query = new URLSearchParams(
    Object.fromEntries(needed.map(({ name, schema }) => [name, String(sampleOf(schema))])),
  )
  return needed.length > 0 ? `${url}?${query}` : url
}
const nothing = '01900000-0000-7000-8000-0000000000ff'
const ownAddress = (route: Route) =>
  addressOf(route, (name, resource) => ids[name] ?? ids[resource] ?? nothing)

/** Like `fetch`, but the test says what it sends, down to the bytes. */
const send = (
  route: Route,
  url: string,
  caller: Caller | null,
  payload?: unknown,
  type = 'application/json',
) =>
  server.app.inject({
    method: route.method,
    url,
    headers: {
      ...(caller ? { authorization: `Bearer ${caller.token}` } : {}),
      ...(payload === undefined ? {} : { 'content-type': type }),
    },
    ...(payload === undefined
      ? {}
      : { payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }),
  })

/** What is wrong with an answer to a bad request; empty when it is as documented. */
function faults(answer: LightMyRequestResponse): string[] {
  if (answer.statusCode < 400) return []
  if (answer.statusCode >= 500) return [`${answer.statusCode} ${answer.body.slice(0, 200)}`]
  if (!String(answer.headers['content-type']).startsWith('application/json')) return []
  const error = answer.json().error
  const found: string[] = []
  if (!/^req_\w+$/.test(error?.requestId ?? '')) found.push(`no requestId: ${answer.body.slice(0, 200)}`)
  if (!/^[A-Z_]+$/.test(error?.code ?? '')) found.push('no code')
  if (!error?.message) found.push('no message')
  if (!Array.isArray(error?.details)) found.push('no details')
  if (answer.statusCode === 400 && !error?.details?.[0]?.path)
    found.push(`400 without a path: ${answer.body}`)
  return found
}

/** Each request of a list, and what was wrong with its answer. */
async function allFaults(
  asked: { what: string; ask: () => Promise<LightMyRequestResponse> }[],
): Promise<string[]> {
  const found: string[] = []
  for (const { what, ask } of asked) for (const fault of faults(await ask())) found.push(`${what}: ${fault}`)
  return found
}

const garbage: unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e30,
  2 ** 53,
  true,
  '',
  ' ',
  'sample',
  'nul \0 inside',
  'half \ud800 pair',
  '💥'.repeat(5000),
  'x'.repeat(200_000),
  nothing,
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '2026-02-30T25:61:61Z',
  '2026-01-15T14:00:00',
  '+275760-09-13T00:00:00Z',
  'javascript:alert(1)',
  "'; drop table users; --",
  [],
  [null],
  [[[[[]]]]],
  Array.from({ length: 3000 }, () => nothing),
  {},
  { $ne: null },
  JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`),
]

/** A member with every permission, new for each route: some of the addresses log out or leave. */
const member = () => server.member(ids.workspaceId ?? '', [...allPermissions])

test('there are addresses to walk', () => {
  expect(routes.length).toBeGreaterThan(40)
  expect(routes.filter((route) => route.body).length).toBeGreaterThan(10)
})

test('every address but the public ones wants a credential', async () => {
  for (const route of routes.filter(({ isPublic }) => !isPublic)) {
    const answer = await send(route, ownAddress(route), null)
    expect(answer.statusCode, `${route.method} ${route.path}`).toBe(401)
    expect(answer.json().error.code).toBe('UNAUTHORIZED')
  }
})

describe('bad input is never our mistake, and is told in the documented shape', () => {
  test('bodies that are not objects, not JSON, not of this type, or too large', async () => {
    const asked = []
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      const caller = await member()
      const url = addressOf(route, () => nothing)
      const what = `${route.method} ${route.path}`
      for (const body of [null, [], 'text', 5, true, [[1]], { unknown: 1 }])
        asked.push({
          what: `${what} ${JSON.stringify(body)}`,
          ask: () => send(route, url, caller, JSON.stringify(body)),
        })
      for (const text of [
        '{',
        '{"a":1}}',
        '\u0000',
        '{"__proto__":{"isAdmin":true}}',
        '{"a":1e999}',
        'undefined',
      ])
        asked.push({ what: `${what} ${text}`, ask: () => send(route, url, caller, text) })
      for (const type of [
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ])
        asked.push({ what: `${what} ${type}`, ask: () => send(route, url, caller, 'a=1', type) })
      asked.push({
        what: `${what} large`,
        ask: () => send(route, url, caller, `{"a":"${'x'.repeat(1_100_000)}"}`),
      })
    }
    expect(await allFaults(asked)).toEqual([])
  }, 120_000)

  test('fields of the wrong kind, one at a time, in a request that is otherwise good', async () => {
    const asked = []
    for (const route of routes) {
      const properties = (route.body?.properties ?? {}) as Record<string, Schema>
      const sample = sampleOf(route.body ?? {}) as Record<string, unknown>
      const caller = await member()
      for (const name of Object.keys(properties))
        for (const value of garbage)
          asked.push({
            what: `${route.method} ${route.path} ${name}: ${JSON.stringify(value)?.slice(0, 60)}`,
            ask: () => send(route, ownAddress(route), caller, { ...sample, [name]: value }),
          })
    }
    expect(asked.length).toBeGreaterThan(1000)
    expect(await allFaults(asked)).toEqual([])
  }, 300_000)

  test('query strings', async () => {
    const values = [
      '',
      ' ',
      '%00',
      '%ff',
      '%ED%A0%80',
      'x'.repeat(3000),
      '-1',
      '1e400',
      '99999999999999999999',
      nothing,
      '2026-02-30',
      '[]',
      'a&a=b&a[b]=c',
    ]
    const asked = []
    for (const route of routes) {
      const caller = await member()
      for (const { name } of route.query)
        for (const value of values)
          asked.push({
            what: `${route.method} ${route.path}?${name}=${value.slice(0, 30)}`,
            ask: () => send(route, `${ownAddress(route)}?${name}=${value}`, caller),
          })
    }
    expect(asked.length).toBeGreaterThan(50)
    expect(await allFaults(asked)).toEqual([])
  }, 120_000)

  test('ids that are none: 404, whatever the address', async () => {
    const values = [
      'abc',
      '%00',
      '%ff',
      '..%2f..',
      'x'.repeat(400),
      'x'.repeat(3000),
      `${nothing}x`,
      `urn:uuid:${nothing}`,
      '%F0%9F%92%A5',
      nothing,
    ]
    const found: string[] = []
    for (const route of routes.filter(({ path, isPublic }) => path.includes('{') && !isPublic)) {
      const caller = await member()
      for (const value of values) {
        const url = addressOf(route, () => value)
        const body = route.body ? sampleOf(route.body) : undefined
        const answer = await send(route, withQuery(route, url), caller, body)
        const isRight = answer.statusCode === 404 || (/%(00|ff)/.test(value) && answer.statusCode === 400)
        const fault = isRight ? faults(answer) : [`${answer.statusCode} ${answer.body.slice(0, 200)}`]
        found.push(...fault.map((one) => `${route.method} ${url.slice(0, 100)}: ${one}`))
      }
    }
    expect(found).toEqual([])
  }, 120_000)
})

test('to another tenant nothing of the first exists, by any address', async () => {
  const stranger = await server.stranger()
  const found: string[] = []
  for (const route of routes.filter(({ path, isPublic }) => path.includes('{') && !isPublic)) {
    const answer = await send(
      route,
      withQuery(route, ownAddress(route)),
      stranger,
      route.body ? sampleOf(route.body) : undefined,
    )
    if (answer.statusCode !== 404)
      found.push(`${route.method} ${ownAddress(route)}: ${answer.statusCode} ${answer.body.slice(0, 300)}`)
  }
  expect(found).toEqual([])
})
