import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { allDialects } from '../dialects/index.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const get = (url: string) => server.app.inject({ url })
const dialectIds = ['mypost', 'oui-post', 'social-media-service', 'content']

interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: object[]
  responses: Record<string, { description?: string }>
}

const operationsOf = async (id: string): Promise<[string, Operation][]> => {
  const document = (await get(`/docs/${id}.json`)).json()
  return Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]): [string, Operation] => [`${verb} ${path}`, operation]),
  )
}

test('every dialect is on the chooser page', async () => {
  expect(allDialects(server.ctx).map(({ id }) => id)).toEqual(expect.arrayContaining(dialectIds))
  const page = await get('/docs')
  expect(page.headers['content-type']).toMatch(/^text\/html/)
  for (const { id } of allDialects(server.ctx)) {
    expect(page.body).toContain(`href="/docs/${id}"`)
    expect((await get(`/docs/${id}`)).statusCode).toBe(200)
  }
})

test('no page of the documentation asks another server for anything', async () => {
  for (const url of ['/docs', '/docs/mypost']) {
    const page = await get(url)
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self'/)
  }
  const script = await get('/docs/scalar.js')
  expect(script.headers['content-encoding']).toBe('gzip')
  expect(script.rawPayload.length).toBeGreaterThan(100_000)
})

describe.each(dialectIds)('the document of %s', (id) => {
  test('is valid OpenAPI 3.1', async () => {
    const document = (await get(`/docs/${id}.json`)).json()
    expect(document.openapi).toBe('3.1.0')
    const { valid, errors } = await new Validator().validate(document)
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  test('names every operation once', async () => {
    const operations = await operationsOf(id)
    const names = operations.map(([, operation]) => operation.operationId)
    expect(names.filter((name, index) => !name || names.indexOf(name) !== index)).toEqual([])
  })
})

test('types are components: a post is one type, not forty copies', async () => {
  const document = (await get('/docs/mypost.json')).json()
  expect(document.components.schemas).toMatchObject({
    Error: { type: 'object', required: ['error'] },
    Workspace: { type: 'object' },
    Brand: { type: 'object' },
  })
  expect(
    document.paths['/api/v1/brands/{id}'].get.responses['200'].content['application/json'].schema,
  ).toEqual({
    $ref: '#/components/schemas/Brand',
  })
})
