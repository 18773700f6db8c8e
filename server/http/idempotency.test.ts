import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

let keys = 0
const newKey = () => `key-${++keys}`
const create = (key: string, name = 'Twice', caller = server.owner) =>
  caller('POST', '/api/v1/workspaces', { name }, { headers: { 'idempotency-key': key } })
const workspacesNamed = async (name: string) =>
  (await server.ctx.db.selectFrom('workspaces').select('id').where('name', '=', name).execute()).length

/** Puts a key back to where a process leaves it that is killed while its request runs. */
async function killedInFlight(key: string) {
  await server.ctx.db
    .updateTable('idempotencyKeys')
    .set({ status: null, body: null, headers: null, leaseUntil: new Date(server.clock.now().getTime() - 1) })
    .where('key', '=', key)
    .execute()
}

test('the same request with the same key is done once and answered the same', async () => {
  const key = newKey()
  const first = await create(key, 'Done once')
  const second = await create(key, 'Done once')
  expect(first.statusCode).toBe(201)
  expect(second.statusCode).toBe(201)
  expect(second.body).toBe(first.body)
  expect(second.headers['idempotent-replayed']).toBe('true')
  expect(first.headers['idempotent-replayed']).toBeUndefined()
  expect(await workspacesNamed('Done once')).toBe(1)
})

test('of ten at the same instant one is done; the others get its answer or are told to wait', async () => {
  const key = newKey()
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(key, 'At once')))
  expect(await workspacesNamed('At once')).toBe(1)
  for (const answer of answers) {
    expect([201, 409]).toContain(answer.statusCode)
    if (answer.statusCode === 409) {
      expect(answer.json().error.code).toBe('CONFLICT')
      expect(answer.headers['retry-after']).toBe('1')
    }
  }
  expect((await create(key, 'At once')).statusCode).toBe(201)
})

test('a key that comes back with another body is refused', async () => {
  const key = newKey()
  await create(key, 'Mine')
  const answer = await create(key, 'Not mine')
  expect(answer.statusCode).toBe(409)
  expect(answer.json().error).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('another body'),
  })
})

test('a refusal is kept too, and keys of two people or two addresses do not meet', async () => {
  const key = newKey()
  const stranger = await server.stranger('two@example.com')
  expect((await create(key, 'One')).statusCode).toBe(201)
  expect((await create(key, 'Two', stranger)).statusCode).toBe(201)
  const url = `/api/v1/workspaces/${server.owner.workspaceId}/brands`
  const elsewhere = await server.owner(
    'POST',
    url,
    { name: 'Three' },
    { headers: { 'idempotency-key': key } },
  )
  expect(elsewhere.statusCode).toBe(201)
  const refused = () => stranger('POST', url, { name: 'Four' }, { headers: { 'idempotency-key': 'refused' } })
  const [first, second] = [await refused(), await refused()]
  expect([first.statusCode, second.statusCode]).toEqual([404, 404])
  expect(second.headers['idempotent-replayed']).toBe('true')
})

test('an answer is kept for a day', async () => {
  const key = newKey()
  await create(key, 'A day')
  server.clock.advance(23 * 3_600_000)
  await create(key, 'A day')
  expect(await workspacesNamed('A day')).toBe(1)
  server.clock.advance(2 * 3_600_000)
  await create(key, 'A day')
  expect(await workspacesNamed('A day')).toBe(2)
  server.clock.set(new Date())
})

test('a process killed before it answered: what was carried out is not done again, and is answered', async () => {
  const key = newKey()
  const first = await create(key, 'Killed after')
  await killedInFlight(key)
  const second = await create(key, 'Killed after')
  expect(second.statusCode).toBe(201)
  expect(second.json()).toEqual(first.json())
  expect(await workspacesNamed('Killed after')).toBe(1)
  await killedInFlight(key)
  expect((await create(key, 'Another body')).statusCode).toBe(409)
})

test('a process killed before the change: the next request with the key carries it out', async () => {
  const key = newKey()
  const first = await create(key, 'Killed before')
  await server.ctx.db.deleteFrom('workspaces').where('id', '=', first.json().id).execute()
  await killedInFlight(key)
  const second = await create(key, 'Killed before')
  expect(second.statusCode).toBe(201)
  expect(second.json().id).not.toBe(first.json().id)
  expect(await workspacesNamed('Killed before')).toBe(1)
})

test('a change that was made but whose answer cannot be read again is told as it is', async () => {
  const key = newKey()
  const url = `/api/v1/workspaces/${server.owner.workspaceId}/roles`
  const create = () =>
    server.owner('POST', url, { name: 'Once', permissions: [] }, { headers: { 'idempotency-key': key } })
  const first = await create()
  await killedInFlight(key)
  const second = await create()
  expect(second.statusCode).toBe(409)
  expect(second.json().error.message).toContain(`role ${first.json().id}`)
})

test('what is shown once is not readable in the kept answer', async () => {
  const { ctx, owner } = server
  const roles = await owner('GET', `/api/v1/workspaces/${owner.workspaceId}/roles`)
  const invited = await owner(
    'POST',
    `/api/v1/workspaces/${owner.workspaceId}/users/invite`,
    { email: 'new@example.com', roleId: roles.json().data[3].id },
    { headers: { 'idempotency-key': newKey() } },
  )
  expect(invited.statusCode).toBe(201)
  const token = new URL(invited.json().acceptUrl).searchParams.get('token') ?? 'none'
  const rows = await ctx.db.selectFrom('idempotencyKeys').select('body').execute()
  for (const { body } of rows) expect(body?.toString('latin1') ?? '').not.toContain(token)
})

test('a key that is no key is refused, and GET has no use for one', async () => {
  for (const key of [' ', 'ü', 'x'.repeat(256), 'two words']) {
    const answer = await create(key)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.details[0].path).toBe('Idempotency-Key')
  }
  const answer = await server.owner('GET', '/api/v1/workspaces', undefined, {
    headers: { 'idempotency-key': 'ü' },
  })
  expect(answer.statusCode).toBe(200)
})
