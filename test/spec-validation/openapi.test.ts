import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createHttp, FormData } from '../../server/net/http.ts'
import type { Body, Exchange } from './exchange.ts'
import { openApiValidator } from './openapi.ts'
import { recordingHttp } from './recording-http.ts'
import { observedExchanges, observedMount } from './sandbox-exchanges.ts'

const mount = 'http://localhost:1/v5'

const document = {
  openapi: '3.0.3',
  security: [{ token: [] }],
  paths: {
    '/pins': {
      post: {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/Pin' } },
            'multipart/form-data': {
              schema: {
                type: 'object',
                required: ['file'],
                properties: { file: { type: 'string', format: 'binary' }, order: { type: 'integer' } },
              },
            },
          },
        },
        responses: {
          201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pin' } } } },
          default: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
        },
      },
      get: {
        parameters: [
          { name: 'ids', in: 'query', required: true, schema: { type: 'array', items: { type: 'integer' } } },
        ],
        responses: { 200: {} },
      },
    },
    '/pins/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^\\d+$' } }],
      get: { security: [], responses: { 200: { content: {} } } },
    },
    '/pins/mine': { get: { security: [], responses: { '2XX': { content: {} } } } },
  },
  components: {
    schemas: {
      Pin: {
        type: 'object',
        required: ['id', 'title'],
        properties: {
          id: { type: 'string', readOnly: true },
          title: { type: 'string', nullable: true },
          score: { type: 'number', minimum: 0, exclusiveMinimum: true },
          parent: { $ref: '#/components/schemas/Pin' },
        },
      },
      Error: { type: 'object', required: ['code'], properties: { code: { type: 'integer' } } },
    },
  },
}

const json = (value: unknown): Body => ({ kind: 'json', value })

function exchange(
  method: string,
  path: string,
  body: Body = { kind: 'none' },
  {
    status = 200,
    answer = { kind: 'none' } as Body,
    type = 'application/json',
    token = 't' as string | null,
  } = {},
): Exchange {
  return {
    request: {
      method,
      url: mount + path,
      headers: { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) },
      body,
    },
    response: { status, headers: { 'content-type': 'application/json' }, body: answer },
  }
}

const check = (...exchanges: Exchange[]) => openApiValidator(document, { mount }).check(exchanges)

test('an exchange as described passes: read-only fields may be left out of requests, nullable ones may be null', () => {
  const answer = json({ id: '1', title: null, parent: { id: '2', title: 'x', score: 0.5 } })
  expect(check(exchange('POST', '/pins', json({ title: null }), { status: 201, answer }))).toEqual([])
})

test('what a request gets wrong is named: a missing field, an unknown one, a wrong type, deep inside too', () => {
  const body = json({ colour: 'red', score: 0, parent: { title: 3 } })
  expect(check(exchange('POST', '/pins', body, { status: 400, answer: json({ code: 1 }) }))).toEqual([
    "POST /pins: request body: must have required property 'title'",
    'POST /pins: request body /score: must be > 0',
    'POST /pins: request body /parent/title: must be string,null',
    'POST /pins: request body: "colour" is not in the description',
  ])
})

test('what an answer gets wrong is named', () => {
  const request = json({ title: 'x' })
  expect(check(exchange('POST', '/pins', request, { status: 201, answer: json({ title: 'x' }) }))).toEqual([
    "POST /pins: response 201 body: must have required property 'id'",
  ])
  expect(check(exchange('POST', '/pins', request, { status: 500, answer: json({ code: 'x' }) }))).toEqual([
    'POST /pins: response 500 body /code: must be integer',
  ])
  expect(check(exchange('GET', '/pins?ids=1', undefined, { status: 418 }))).toEqual([
    'GET /pins: response 418: not in the description',
  ])
})

test('paths, parameters and credentials are held against the description', () => {
  expect(check(exchange('GET', '/pins/12', undefined, { token: null }))).toEqual([])
  expect(check(exchange('GET', '/pins/mine'))).toEqual([])
  expect(check(exchange('GET', '/pins/x12'))).toEqual([
    'GET /pins/{id}: request path id: must match pattern "^\\d+$"',
  ])
  expect(check(exchange('GET', '/pins?ids[]=1&ids[]=2'))).toEqual([])
  expect(check(exchange('GET', '/pins?ids=a&sort=up'))).toEqual([
    'GET /pins: request query ids /0: must be integer',
    'GET /pins: request query sort: not in the description',
  ])
  expect(check(exchange('GET', '/pins?ids=1', undefined, { token: null }))).toEqual([
    'GET /pins: request: no credential',
  ])
  expect(check(exchange('GET', '/boards'))).toEqual(['GET /boards: not in the description'])
  expect(
    check({
      ...exchange('GET', '/boards'),
      request: { ...exchange('GET', '/').request, url: 'http://other/x' },
    }),
  ).toEqual([])
})

test('forms are checked by their field names and coerced types', () => {
  const form = (fields: [string, string][]): Body => ({
    kind: 'fields',
    encoding: 'multipart',
    fields: [...fields, ['file', { filename: 'a.png', mimeType: 'image/png', bytes: 3 }]],
  })
  const type = 'multipart/form-data; boundary=x'
  const answer = { status: 201, answer: json({ id: '1', title: 'x' }), type }
  expect(check(exchange('POST', '/pins', form([['order', '3']]), answer))).toEqual([])
  expect(check(exchange('POST', '/pins', form([['order', 'x']]), answer))).toEqual([
    'POST /pins: request body /order: must be integer',
  ])
  expect(check(exchange('POST', '/pins', form([]), { ...answer, type: 'text/csv' }))).toEqual([
    'POST /pins: request body: text/csv is not among application/json, multipart/form-data',
  ])
})

test('a difference that is right can be allowed, and an allowance nobody needs is reported', () => {
  const allow = [{ problem: 'GET /boards', why: 'added after the document was made' }]
  const validator = openApiValidator(document, { mount, allow })
  expect(validator.check([exchange('GET', '/boards')])).toEqual([])
  expect(validator.check([])).toEqual(['the allowance "GET /boards" is stale: it did not occur'])
})

test('an adapter is recorded with what it sent and what it got', async () => {
  const server = createServer((_request, reply) => {
    reply.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"1","title":null}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const plain = createHttp({ allowPrivate: true, trustedOrigins: [] })
  const http = recordingHttp(plain)
  const multipart = new FormData()
  multipart.append('file', new File(['abc'], 'a.png', { type: 'image/png' }))
  const headers = { authorization: 'Bearer x' }
  await http.send({ method: 'POST', url: `${origin}/pins`, json: { title: 'x', gone: undefined }, headers })
  await http.send({ method: 'POST', url: `${origin}/pins`, multipart, headers, query: { a: [1, 2] } })

  const file = { filename: 'a.png', mimeType: 'image/png', bytes: 3 }
  expect(http.exchanges.map(({ request }) => [request.url.slice(origin.length), request.body])).toEqual([
    ['/pins', json({ title: 'x' })],
    ['/pins?a=1&a=2', { kind: 'fields', encoding: 'multipart', fields: [['file', file]] }],
  ])
  expect(http.exchanges[0]?.response.body).toEqual(json({ id: '1', title: null }))
  expect(openApiValidator(document, { mount: origin }).check(http.exchanges)).toEqual([
    'POST /pins: request query a: not in the description',
  ])
  await plain.close()
  server.close()
})

test('whoever speaks to a simulated network is recorded, in the form in which it spoke', async () => {
  const form = new globalThis.FormData()
  form.append('file', new File(['abc'], 'a.png', { type: 'image/png' }))
  const encoded = new Response(form)
  const seen = {
    network: 'pins',
    operation: null,
    method: 'POST',
    path: '/pins',
    route: '/pins',
    query: { a: ['1', '2'] },
    requestHeaders: { 'content-type': encoded.headers.get('content-type') ?? '' },
    requestBody: Buffer.from(await encoded.arrayBuffer()),
    status: 201,
    responseHeaders: { 'content-type': 'application/json', 'x-left': 3 },
    responseBody: Buffer.from('{"id":"1"}'),
    cut: false,
  }
  const [exchange] = await observedExchanges([{ ...seen, cut: true }, seen])
  expect(exchange?.request).toMatchObject({
    url: `${observedMount('pins')}/pins?a=1&a=2`,
    body: {
      encoding: 'multipart',
      fields: [['file', { filename: 'a.png', mimeType: 'image/png', bytes: 3 }]],
    },
  })
  expect(exchange?.response).toMatchObject({ headers: { 'x-left': '3' }, body: json({ id: '1' }) })
})
