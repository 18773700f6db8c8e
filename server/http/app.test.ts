import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

test('logging in answers with the documented shape', async () => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email: 'Owner@example.com', password: 'password123' },
  })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    accessToken: expect.stringMatching(/^eyJ/),
    expiresIn: 900,
    user: { id: server.owner.userId, email: 'owner@example.com', name: 'Olga Owner' },
  })
  expect(answer.headers['set-cookie']).toMatch(
    /^refreshToken=[\w-]{43}; .*Path=\/api\/v1\/auth; .*HttpOnly; SameSite=Strict/,
  )
})

test('a malformed e-mail address gives the documented error', async () => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email: 'nobody', password: 'x' },
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toEqual({
    error: {
      code: 'VALIDATION_ERROR',
      message: 'email: Invalid email format',
      details: [{ path: 'email', message: 'Invalid email format', rule: 'format' }],
      requestId: expect.stringMatching(/^req_[0-9a-f]+$/),
    },
  })
})
