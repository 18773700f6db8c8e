import { afterAll, beforeAll, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { allDialects } from '../dialects/index.ts'
import { createLog } from '../net/log.ts'
import { type App, createApp } from './app.ts'
import { requestLog } from './request-log.ts'

let world: Awaited<ReturnType<typeof testContext>>
let app: App
const lines: string[] = []

beforeAll(async () => {
  world = await testContext()
  app = await createApp(world.ctx, {
    dialects: allDialects(world.ctx),
    logger: createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } }),
    shared: [requestLog],
  })
  app.get('/broken', () => Promise.reject(new Error('a bug')))
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await world.close()
})

test('a request is told in one line, by the id that its answer carries, without its query', async () => {
  lines.length = 0
  const answer = await app.inject({ url: '/api/v1/workspaces?code=hush' })
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'info',
      msg: 'request',
      requestId: answer.headers['x-request-id'],
      method: 'GET',
      path: '/api/v1/workspaces',
      route: '/api/v1/workspaces',
      status: 401,
    }),
  ])
  expect(lines[0]).not.toContain('hush')
})

test('no line names its request twice, nor does one that tells of a mistake', async () => {
  lines.length = 0
  await app.inject({ url: '/api/v1/workspaces' })
  await app.inject({ url: '/broken' })
  expect(lines).toHaveLength(3)
  for (const line of lines) expect(line.match(/"requestId":/g), line).toHaveLength(1)
})
