/** For tests that walk every address of a dialect, as its own document lists them: addresses added later are walked too. */
import type { FastifyInstance } from 'fastify'

export type Schema = Record<string, unknown>
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body: Schema | null
  query: { name: string; schema: Schema }[]
  isPublic: boolean
}

export async function documentedRoutes(app: FastifyInstance, dialect: string): Promise<Route[]> {
  const { paths, components } = (await app.inject({ url: `/docs/${dialect}.json` })).json()
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
        parameters?: { name: string; in: string; schema: Schema }[]
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

/** The address with each parameter filled in; `resource` is the segment before it. */
export function addressOf(route: Route, fill: (name: string, resource: string) => string): string {
  const segments = route.path.split('/')
  return segments
    .map((segment, index) =>
      segment.replace(/^\{(.*)\}$/, (_all, name) => fill(name, segments[index - 1] ?? '')),
    )
    .join('/')
}

/** An id that nothing has. */
export const nothing = '01900000-0000-7000-8000-0000000000ff'

/** Values of every wrong kind, for one field at a time. */
export const garbage: unknown[] = [
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

/** Whole bodies, as text, that are no good request: of another kind, not JSON, too large. */
export const badBodies: string[] = [
  ...[null, [], 'text', 5, true, [[1]], { unknown: 1 }].map((body) => JSON.stringify(body)),
  ...['', '{', '{"a":1}}', '\u0000', '{"__proto__":{"isAdmin":true}}', '{"a":1e999}', 'undefined'],
  `{"a":"${'x'.repeat(1_100_000)}"}`,
]

export const badTypes = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
]

/** Values of query parameters, as they stand in the address. */
export const badQueries = [
  ...['', '%20', '%00', '%ff', '%ED%A0%80', 'x'.repeat(3000), '-1', '0', '1e400', '99999999999999999999'],
  ...[nothing, '2026-02-30', '275760-09-13', '[]', 'a&a=b&a[b]=c'],
]

/** Path segments that are no id of anything. */
export const badIds = [
  ...[
    'abc',
    '%00',
    '%ff',
    '..%2f..',
    'x'.repeat(400),
    'x'.repeat(3000),
    `${nothing}x`,
    `urn:uuid:${nothing}`,
  ],
  ...['%F0%9F%92%A5', nothing, '0', '-1', '99999999999', '99999999999999999999999'],
]
