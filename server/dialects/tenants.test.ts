/**
 * Walks every address that the server has, in every dialect, as a tenant who asks for what belongs to another one. The
 * addresses come from the routes that are registered, so one that is added later is walked too.
 */
import type { FastifyPluginAsync, InjectOptions, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FilledTenant, fillTenant, tablesWith } from '../../test/filled-tenant.ts'
import { chirp, gallery, testPosting } from '../../test/posting.ts'
import { sampleOf } from '../../test/sample-body.ts'

interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/api/v1/posts/:id` */
  url: string
  isPublic: boolean
  query: string[]
  /** The parameters of the query without which it refuses, `?from=…&to=…`. */
  needed: string
  body: Record<string, unknown> | null
}

const routes: Route[] = []
const collectRoutes: FastifyPluginAsync = fp(async (app) => {
  app.addHook('onRoute', ({ method, url, schema, config }: RouteOptions) => {
    for (const one of [method].flat())
      if (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(one))
        routes.push({
          method: one as Route['method'],
          url,
          isPublic: Boolean(config?.public),
          query: Object.keys((schema?.querystring as { properties?: object })?.properties ?? {}),
          needed: neededQuery(schema?.querystring as Record<string, unknown> | undefined),
          body: (schema?.body as Route['body']) ?? null,
        })
  })
})

function neededQuery({ required = [], properties = {} }: Record<string, unknown> = {}): string {
  const pairs = (required as string[]).map((name) => {
    const schema = (properties as Record<string, Record<string, unknown>>)[name] ?? {}
    return `${name}=${encodeURIComponent(String(sampleOf(schema)))}`
  })
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** Bodies that the schema of an address does not tell all of. */
const otherBodies: Record<string, { payload: string | object; headers?: Record<string, string> }> = {
  'PUT /api/schedules/:id': { payload: { name: 'Mine now' } },
  'POST /api/v1/brands/:brandId/posts/import': {
    payload: 'content\nMine now\n',
    headers: { 'content-type': 'text/csv' },
  },
}

const gatewayKey = 'the key that only the gateway knows'
let world: Awaited<ReturnType<typeof testPosting>>
let first: FilledTenant
let second: FilledTenant
/** Every way in which the second tenant can say who asks, none of which reaches the first. */
let credentials: Record<string, Record<string, string>>
/** What gives the first tenant away wherever it is read: ids of its rows, and its mark. */
let secrets: string[]
let tables: string[]

beforeAll(async () => {
  world = await testPosting([chirp, gallery], { shared: [collectRoutes] })
  world.ctx.settings.contentGatewayKey = gatewayKey
  const strangers = [
    await world.stranger('one@example.com'),
    await world.stranger('two@example.com'),
  ] as const
  first = await fillTenant(world, strangers[0], 'mark-of-one')
  second = await fillTenant(world, strangers[1], 'mark-of-two')
  tables = ['workspaces', 'users', 'api_keys', ...(await tablesWith(world, 'workspace_id'))]
  const ids = tables.flatMap((table) => first.idsOf(table))
  secrets = [first.mark, ...ids.filter((id) => id.includes('-'))]
  const user = { authorization: `Bearer ${second.caller.token}` }
  credentials = {
    'a login': user,
    'a key': { 'x-api-key': second.apiKey, 'x-workspace-id': second.caller.workspaceId },
    "a key that names the other's workspace": {
      'x-api-key': second.apiKey,
      'x-workspace-id': first.caller.workspaceId,
    },
    'the gateway': {
      'x-gateway-key': gatewayKey,
      'x-tenant-id': second.caller.workspaceId,
      'x-user-id': 'somebody',
      'x-user-permissions': permissions,
    },
    'a login that plays gateway': {
      ...user,
      'x-tenant-id': first.caller.workspaceId,
      'x-user-id': first.caller.userId,
      'x-user-permissions': permissions,
    },
  }
})
afterAll(() => world.close())

const permissions =
  'slots.read,slots.write,slots.approve,connections.read,connections.write,campaigns.read,campaigns.write,labels.read,labels.write,analytics.read,settings.write'

/** Words in addresses and bodies that are not the name of the table they speak of. */
const otherNames: Record<string, string> = {
  'social-accounts': 'accounts',
  social_account: 'accounts',
  connection: 'accounts',
  connections: 'accounts',
  targetAccount: 'accounts',
  slot: 'posts',
  slots: 'posts',
  schedules: 'queues',
  keys: 'api_keys',
  webhooks: 'webhook_endpoints',
  analytics: 'post_metrics',
  delivery: 'webhook_deliveries',
  media: 'media',
}

/** The tables that a name may speak of: `campaignId`, `post_id`, `:id` after `brands`. Any, when it is a new word. */
function tablesFor(name: string, before = ''): string[] {
  const word = /^ids?$/i.test(name) ? before : name.replace(/_?ids?$/i, '')
  const table = otherNames[word] ?? [word, `${word}s`].find((one) => tables.includes(one))
  return table ? [table] : tables
}

const namesIds = (name: string) => /(^id|Ids?|_ids?)$/.test(name)
const isDocumentation = ({ url }: Route) => /^\/(docs|\.well-known)\b/.test(url)

/** The addresses that name something of the first tenant, wherever they can: with its ids last, or throughout. */
function foreignAddresses({ url }: Route): string[] {
  const segments = url.split('/')
  const last = segments.findLastIndex((segment) => segment.startsWith(':'))
  let addresses = ['']
  for (const [index, segment] of segments.entries()) {
    if (index === 0) continue
    const fills: string[] = []
    if (!segment.startsWith(':')) fills.push(segment)
    else
      for (const table of tablesFor(segment.slice(1), segments[index - 1])) {
        fills.push(...first.idsOf(table))
        if (index < last) fills.push(...second.idsOf(table).slice(0, 1))
      }
    addresses = addresses.flatMap((address) => fills.map((fill) => `${address}/${fill}`))
  }
  return addresses
}

/** The address with the second tenant's own things, once with their ids and once with their numbers. */
function ownAddresses({ url }: Route): string[] {
  const segments = url.split('/')
  const filled = [/-/, /^\d+$/].map((shape) =>
    segments.map((segment, index) => {
      if (!segment.startsWith(':')) return segment
      const ids = second.idsOf(tablesFor(segment.slice(1), segments[index - 1])[0] ?? '')
      return ids.findLast((id) => shape.test(id)) ?? ids.at(-1) ?? '0'
    }),
  )
  return [...new Set(filled.map((parts) => parts.join('/')))]
}

/** The same body, with ids of the first tenant wherever it has ids. */
function withForeignIds(value: unknown, name = ''): unknown {
  if (namesIds(name) && value !== null) {
    const ids = first.idsOf(tablesFor(name)[0] ?? '')
    const id = ids.findLast((one) => (typeof value === 'number') === /^\d+$/.test(one)) ?? ids[0]
    return Array.isArray(value) ? [id] : typeof value === 'number' ? Number(id) : id
  }
  if (Array.isArray(value)) return value.map((one) => withForeignIds(one, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withForeignIds(part, key)]))
}

/** What of the first tenant an answer shows; a refusal may repeat the ids that it was asked for. */
async function leaks(what: string, request: InjectOptions, statuses?: Set<number>): Promise<string[]> {
  const answer = await world.app.inject(request)
  statuses?.add(answer.statusCode)
  if (answer.statusCode >= 500) return [`${what}: ${answer.statusCode} ${answer.body.slice(0, 200)}`]
  const asked = answer.statusCode < 400 ? '' : `${request.url} ${JSON.stringify(request.payload ?? null)}`
  const text = `${answer.body} ${JSON.stringify(answer.headers)}`
  const shown = secrets.filter((secret) => text.includes(secret) && !asked.includes(secret))
  return shown.length > 0 ? [`${what}: ${answer.statusCode} shows ${shown.join(', ')}`] : []
}

const firstRows = async () => Object.fromEntries(await first.rows())

test('there is something of everything to be found, and every dialect to be walked', async () => {
  const rows = await first.rows()
  for (const table of [
    'posts',
    'deliveries',
    'accounts',
    'media',
    'campaigns',
    'labels',
    'queues',
    'recurrences',
  ])
    expect([table, rows.get(table)?.length]).not.toEqual([table, 0])
  for (const prefix of ['/api/v1/posts/:id', '/api/v1/brands/', '/api/posts/', '/admin/', '/content/slots/'])
    expect(routes.some(({ url }) => url.startsWith(prefix))).toBe(true)
  // The walk would find it: its owner does.
  const own = await first.caller('GET', `/api/v1/brands/${first.caller.brandId}/posts`)
  expect(secrets.filter((secret) => own.body.includes(secret)).length).toBeGreaterThan(3)
})

test('no address shows or changes a thing of another tenant, whoever asks and in whichever dialect', async () => {
  const before = await firstRows()
  const found: string[] = []
  for (const route of routes.filter((one) => one.url.includes(':') && !isDocumentation(one))) {
    const statuses = new Set<number>()
    for (const url of foreignAddresses(route))
      for (const [who, headers] of Object.entries(credentials)) {
        const { method, needed, body } = route
        const sample = { payload: body ? (sampleOf(body) as object) : undefined, headers: {} }
        const { payload, headers: more } = otherBodies[`${method} ${route.url}`] ?? sample
        const request = { method, url: url + needed, headers: { ...headers, ...more }, payload }
        found.push(...(await leaks(`${method} ${url} by ${who}`, request, statuses)))
      }
    // A request that is refused for its form alone never came to the thing it names.
    if (!route.isPublic && !statuses.has(404) && !statuses.has(403))
      found.push(`${route.method} ${route.url} was never looked for: ${[...statuses].join(', ')}`)
  }
  expect(found).toEqual([])
  expect(await firstRows()).toEqual(before)
}, 600_000)

test('no list shows them, with whatever ids it is asked to filter', async () => {
  const found: string[] = []
  for (const route of routes.filter((one) => one.method === 'GET' && !isDocumentation(one))) {
    const filters = ['']
    for (const name of route.query.filter(namesIds))
      for (const id of first.idsOf(tablesFor(name)[0] ?? '').slice(-2)) filters.push(`?${name}=${id}`)
    for (const path of ownAddresses(route))
      for (const filter of filters)
        for (const [who, headers] of Object.entries(credentials))
          found.push(...(await leaks(`GET ${path}${filter} by ${who}`, { url: path + filter, headers })))
  }
  expect(found).toEqual([])
}, 600_000)

test('nothing of them can be taken into what is one’s own', async () => {
  const before = await firstRows()
  const found: string[] = []
  for (const route of routes.filter(({ body, method }) => body && method !== 'GET')) {
    const payload = withForeignIds(sampleOf(route.body ?? {})) as object
    if (!secrets.some((secret) => JSON.stringify(payload).includes(secret))) continue
    for (const url of ownAddresses(route))
      for (const [who, headers] of Object.entries(credentials)) {
        const what = `${route.method} ${url} ${JSON.stringify(payload).slice(0, 300)} by ${who}`
        found.push(...(await leaks(what, { method: route.method, url, headers, payload })))
      }
  }
  expect(found).toEqual([])
  expect(await firstRows()).toEqual(before)
}, 600_000)
