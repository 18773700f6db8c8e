import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ouiPostWorld } from '../../test/oui-post-world.ts'
import {
  addressOf,
  badBodies,
  badIds,
  badQueries,
  badTypes,
  documentedRoutes,
  garbage,
  nothing,
  type Route,
  type Schema,
} from '../../test/route-walk.ts'
import { sampleOf } from '../../test/sample-body.ts'

/** Every address of the dialects A and C asked badly; the native one has its own walk (mypost/every-route.test.ts). */

let world: Awaited<ReturnType<typeof ouiPostWorld>>
/** Ids of real things, by the segment before them. */
let ids: Record<string, string>
beforeAll(async () => {
  world = await ouiPostWorld()
  const { owner, ctx, api, draft, upload, accounts } = world
  const post = await draft(['facebook'])
  const numberOf = async (table: 'posts' | 'accounts', id: string) =>
    String(
      (await ctx.db.selectFrom(table).select('number').where('id', '=', id).executeTakeFirstOrThrow()).number,
    )
  const number = await numberOf('posts', post.slice('post_'.length))
  const slots = [{ day: 'monday', time: '09:00', platforms: ['facebook'] }]
  ids = {
    '/api/posts': post,
    '/api/media': (await upload(post)).json().data.media.id,
    '/api/accounts': accounts.facebook,
    '/api/schedules': (await api('POST', '/api/schedules', { name: 'x', slots })).json().data.schedule.id,
    '/api/v1/posts': number,
    '/api/v1/social-accounts': await numberOf('accounts', accounts.twitter.slice('acc_'.length)),
    '/api/v1/campaigns': String(
      (await owner('POST', '/api/v1/campaigns', { name: 'x', start_date: '2026-01-01' })).json().id,
    ),
    '/api/v1/analytics': String(
      (await owner('POST', '/api/v1/analytics', { post_id: Number(number) })).json().id,
    ),
  }
})
afterAll(() => world.close())

const own = (route: Route) =>
  addressOf(
    route,
    (_name, resource) => ids[route.path.slice(0, route.path.indexOf(resource) + resource.length)] ?? 'none',
  )

/** A good body with no more than it must have. */
function leastOf(body: Schema): unknown {
  const required = (body.required ?? []) as string[]
  const properties = Object.entries((body.properties ?? {}) as Record<string, Schema>)
  return sampleOf({
    ...body,
    properties: Object.fromEntries(properties.filter(([name]) => required.includes(name))),
  })
}

function send(route: Route, url: string, payload?: unknown, type = 'application/json') {
  const isKeyed = url.startsWith('/api/') && !url.startsWith('/api/v1/')
  const options: InjectOptions = {
    ...{ method: route.method, url },
    headers: {
      ...(isKeyed
        ? { 'x-api-key': world.key, 'x-workspace-id': world.owner.workspaceId }
        : { authorization: `Bearer ${world.owner.token}` }),
      ...(payload !== undefined && { 'content-type': type }),
    },
    ...(payload !== undefined && {
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    }),
  }
  return world.app.inject(options)
}

/** What is wrong with how a dialect said no; null when nothing is. */
const said: Record<string, (body: Record<string, unknown>, status: number) => string | null> = {
  'social-media-service': (body) =>
    Object.keys(body).join() === 'detail' && typeof body.detail === 'string' && body.detail
      ? null
      : 'not a detail',
  'oui-post': ({ success, error }, status) => {
    const { code, message, details } = (error ?? {}) as Record<string, unknown>
    if (success !== false || !/^[A-Z_]+$/.test(String(code)) || !message) return 'not the envelope'
    if (typeof details !== 'object' || details === null || Array.isArray(details))
      return 'details is no object'
    return status === 422 && Object.keys(details).length === 0 ? 'no field is named' : null
  },
}

function fault(dialect: string, answer: LightMyRequestResponse): string | null {
  if (answer.statusCode < 400) return null
  if (answer.statusCode >= 500) return `${answer.statusCode} ${answer.body.slice(0, 300)}`
  const wrong = said[dialect]?.(answer.json(), answer.statusCode) ?? null
  return wrong && `${answer.statusCode} ${wrong}: ${answer.body.slice(0, 300)}`
}

/** Endings of what the walk still needs, and the one address whose wait is not over at once. */
const spared = ['POST /admin/logout', 'POST /api/posts/{id}/publish']

describe.each(['social-media-service', 'oui-post'])('%s', (dialect) => {
  let routes: Route[]
  beforeAll(async () => {
    const all = await documentedRoutes(world.app, dialect)
    routes = all.filter(({ method, path }) => !spared.includes(`${method} ${path}`))
    expect(routes.length).toBeGreaterThan(25)
  })

  async function faults(asks: AsyncIterable<[string, LightMyRequestResponse]>) {
    const found: string[] = []
    for await (const [what, answer] of asks) {
      const wrong = fault(dialect, answer)
      if (wrong) found.push(`${what}: ${wrong}`)
    }
    return found
  }

  test('bodies of another kind, of another type, not JSON, empty, too large', async () => {
    async function* asks(): AsyncGenerator<[string, LightMyRequestResponse]> {
      for (const route of routes.filter(({ method }) => method !== 'GET')) {
        const what = `${route.method} ${route.path}`
        const url = addressOf(route, () => '999999999')
        for (const body of badBodies) yield [`${what} ${body.slice(0, 40)}`, await send(route, url, body)]
        for (const type of badTypes) yield [`${what} ${type}`, await send(route, url, 'a=1', type)]
      }
    }
    expect(await faults(asks())).toEqual([])
  }, 300_000)

  test('fields of every wrong kind, one at a time, in requests that are otherwise good', async () => {
    let count = 0
    async function* asks(): AsyncGenerator<[string, LightMyRequestResponse]> {
      for (const route of routes) {
        const sample = sampleOf(route.body ?? {}) as Record<string, unknown>
        for (const name of Object.keys((route.body?.properties ?? {}) as object))
          for (const value of garbage) {
            count++
            const what = `${route.method} ${route.path} ${name}: ${JSON.stringify(value)?.slice(0, 60)}`
            yield [what, await send(route, own(route), { ...sample, [name]: value })]
          }
      }
    }
    expect(await faults(asks())).toEqual([])
    expect(count).toBeGreaterThan(800)
  }, 600_000)

  test('query strings', async () => {
    async function* asks(): AsyncGenerator<[string, LightMyRequestResponse]> {
      for (const route of routes)
        for (const { name } of route.query)
          for (const value of badQueries) {
            const others = route.query.filter((one) => one.name !== name && one.name.endsWith('_date'))
            const rest = others.map((one) => `&${one.name}=2026-01-01`).join('')
            const what = `${route.method} ${route.path}?${name}=${value.slice(0, 30)}`
            yield [what, await send(route, `${own(route)}?${name}=${value}${rest}`)]
          }
    }
    expect(await faults(asks())).toEqual([])
  }, 300_000)

  test('ids that are none: 404, or 400 and 422 where the address itself is broken', async () => {
    const found: string[] = []
    for (const route of routes.filter(({ path, isPublic }) => path.includes('{') && !isPublic))
      for (const value of badIds) {
        const url = addressOf(route, () => value)
        const answer = await send(route, url, route.body ? leastOf(route.body) : undefined)
        // The five shared templates answer for what is nobody's id in the native shape (conflicts 2).
        const isNobodys =
          dialect === 'social-media-service' && !/^\d+$/.test(value) && !url.startsWith('/api/v1/campaigns')
        // With a UUID it is the native address, which looks at the body first.
        const isBroken =
          (/%(00|ff)/.test(value) || (isNobodys && value === nothing)) &&
          [400, 422].includes(answer.statusCode)
        if (answer.statusCode !== 404 && !isBroken)
          found.push(`${route.method} ${url.slice(0, 80)}: ${answer.statusCode} ${answer.body.slice(0, 200)}`)
        else if (!isNobodys && fault(dialect, answer))
          found.push(`${route.method} ${url.slice(0, 80)}: ${fault(dialect, answer)}`)
      }
    expect(found).toEqual([])
  }, 300_000)
})
