import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { idShapeOf, isSharedTemplate } from './id-shape.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const uuid = '01900000-0000-7000-8000-000000000000'

describe('whose address it is', () => {
  test('the id in a shared path tells, whatever follows it', () => {
    expect(idShapeOf('/api/v1/posts/17')).toBe('integer')
    expect(idShapeOf('/api/v1/posts/17/schedule?x=1')).toBe('integer')
    expect(idShapeOf(`/api/v1/posts/${uuid}?x=1`)).toBe('uuid')
    expect(idShapeOf(`/api/v1/posts/${uuid.toUpperCase()}`)).toBe('uuid')
    expect(idShapeOf(`/api/v1/posts/${uuid}x`)).toBe('other')
    expect(idShapeOf(`/api/v1/posts/urn:uuid:${uuid}`)).toBe('other')
    expect(idShapeOf('/api/v1/posts/calendar')).toBe('other')
    expect(idShapeOf('/api/v1/posts')).toBe('other')
    expect(isSharedTemplate('/api/v1/posts/:id/schedule')).toBe(true)
    expect(isSharedTemplate('/api/v1/posts/calendar')).toBe(false)
    expect(isSharedTemplate('/api/v1/brands/:id')).toBe(false)
    expect(isSharedTemplate('/api/posts/:id')).toBe(false)
  })

  test('what nobody serves under /api/v1 is answered in the native shape, with and without a credential', async () => {
    for (const headers of [{}, { authorization: `Bearer ${server.owner.token}` }])
      for (const [method, url] of [
        ['GET', '/api/v1/nothing'],
        ['GET', '/api/v1'],
        ['PUT', '/api/v1/workspaces'],
        ['GET', '/api/v1/posts/abc'],
        ['POST', '/api/v1/posts/abc/schedule'],
        ['DELETE', '/api/v1/social-accounts/abc'],
      ] as const) {
        const answer = await server.app.inject({ method, url, headers })
        expect(answer.statusCode, `${method} ${url}`).toBe(404)
        expect(answer.json()).toEqual({
          error: {
            code: 'NOT_FOUND',
            message: expect.stringContaining(url),
            details: [],
            requestId: answer.headers['x-request-id'],
          },
        })
      }
  })

  test('C answers for what nobody serves under /api and /admin, and never for /api/v1', async () => {
    for (const url of ['/api/nothing', '/api/v10', '/admin/nothing']) {
      const answer = await server.app.inject({ url })
      expect(answer.statusCode, url).toBe(404)
      expect(answer.json(), url).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } })
    }
  })

  test('an address that is not properly encoded, or endless, gets an answer in the shape of its owner', async () => {
    const broken = await server.app.inject({ url: '/api/v1/brands/%ff' })
    expect(broken.statusCode).toBe(400)
    expect(broken.json().error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'url' }] })
    const endless = await server.owner('GET', `/api/v1/brands/${'x'.repeat(2000)}`)
    expect(endless.statusCode).toBe(404)
    expect(endless.json().error.code).toBe('NOT_FOUND')
  })
})

describe('what a request may hold', () => {
  const url = '/api/v1/workspaces'
  const post = (payload: string, type = 'application/json', to = url) =>
    server.owner('POST', to, undefined, { payload, headers: { 'content-type': type } })

  test('an empty body with a JSON content type is no body', async () => {
    const logout = await server.stranger('leaver@example.com')
    const answer = await logout('POST', '/api/v1/auth/logout', undefined, {
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.statusCode).toBe(204)
    const form = await server.stranger('leaver2@example.com')
    const empty = await form('POST', '/api/v1/auth/logout', undefined, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' },
    })
    expect(empty.statusCode).toBe(204)
  })

  test('a missing body is told as such where one is needed', async () => {
    const answer = await post('')
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.details[0].path).toBe('body')
  })

  test('what is not JSON is refused by its type or by its text', async () => {
    const xml = await post('<name/>', 'application/xml')
    expect(xml.statusCode).toBe(415)
    const text = await post('{"name":')
    expect(text.statusCode).toBe(400)
    expect(text.json().error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'body' }] })
    const large = await post(JSON.stringify({ name: 'x'.repeat(1_100_000) }))
    expect(large.statusCode).toBe(413)
  })

  test('what PostgreSQL cannot store is refused at the edge, wherever it stands', async () => {
    const paths = async (body: string) => {
      const answer = await post(body)
      expect(answer.statusCode, body).toBe(400)
      return answer.json().error.details[0].path
    }
    expect(await paths('{"name":"nul \\u0000"}')).toBe('name')
    expect(await paths('{"name":"half \\ud800"}')).toBe('name')
    expect(await paths('{"name":"ok","defaultHashtags":["a","b\\u0000"]}')).toBe('defaultHashtags.1')
    expect(await paths('{"name":"ok","latenessHours":99999999999999999999}')).toBe('latenessHours')
    expect(await paths('{"name":"ok","latenessHours":1e999}')).toBe('latenessHours')
    expect(await paths(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`)).toMatch(/^a\.a/)
    const query = await server.owner('GET', '/api/v1/workspaces?cursor=%00')
    expect(query.statusCode).toBe(400)
    const path = await server.owner('GET', '/api/v1/brands/%00')
    expect([400, 404]).toContain(path.statusCode)
  })

  test('null is not an empty text, a number is not a text, and nothing is dropped in silence', async () => {
    const details = async (body: object) => (await post(JSON.stringify(body))).json().error.details
    expect(await details({ name: null })).toMatchObject([{ path: 'name', message: 'must be string' }])
    expect(await details({ name: 5 })).toMatchObject([{ path: 'name', message: 'must be string' }])
    expect(await details({ name: 'ok', latenessHours: '5' })).toMatchObject([{ path: 'latenessHours' }])
    expect(await details({ name: 'ok', nmae: 'typo' })).toMatchObject([
      { path: 'nmae', message: 'is not a known field' },
    ])
  })

  test('every broken rule is told at once', async () => {
    const answer = await post(JSON.stringify({ mode: 'other', latenessHours: 0, timezone: 7 }))
    const told = answer.json().error
    expect(told.details.map((detail: { path: string }) => detail.path).sort()).toEqual([
      'latenessHours',
      'mode',
      'name',
      'timezone',
    ])
    expect(told.message).toBe('4 fields are invalid')
  })
})

test('every answer carries the id that finds it in the log', async () => {
  const answer = await server.owner('GET', '/api/v1/workspaces')
  expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-f]{18}$/)
})

test('an answer that lacks a required property is our mistake, not a half answer', async () => {
  const { createApp } = await import('./app.ts')
  const { Type } = await import('typebox')
  const { mypost } = await import('../dialects/mypost/index.ts')
  const whole = mypost(server.ctx)
  const app = await createApp(server.ctx, {
    dialects: [
      {
        ...whole,
        mounts: [
          {
            prefix: '/api/v1',
            routes: async (own) => {
              const response = { 200: Type.Object({ id: Type.String(), name: Type.String() }) }
              own.get('/half', { config: { public: true }, schema: { response } }, async () => ({ id: 'x' }))
            },
          },
        ],
      },
    ],
  })
  const answer = await app.inject({ url: '/api/v1/half' })
  expect(answer.statusCode).toBe(500)
  expect(answer.json().error.code).toBe('INTERNAL_ERROR')
  await app.close()
})
