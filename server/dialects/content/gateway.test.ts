import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { gatewayKey, testContent, told } from '../../../test/content.ts'
import { remoteKeys } from '../../net/remote-keys.ts'

let world: Awaited<ReturnType<typeof testContent>>
let owner: Caller
beforeAll(async () => {
  world = await testContent()
  owner = world.owner
})
afterAll(() => world.close())

describe('the gateway, known by its key', () => {
  afterEach(() => {
    world.ctx.settings.contentGatewayKey = gatewayKey
  })

  test('identity headers mean nothing without the key', async () => {
    for (const key of ['', 'guessed', `${gatewayKey} `.repeat(2), gatewayKey.slice(1)])
      expect(
        told(
          await world.gateway('content:labels.read', 'GET', '/content/labels', undefined, {
            'x-gateway-key': key,
          }),
        ),
      ).toEqual([401, 'UNAUTHORIZED'])
    world.ctx.settings.contentGatewayKey = null
    expect(told(await world.gateway('content:labels.read', 'GET', '/content/labels'))).toEqual([
      401,
      'UNAUTHORIZED',
    ])
  })

  test('beside a token of ours they are ignored: nobody reaches another tenant or gains a permission', async () => {
    const stranger = await world.stranger('headers@example.com')
    const { id } = await world.newSlot()
    const headers = {
      'x-tenant-id': owner.workspaceId,
      'x-user-id': owner.userId,
      'x-user-permissions': 'content:slots.read',
    }
    expect(told(await stranger('GET', `/content/slots/${id}`, undefined, { headers }))).toEqual([
      404,
      'SLOT_NOT_FOUND',
    ])
    const reader = await world.member(owner.workspaceId, [])
    const write = { ...headers, 'x-user-permissions': 'content:labels.write' }
    expect(told(await reader('POST', '/content/labels', { name: 'No' }, { headers: write }))).toEqual([
      403,
      'INSUFFICIENT_PERMISSIONS',
    ])
  })

  test('the permissions header alone decides, however it separates the names', async () => {
    for (const header of [
      'content:labels.read',
      'content:slots.read, content:labels.read',
      'content:slots.read content:labels.read',
      '["content:labels.read"]',
    ])
      expect((await world.gateway(header, 'GET', '/content/labels')).statusCode, header).toBe(200)
    for (const header of ['', 'content:labels', 'labels.read', 'content:labels.write', 'constructor', '*'])
      expect(told(await world.gateway(header, 'GET', '/content/labels')), header).toEqual([
        403,
        'INSUFFICIENT_PERMISSIONS',
      ])
  })

  test('an unknown tenant, or no user, is refused', async () => {
    const unknown: Record<string, string>[] = [
      { 'x-tenant-id': world.ctx.newId() },
      { 'x-tenant-id': 'acme' },
      { 'x-tenant-id': '' },
      { 'x-user-id': '' },
    ]
    for (const headers of unknown)
      expect(
        told(await world.gateway('content:labels.read', 'GET', '/content/labels', undefined, headers)),
        JSON.stringify(headers),
      ).toEqual([403, 'INSUFFICIENT_PERMISSIONS'])
  })

  test('its user need not be ours, and is named as who made a slot', async () => {
    const made = await world.gateway('content:slots.write', 'POST', '/content/slots', world.slot())
    expect(made.statusCode, made.body).toBe(201)
    expect(made.json().createdBy).toBe('user-7')
    expect((await owner('GET', `/content/slots/${made.json().id}`)).json().createdBy).toBe('user-7')
  })
})

describe('tokens of an outside issuer', () => {
  const issuer = 'https://auth.example.com'
  let signer: Awaited<ReturnType<typeof newKey>>
  let publishes: unknown
  let status = 200
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof publishes === 'string' ? publishes : JSON.stringify(publishes))
  })
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`

  beforeAll(async () => {
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  })
  afterAll(() => void server.close())
  beforeEach(async () => {
    signer = await newKey('first')
    publishes = { keys: [signer.jwk] }
    status = 200
    asked = 0
    world.ctx.contentIssuer = { issuer, keyOf: remoteKeys(world.ctx.http, address(), world.ctx.clock.now) }
  })

  async function newKey(kid: string) {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    return {
      kid,
      privateKey,
      publicKey,
      jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
    }
  }

  const claims = (more: object = {}) => ({
    tenantId: owner.workspaceId,
    permissions: ['content:labels.read', 'content:slots.write'],
    sub: 'user-9',
    iss: issuer,
    exp: Math.floor(world.ctx.clock.now().getTime() / 1000) + 900,
    ...more,
  })
  const signed = (more: object = {}, key = signer, header: object = {}) =>
    new SignJWT(claims(more))
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
      .sign(key.privateKey)

  const ask = (token: string, method: 'GET' | 'POST' = 'GET', url = '/content/labels', payload?: object) =>
    world.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(payload ? { payload } : {}),
    })
  const labels = async (token: string | Promise<string>) => told(await ask(await token))
  const unauthorized = [401, 'UNAUTHORIZED']

  test('stand for their tenant, user and permissions', async () => {
    const token = await signed()
    expect(await labels(token)).toEqual([200, undefined])
    const made = await ask(token, 'POST', '/content/slots', world.slot())
    expect(made.statusCode, made.body).toBe(201)
    expect(made.json().createdBy).toBe('user-9')
    expect(told(await ask(token, 'POST', '/content/labels', { name: 'No' }))).toEqual([
      403,
      'INSUFFICIENT_PERMISSIONS',
    ])
    expect(asked).toBe(1)
  })

  test.each<[string, object, [number, string | undefined]]>([
    ['permissions as one text', { permissions: 'content:labels.read content:slots.read' }, [200, undefined]],
    [
      'permissions as a scope',
      { permissions: undefined, scope: 'openid content:labels.read' },
      [200, undefined],
    ],
    ['a tenant in snake case', { tenantId: undefined, tenant_id: 'own' }, [200, undefined]],
    ['meant for this service among others', { aud: ['billing', 'content'] }, [200, undefined]],
    ['no permissions', { permissions: undefined }, [403, 'INSUFFICIENT_PERMISSIONS']],
    ['permissions of another kind', { permissions: { all: true } }, [403, 'INSUFFICIENT_PERMISSIONS']],
    [
      'a tenant that is none',
      { tenantId: '01900000-0000-7000-8000-0000000000ff' },
      [403, 'INSUFFICIENT_PERMISSIONS'],
    ],
    ['no tenant', { tenantId: undefined }, [403, 'INSUFFICIENT_PERMISSIONS']],
    ['no user', { sub: undefined }, [401, 'UNAUTHORIZED']],
    ['no end', { exp: undefined }, [401, 'UNAUTHORIZED']],
    ['meant for another service', { aud: 'billing' }, [401, 'UNAUTHORIZED']],
    ['from another issuer', { iss: 'https://auth.example.org' }, [401, 'UNAUTHORIZED']],
    ['from nobody', { iss: undefined }, [401, 'UNAUTHORIZED']],
    ['not valid yet', { nbf: Math.floor(Date.now() / 1000) + 86_400 }, [401, 'UNAUTHORIZED']],
  ])('%s', async (_what, more, answer) => {
    const own = 'tenant_id' in more ? { tenant_id: owner.workspaceId } : {}
    expect(await labels(signed({ ...more, ...own }))).toEqual(answer)
  })

  test('end when they say, with half a minute for two clocks', async () => {
    const token = await signed({ exp: Math.floor(world.ctx.clock.now().getTime() / 1000) + 60 })
    expect(await labels(token)).toEqual([200, undefined])
    world.clock.advance(80_000)
    expect(await labels(token)).toEqual([200, undefined])
    world.clock.advance(20_000)
    expect(await labels(token)).toEqual(unauthorized)
    world.clock.set(new Date())
  })

  test('unsigned ones, and ones signed with the public key as a secret, are forged', async () => {
    expect(await labels(new UnsecuredJWT(claims()).encode())).toEqual(unauthorized)
    const [, payload] = (await signed()).split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: signer.kid })).toString('base64url')
    expect(await labels(`${none}.${payload}.`)).toEqual(unauthorized)
    const publicText = new TextEncoder().encode(await exportSPKI(signer.publicKey))
    const confused = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: signer.kid })
      .sign(publicText)
    expect(await labels(confused)).toEqual(unauthorized)
  })

  test('a key of one own making is none, under any id, in the header or at an address of its own', async () => {
    const forger = await newKey('first')
    expect(await labels(signed({}, forger))).toEqual(unauthorized)
    expect(await labels(signed({}, { ...forger, kid: 'unknown' }))).toEqual(unauthorized)
    expect(await labels(signed({}, forger, { jwk: forger.jwk }))).toEqual(unauthorized)
    expect(await labels(signed({}, forger, { jku: address(), kid: undefined }))).toEqual(unauthorized)
  })

  test('when the issuer changes its key, new tokens work at once and old ones until the key is gone', async () => {
    const before = await signed()
    expect(await labels(before)).toEqual([200, undefined])
    const second = await newKey('second')
    publishes = { keys: [signer.jwk, second.jwk] }
    world.clock.advance(11_000)
    expect(await labels(signed({}, second))).toEqual([200, undefined])
    expect(await labels(before)).toEqual([200, undefined])
    publishes = { keys: [second.jwk] }
    world.clock.advance(601_000)
    expect(await labels(signed({}, second))).toEqual([200, undefined])
    expect(await labels(signed())).toEqual(unauthorized)
    expect(asked).toBe(3)
    world.clock.set(new Date())
  })

  test('made-up key ids do not make us ask the issuer again and again', async () => {
    for (let count = 0; count < 20; count++)
      expect(await labels(signed({}, { ...signer, kid: `made-up-${count}` }))).toEqual(unauthorized)
    expect(asked).toBe(1)
    world.clock.advance(11_000)
    await Promise.all(
      Array.from({ length: 10 }, async (_, count) => labels(signed({}, { ...signer, kid: `more-${count}` }))),
    )
    expect(asked).toBe(2)
    world.clock.set(new Date())
  })

  test.each<[string, number, unknown]>([
    ['an error', 500, {}],
    ['no JSON', 200, '<html>'],
    ['no keys', 200, { keys: 'soon' }],
  ])(
    'while the issuer answers %s, nothing can be checked: 503, come back later',
    async (_what, code, body) => {
      status = code
      publishes = body
      const answer = await ask(await signed())
      expect(told(answer)).toEqual([503, 'UNAVAILABLE'])
      expect(answer.headers['retry-after']).toBe('10')
      expect(answer.body).not.toContain('127.0.0.1')
      // Soon asked again, it is not asked at all.
      expect(await labels(signed())).toEqual([503, 'UNAVAILABLE'])
      expect(asked).toBe(1)
    },
  )

  test('while nothing listens at its address: the same; once it is back, all is well', async () => {
    const elsewhere = createServer()
    await new Promise<void>((listening) => void elsewhere.listen(0, '127.0.0.1', listening))
    const { port } = elsewhere.address() as AddressInfo
    await new Promise((closed) => elsewhere.close(closed))
    let url = `http://127.0.0.1:${port}/jwks.json`
    const http = {
      send: (request: { url: string }) => world.ctx.http.send({ ...request, method: 'GET', url }),
    }
    world.ctx.contentIssuer = { issuer, keyOf: remoteKeys(http, url, world.ctx.clock.now) }
    expect(await labels(signed())).toEqual([503, 'UNAVAILABLE'])
    url = address()
    world.clock.advance(11_000)
    expect(await labels(signed())).toEqual([200, undefined])
    world.clock.set(new Date())
  })

  test('keys that are known go on to be believed for an hour while the issuer is away', async () => {
    expect(await labels(signed())).toEqual([200, undefined])
    status = 503
    world.clock.advance(30 * 60_000)
    expect(await labels(signed())).toEqual([200, undefined])
    world.clock.advance(31 * 60_000)
    expect(await labels(signed())).toEqual([503, 'UNAVAILABLE'])
    world.clock.set(new Date())
  })

  test('our own tokens go on to work beside them, and outside ones only when an issuer is configured', async () => {
    expect((await owner('GET', '/content/labels')).statusCode).toBe(200)
    const token = await signed()
    world.ctx.contentIssuer = null
    expect(await labels(token)).toEqual(unauthorized)
    for (const junk of ['x', 'a.b.c', 'Bearer', '..', 'e30.e30.'])
      expect(await labels(junk), junk).toEqual(unauthorized)
  })

  test('no other API believes them', async () => {
    const token = await signed()
    for (const url of ['/api/v1/workspaces', '/api/v1/posts', '/admin/users'])
      expect((await ask(token, 'GET', url)).statusCode, url).toBe(401)
  })
})
