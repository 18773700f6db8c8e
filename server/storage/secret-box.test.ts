import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { testTenant } from '../../test/tenant.ts'
import { accountSecretBox, accountSecretContext } from './secret-box.ts'

let t: Awaited<ReturnType<typeof testContext>>
beforeAll(async () => {
  t = await testContext()
})
afterAll(() => t.close())

async function account(secret: { access: string; refreshToken: string }) {
  const { ctx } = t
  const tenant = await testTenant(ctx)
  const id = ctx.newId()
  const now = ctx.clock.now()
  await ctx.db
    .insertInto('accounts')
    .values({
      id,
      workspaceId: tenant.workspaceId,
      brandId: tenant.brandId,
      network: 'scripted',
      externalId: id,
      kind: 'profile',
      name: 'Ada',
      state: 'active',
      secret: ctx.vault.seal(secret, accountSecretContext(id)),
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  return id
}

const boxOf = (accountId: string) => accountSecretBox({ db: t.ctx.db, vault: t.ctx.vault, accountId })
const fresh = (secret: Record<string, string>) =>
  ({ outcome: 'done', value: { secret, expiresAt: null } }) as const

test('two processes that find the same stale token make one exchange, and both get the new one', async () => {
  const old = { access: 'a1', refreshToken: 'r1' }
  const id = await account(old)
  let exchanges = 0
  const exchange = async () => {
    exchanges++
    // The second process is waiting for the lease by now; a moment longer than its look shows that it keeps waiting.
    await new Promise((done) => setTimeout(done, 250))
    return fresh({ access: 'a2', refreshToken: 'r2' })
  }
  const results = await Promise.all([boxOf(id).refresh(old, exchange), boxOf(id).refresh(old, exchange)])
  expect(exchanges).toBe(1)
  for (const result of results)
    expect(result).toEqual({ outcome: 'done', value: { access: 'a2', refreshToken: 'r2' } })
  expect(await boxOf(id).current()).toEqual({ access: 'a2', refreshToken: 'r2' })
})

test('a refresh that answers without a refresh token keeps the old one', async () => {
  const old = { access: 'a1', refreshToken: 'r1' }
  const id = await account(old)
  await boxOf(id).refresh(old, async () => fresh({ access: 'a2', refreshToken: '' }))
  expect(await boxOf(id).current()).toEqual({ access: 'a2', refreshToken: 'r1' })
})

test('a failed exchange changes nothing and leaves the way free for the next', async () => {
  const old = { access: 'a1', refreshToken: 'r1' }
  const id = await account(old)
  const failure = { class: 'transient', rule: 'scripted.down', message: 'Down', remedy: 'Wait' } as const
  expect(await boxOf(id).refresh(old, async () => ({ outcome: 'failed', failure }))).toEqual({
    outcome: 'failed',
    failure,
  })
  expect(await boxOf(id).refresh(old, async () => fresh({ access: 'a2' }))).toMatchObject({ outcome: 'done' })
})

test('a credential connected anew during the exchange wins over what the exchange brings', async () => {
  const { ctx } = t
  const old = { access: 'a1', refreshToken: 'r1' }
  const id = await account(old)
  const result = await boxOf(id).refresh(old, async () => {
    await sql`update accounts
      set secret = ${ctx.vault.seal({ access: 'new' }, accountSecretContext(id))}, secret_version = secret_version + 1
      where id = ${id}`.execute(ctx.db)
    return fresh({ access: 'a2' })
  })
  expect(result).toEqual({ outcome: 'done', value: { access: 'new' } })
})

test('a disconnected account has nothing to refresh', async () => {
  const old = { access: 'a1', refreshToken: 'r1' }
  const id = await account(old)
  await sql`update accounts set state = 'disconnected', secret = null where id = ${id}`.execute(t.ctx.db)
  const result = await boxOf(id).refresh(old, async () => fresh({ access: 'a2' }))
  expect(result).toMatchObject({ outcome: 'failed', failure: { rule: 'account_disconnected' } })
})
