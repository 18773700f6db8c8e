import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testContent } from '../../../test/content.ts'
import { sampleOf } from '../../../test/sample-body.ts'
import { type ContentPermission, contentPermissions } from './permissions.ts'

/** Walks every address of the content API, as the source document lists them, and asks badly. */
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
const documented: [Method, string, ContentPermission][] = [
  ['GET', '/content/connections', 'content:connections.read'],
  ['POST', '/content/connections/{platform}/authorize', 'content:connections.write'],
  ['POST', '/content/connections/{platform}/callback', 'content:connections.write'],
  ['DELETE', '/content/connections/{connectionId}', 'content:connections.write'],
  ['GET', '/content/campaigns', 'content:campaigns.read'],
  ['POST', '/content/campaigns', 'content:campaigns.write'],
  ['GET', '/content/campaigns/{campaignId}', 'content:campaigns.read'],
  ['PATCH', '/content/campaigns/{campaignId}', 'content:campaigns.write'],
  ['DELETE', '/content/campaigns/{campaignId}', 'content:campaigns.write'],
  ['GET', '/content/labels', 'content:labels.read'],
  ['POST', '/content/labels', 'content:labels.write'],
  ['PATCH', '/content/labels/{labelId}', 'content:labels.write'],
  ['DELETE', '/content/labels/{labelId}', 'content:labels.write'],
  ['GET', '/content/slots', 'content:slots.read'],
  ['POST', '/content/slots', 'content:slots.write'],
  ['POST', '/content/slots/bulk', 'content:slots.write'],
  ['GET', '/content/slots/{slotId}', 'content:slots.read'],
  ['PATCH', '/content/slots/{slotId}', 'content:slots.write'],
  ['DELETE', '/content/slots/{slotId}', 'content:slots.write'],
  ['POST', '/content/slots/{slotId}/submit-review', 'content:slots.write'],
  ['POST', '/content/slots/{slotId}/approve', 'content:slots.approve'],
  ['POST', '/content/slots/{slotId}/reject', 'content:slots.approve'],
  ['POST', '/content/slots/{slotId}/reschedule', 'content:slots.write'],
  ['GET', '/content/slots/{slotId}/logs', 'content:slots.read'],
  ['GET', '/content/recurring', 'content:recurring.read'],
  ['POST', '/content/recurring', 'content:recurring.write'],
  ['PATCH', '/content/recurring/{scheduleId}', 'content:recurring.write'],
  ['POST', '/content/recurring/{scheduleId}/pause', 'content:recurring.write'],
  ['POST', '/content/recurring/{scheduleId}/resume', 'content:recurring.write'],
  ['DELETE', '/content/recurring/{scheduleId}', 'content:recurring.write'],
]

type Schema = Record<string, unknown>
interface Operation {
  responses: Record<string, unknown>
  body: Schema | null
  query: { name: string }[]
}

let world: Awaited<ReturnType<typeof testContent>>
let operations: Map<string, Operation>
/** Of the first tenant, by the name of the parameter. */
let ids: Record<string, string>

beforeAll(async () => {
  world = await testContent()
  operations = await operationsOf()
  const { owner } = world
  const made = async (url: string, body: object) => {
    const answer = await owner('POST', url, body)
    expect(answer.statusCode, answer.body).toBe(201)
    return answer.json().id as string
  }
  ids = {
    platform: 'square',
    connectionId: world.chirpId,
    campaignId: await made('/content/campaigns', { name: 'Q1' }),
    labelId: await made('/content/labels', { name: 'ProductUpdate' }),
    slotId: (await world.newSlot()).id,
    scheduleId: await made('/content/recurring', {
      name: 'Weekly',
      cronExpression: '0 10 * * 1',
      templateCaption: 'Hello',
      targetConnectionIds: [world.chirpId],
    }),
  }
})
afterAll(() => world.close())

async function operationsOf(): Promise<Map<string, Operation>> {
  const { paths, components } = (await world.app.inject({ url: '/docs/content.json' })).json()
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const { $ref, ...rest } = value as { $ref?: string }
    if ($ref) return resolve(components.schemas[$ref.split('/').at(-1) ?? ''])
    return Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, resolve(part)]))
  }
  return new Map(
    Object.entries(paths as Record<string, Record<string, Schema>>).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]): [string, Operation] => {
        const { requestBody, parameters, responses } = resolve(operation) as {
          requestBody?: { content: Record<string, { schema: Schema }> }
          parameters?: { name: string; in: string }[]
          responses: Record<string, unknown>
        }
        const body = requestBody?.content['application/json']?.schema ?? null
        const query = (parameters ?? []).filter((parameter) => parameter.in === 'query')
        return [`${verb.toUpperCase()} ${path}`, { responses, body, query }]
      }),
    ),
  )
}

const nothing = '01900000-0000-7000-8000-0000000000ff'
const own = (path: string) => path.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? nothing)
const withId = (path: string, id: string) =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => (name === 'platform' ? 'square' : id))
const sample = (method: Method, path: string): object | undefined => {
  const { body } = operations.get(`${method} ${path}`) ?? { body: null }
  return body ? (sampleOf(body) as object) : undefined
}
const all = Object.keys(contentPermissions).join(' ')
const range = '?from=2030-01-01T00:00:00Z&to=2030-02-01T00:00:00Z'

/** What is wrong with an answer; empty when it is in the shape of this API and its status is documented. */
function faults(answer: LightMyRequestResponse, operation: Operation): string[] {
  const found: string[] = []
  const told = `${answer.statusCode} ${answer.body.slice(0, 200)}`
  // A body that is too large, no JSON, or not asked for is refused before anything else is looked at.
  const isAboutBody = answer.statusCode === 413 || answer.statusCode === 415
  const isStrayBody = answer.statusCode === 422 && !operation.body
  if (!operation.responses[answer.statusCode] && !isAboutBody && !isStrayBody)
    found.push(`not documented: ${told}`)
  if (answer.statusCode >= 500) found.push(told)
  if (answer.statusCode < 400) return found
  const { error } = answer.json()
  if (!/^[A-Z_]+$/.test(error?.code ?? '') || !error?.message || !Array.isArray(error?.details))
    found.push(`no error of ours: ${told}`)
  if (answer.statusCode === 422 && !error?.details?.[0]?.path) found.push(`422 without a path: ${told}`)
  return found
}

test('every documented address is there, and nothing beside them', () => {
  expect([...operations.keys()].sort()).toEqual(
    documented.map(([method, path]) => `${method} ${path}`).sort(),
  )
})

test('each wants a credential, and then exactly its documented permission', async () => {
  for (const [method, path, permission] of documented) {
    const url = own(path) + (path === '/content/slots' && method === 'GET' ? range : '')
    const body = sample(method, path)
    const what = `${method} ${path}`
    const nobody = await world.app.inject({ method, url, ...(body && { payload: body }) })
    expect([what, nobody.statusCode, nobody.json().error.code]).toEqual([what, 401, 'UNAUTHORIZED'])
    const others = Object.keys(contentPermissions).filter((name) => name !== permission)
    const refused = await world.gateway(others.join(' '), method, url, body)
    expect([what, refused.statusCode, refused.json().error?.code]).toEqual([
      what,
      403,
      'INSUFFICIENT_PERMISSIONS',
    ])
  }
})

test('a member of the workspace whose role allows nothing may read and nothing else', async () => {
  const { owner } = world
  const reader = await world.member(owner.workspaceId, [])
  await owner('POST', `/content/slots/${ids.slotId}/submit-review`)
  const callbackUrl = 'https://dashboard.logicspike.com/content/callback'
  const begun = await owner('POST', '/content/connections/square/authorize', { callbackUrl })
  const { state } = begun.json()
  for (const [method, path] of documented) {
    const url = own(path) + (path === '/content/slots' && method === 'GET' ? range : '')
    const body = bodyFor(method, path, state)
    const { statusCode, body: text } = await reader(method, url, body)
    const expected = method === 'GET' ? 200 : 403
    expect([method, path, statusCode, text.slice(0, 200)]).toEqual([
      method,
      path,
      expected,
      expect.anything(),
    ])
  }
})

/** One that is good, so that nothing but the permission stands in its way. */
function bodyFor(method: Method, path: string, state: string): object | undefined {
  if (method === 'PATCH' && path.includes('/slots/')) return { caption: 'Changed' }
  if (path.endsWith('/reschedule')) return { scheduledAt: world.inAnHour() }
  if (path.endsWith('/slots/bulk')) return { slots: [world.slot()] }
  if (method === 'POST' && path === '/content/slots') return world.slot()
  if (path.endsWith('/callback')) return { code: 'c', state }
  return sample(method, path)
}

test('to another tenant nothing of the first exists, by any address', async () => {
  const stranger = await world.stranger('every-route@example.com')
  for (const [method, path] of documented.filter(([, path]) => /\{\w+Id\}/.test(path))) {
    const body = sample(method, path)
    const answers = [
      await stranger(method, own(path), body),
      await world.gateway(all, method, own(path), body, { 'x-tenant-id': stranger.workspaceId }),
    ]
    for (const answer of answers) expect([method, path, answer.statusCode]).toEqual([method, path, 404])
  }
  for (const [method, path] of documented.filter(([method, path]) => method === 'GET' && !path.includes('{')))
    expect((await stranger(method, path + range)).json().data).toEqual([])
})

test('ids that are none name nothing', async () => {
  const kinds: Record<string, string> = {
    connections: 'CONNECTION_NOT_FOUND',
    campaigns: 'CAMPAIGN_NOT_FOUND',
    labels: 'LABEL_NOT_FOUND',
    slots: 'SLOT_NOT_FOUND',
    recurring: 'RECURRING_NOT_FOUND',
  }
  for (const [method, path] of documented.filter(([, path]) => /\{\w+Id\}/.test(path)))
    for (const id of ['abc', nothing, `${nothing}x`, 'x'.repeat(400), '..%2f..', '%F0%9F%92%A5', '0']) {
      const answer = await world.owner(method, withId(path, id), sample(method, path))
      const code = kinds[path.split('/')[2] ?? '']
      expect([method, path, id.slice(0, 40), answer.statusCode, answer.json().error.code]).toEqual([
        method,
        path,
        id.slice(0, 40),
        404,
        code,
      ])
    }
})

const garbage: unknown[] = [
  null,
  -1,
  1.5,
  2 ** 53,
  true,
  '',
  ' ',
  'sample',
  'nul \0 inside',
  'half \ud800 pair',
  'x'.repeat(120_000),
  nothing,
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00Z',
  "'; drop table users; --",
  [],
  [null],
  [[[[[]]]]],
  Array.from({ length: 3000 }, () => nothing),
  {},
  { $ne: null },
  JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`),
]

test('bad input is never our mistake, and is told in the shape of this API', async () => {
  const found: string[] = []
  let asked = 0
  for (const [method, path] of documented) {
    const operation = operations.get(`${method} ${path}`) as Operation
    const look = async (what: string, answer: LightMyRequestResponse) => {
      asked++
      found.push(...faults(answer, operation).map((fault) => `${method} ${path} ${what}: ${fault}`))
    }
    const send = (url: string, payload?: string) =>
      world.app.inject({
        method,
        url,
        headers: {
          authorization: `Bearer ${world.owner.token}`,
          ...(payload !== undefined && { 'content-type': 'application/json' }),
        },
        ...(payload !== undefined && { payload }),
      })
    // Of ids that nothing has, so that nothing is changed or lost on the way.
    const url = withId(path, nothing)
    for (const { name } of operation.query)
      for (const value of ['', '%00', '%ff', 'x'.repeat(3000), '-1', '1e400', '[]', 'a&a=b&a[b]=c'])
        await look(`?${name}=${value.slice(0, 20)}`, await send(`${url}?${name}=${value}`))
    if (method === 'GET' || method === 'DELETE') continue
    for (const text of ['null', '[]', '"text"', '5', '{', '\u0000', '{"__proto__":{"a":1}}', '{"a":1e999}'])
      await look(text, await send(url, text))
    const properties = (operation.body?.properties ?? {}) as Record<string, Schema>
    const good = sample(method, path) as Record<string, unknown>
    for (const name of Object.keys(properties))
      for (const value of garbage)
        await look(
          `${name}: ${JSON.stringify(value)?.slice(0, 40)}`,
          await send(
            own(path).replace(ids.scheduleId ?? '', nothing),
            JSON.stringify({ ...good, [name]: value }),
          ),
        )
  }
  expect(asked).toBeGreaterThan(700)
  expect(found).toEqual([])
})
