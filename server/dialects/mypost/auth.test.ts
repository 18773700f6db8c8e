import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const credentials = { email: 'owner@example.com', password: 'password123' }
const post = (url: string, payload?: object, headers: Record<string, string> = {}) =>
  server.app.inject({ method: 'POST', url: `/api/v1/auth${url}`, payload, headers })
const me = (token: string) =>
  server.app.inject({ url: '/api/v1/auth/me', headers: { authorization: `Bearer ${token}` } })

async function logIn() {
  const answer = await post('/login', credentials)
  expect(answer.statusCode).toBe(200)
  return { token: answer.json().accessToken as string, cookie: cookieOf(answer) }
}

type Answer = Awaited<ReturnType<typeof post>>
const cookieOf = (answer: Answer) => String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? ''
const refresh = (cookie: string) => post('/refresh', undefined, { cookie })

test('logging in answers with the documented shape and a cookie that scripts and other sites never see', async () => {
  const answer = await post('/login', { ...credentials, email: 'Owner@Example.com' })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    accessToken: expect.stringMatching(/^eyJ/),
    expiresIn: 900,
    user: { id: server.owner.userId, email: 'owner@example.com', name: 'Olga Owner' },
  })
  const cookie = String(answer.headers['set-cookie'])
  expect(cookie).toMatch(
    /^refreshToken=[\w-]{43}; Path=\/api\/v1\/auth; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
  )
})

test('the token is an RS256 JWT that names its session, and the published keys check it', async () => {
  const { token } = await logIn()
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'JWT' })
  const claims = decodeJwt(token)
  expect(claims).toMatchObject({
    iss: 'http://localhost:8007',
    aud: 'fanfare',
    sub: server.owner.userId,
    email: 'owner@example.com',
    sid: expect.any(String),
  })
  expect(Number(claims.exp) - Number(claims.iat)).toBe(900)
  const jwks = await server.app.inject({ url: '/.well-known/jwks.json' })
  expect(jwks.statusCode).toBe(200)
  expect(jwks.json().keys).toEqual([
    {
      kty: 'RSA',
      n: expect.any(String),
      e: 'AQAB',
      alg: 'RS256',
      use: 'sig',
      kid: decodeProtectedHeader(token).kid,
    },
  ])
})

test('an unknown address, a wrong password and a user who was switched off get the same answer', async () => {
  const { ctx, stranger } = server
  const off = await stranger('off@example.com')
  await ctx.db.updateTable('users').set({ isActive: false }).where('id', '=', off.userId).execute()
  const answers = [
    await post('/login', { email: 'nobody@example.com', password: 'password123' }),
    await post('/login', { email: 'owner@example.com', password: 'password124' }),
    await post('/login', { email: 'off@example.com', password: 'password123' }),
  ]
  for (const answer of answers) {
    expect(answer.statusCode).toBe(401)
    expect(answer.json().error).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'The e-mail address or the password is wrong',
      details: [],
    })
  }
})

test('a malformed e-mail address gives the documented error', async () => {
  const answer = await post('/login', { email: 'user', password: 'x' })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: [{ path: 'email', message: 'Invalid email format' }],
    requestId: expect.stringMatching(/^req_\w+$/),
  })
})

test('who is not logged in, or sends a token that is not ours, is told so', async () => {
  const { token } = await logIn()
  const [head, , signature] = token.split('.')
  const forged = Buffer.from(JSON.stringify({ ...decodeJwt(token), sub: server.ctx.newId() })).toString(
    'base64url',
  )
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer x',
    `Basic ${token}`,
    `Bearer ${head}.${forged}.${signature}`,
    `Bearer ${unsigned}`,
    `Bearer ${token.slice(0, -8)}AAAAAAAA`,
  ]) {
    const answer = await server.app.inject({
      url: '/api/v1/auth/me',
      headers: authorization === undefined ? {} : { authorization },
    })
    expect(answer.statusCode, authorization).toBe(401)
    expect(answer.json().error.code).toBe('UNAUTHORIZED')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  }
})

test('me tells who I am and what I may do where', async () => {
  const { token } = await logIn()
  const answer = await me(token)
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({
    id: server.owner.userId,
    email: 'owner@example.com',
    name: 'Olga Owner',
    workspaces: [
      {
        id: server.owner.workspaceId,
        name: 'My workspace',
        role: { name: 'Owner' },
        permissions: expect.arrayContaining(['posts.create', 'workspace.settings']),
      },
    ],
  })
})

test('an access token is refused after 15 minutes', async () => {
  const { token } = await logIn()
  server.clock.advance(899_000)
  expect((await me(token)).statusCode).toBe(200)
  server.clock.advance(2000)
  expect((await me(token)).statusCode).toBe(401)
  server.clock.set(new Date())
})

test('after logging out neither the access token nor the cookie works', async () => {
  const { token, cookie } = await logIn()
  const answer = await post('/logout', undefined, { authorization: `Bearer ${token}`, cookie })
  expect(answer.statusCode).toBe(204)
  expect(answer.body).toBe('')
  expect(String(answer.headers['set-cookie'])).toMatch(/^refreshToken=; .*Expires=Thu, 01 Jan 1970/)
  expect((await me(token)).statusCode).toBe(401)
  expect((await refresh(cookie)).statusCode).toBe(401)
})

test('a user who is switched off is out at once, with a token that is still good for minutes', async () => {
  const off = await server.stranger('switched-off@example.com')
  expect((await me(off.token)).statusCode).toBe(200)
  await server.ctx.db.updateTable('users').set({ isActive: false }).where('id', '=', off.userId).execute()
  expect((await me(off.token)).statusCode).toBe(401)
})

test('each refresh gives the next cookie', async () => {
  const first = await logIn()
  const second = await refresh(first.cookie)
  expect(second.statusCode).toBe(200)
  expect(second.json()).toEqual({ accessToken: expect.stringMatching(/^eyJ/), expiresIn: 900 })
  const third = await refresh(cookieOf(second))
  expect(third.statusCode).toBe(200)
  expect(new Set([first.cookie, cookieOf(second), cookieOf(third)]).size).toBe(3)
  expect((await me(third.json().accessToken)).statusCode).toBe(200)
})

test('a cookie that comes back after it was used ends the login for whoever holds its successors', async () => {
  const stolen = await logIn()
  const owners = await refresh(stolen.cookie)
  server.clock.advance(11_000)
  expect((await refresh(stolen.cookie)).statusCode).toBe(401)
  expect((await refresh(cookieOf(owners))).statusCode).toBe(401)
  expect((await me(owners.json().accessToken)).statusCode).toBe(401)
  server.clock.set(new Date())
})

test('two tabs that refresh at once stay logged in, and only one of them gets a cookie', async () => {
  const { cookie } = await logIn()
  const answers = await Promise.all([refresh(cookie), refresh(cookie), refresh(cookie)])
  expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200])
  const cookies = answers.filter((answer) => answer.headers['set-cookie'])
  expect(cookies).toHaveLength(1)
  expect((await refresh(cookieOf(cookies[0] as Answer))).statusCode).toBe(200)
})

test('without a cookie, with a made-up one, and after 30 unused days there is nothing to refresh', async () => {
  const { cookie } = await logIn()
  expect((await post('/refresh')).statusCode).toBe(401)
  expect((await refresh('refreshToken=made-up')).statusCode).toBe(401)
  server.clock.advance(31 * 86_400_000)
  expect((await refresh(cookie)).statusCode).toBe(401)
  server.clock.set(new Date())
})

test('nothing of a login is kept that could be used again', async () => {
  const { token, cookie } = await logIn()
  const secret = cookie.split('=')[1] ?? ''
  const tables = ['sessions', 'refreshTokens', 'users', 'events', 'signingKeys'] as const
  for (const table of tables) {
    const rows = JSON.stringify(await server.ctx.db.selectFrom(table).selectAll().execute())
    expect(rows).not.toContain(secret)
    expect(rows).not.toContain(token)
    expect(rows).not.toContain('password123')
    expect(rows).not.toContain('PRIVATE KEY')
  }
})
