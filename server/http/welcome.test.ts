import { afterAll, beforeAll, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { allDialects } from '../dialects/index.ts'
import { createSetupLink } from '../operations/create-first-user.ts'
import { type App, createApp } from './app.ts'

let world: Awaited<ReturnType<typeof testContext>>
let app: App
beforeAll(async () => {
  world = await testContext()
  app = await createApp(world.ctx, { dialects: allDialects(world.ctx) })
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const send = (fields: Record<string, string>) =>
  app.inject({
    method: 'POST',
    url: '/setup',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  })

test('the link from the console makes the first user in a browser, once, and mistakes are told in the form', async () => {
  expect((await app.inject({ url: '/' })).body).toContain('There is no user yet')
  const link = await createSetupLink(world.ctx)
  const token = link?.token ?? ''
  const shown = await app.inject({ url: `/setup?token=${token}` })
  expect([shown.statusCode, shown.body.includes(token)]).toEqual([200, true])
  expect(shown.headers['content-security-policy']).toContain("default-src 'none'")

  const good = { token, name: 'Ada', email: 'ada@example.com', password: 'correct horse' }
  for (const bad of [
    { ...good, password: 'short' },
    { ...good, token: '"><script>' },
    { ...good, email: 'nobody' },
  ]) {
    const answer = await send(bad)
    expect([
      answer.statusCode,
      answer.body.includes('role="alert"'),
      answer.body.includes('<script>'),
    ]).toEqual([400, true, false])
  }
  expect((await send(good)).body).toContain('ada@example.com can log in now')
  const login = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email: good.email, password: good.password },
  })
  expect(login.statusCode).toBe(200)
  expect((await send({ ...good, email: 'eve@example.com' })).statusCode).toBe(403)
  expect((await app.inject({ url: `/setup?token=${token}` })).statusCode).toBe(303)
  expect((await app.inject({ url: '/' })).body).not.toContain('There is no user yet')
})
