/**
 * The world of stories about accounts: a server with two scripted networks, emptied of accounts before each story.
 * Importing this file sets it up for the importing test file.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { UserActor } from '../server/domain/actor.ts'
import type { DeliveryState, Failure } from '../server/domain/delivery.ts'
import { refreshPostStatus } from '../server/storage/post-status.ts'
import { testApp } from './app.ts'
import { outside, scriptedNetworks } from './scripted-network.ts'

export const { script, square, circle } = scriptedNetworks()
export let world: Awaited<ReturnType<typeof testApp>>
export let owner: typeof world.owner

beforeAll(async () => {
  world = await testApp({ networks: [square, circle] })
  owner = world.owner
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.ctx.db.deleteFrom('accounts').execute()
  await world.ctx.db.deleteFrom('oauthStates').execute()
  Object.assign(script, scriptedNetworks().script, { calls: script.calls })
  script.calls.length = 0
})

export const password = { identifier: 'ada', appPassword: 'hush-password' }
export const accountsOf = (brandId: string) => `/api/v1/brands/${brandId}/social-accounts`

export async function connectCircle(id = 'ada', caller = owner, brandId = caller.brandId) {
  script.opens = { outcome: 'done', value: [outside(id)] }
  const answer = await caller('POST', accountsOf(brandId), { network: 'circle', credentials: password })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

export async function beginSquare(more: object = {}, caller = owner) {
  const answer = await caller('POST', accountsOf(caller.brandId), { network: 'square', ...more })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json() as { authUrl: string; state: string; expiresAt: string }
}

export const comeBack = (query: Record<string, string>, network = 'square') =>
  world.app.inject({ url: `/api/v1/social-accounts/callback/${network}`, query })

export async function connectSquare(id = 'ada', caller = owner) {
  script.opens = { outcome: 'done', value: [outside(id)] }
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/done?tab=1' }, caller)
  const answer = await comeBack({ state, code: 'the-code' })
  return new URL(answer.headers.location as string)
}

export async function otherBrand(name: string) {
  const id = world.ctx.newId()
  const at = { createdAt: world.ctx.clock.now(), updatedAt: world.ctx.clock.now() }
  await world.ctx.db
    .insertInto('brands')
    .values({ id, workspaceId: owner.workspaceId, name, ...at })
    .execute()
  return id
}

export const eventsOf = (resourceId: string) =>
  world.ctx.db
    .selectFrom('events')
    .selectAll()
    .where('resourceId', '=', resourceId)
    .orderBy('position')
    .execute()

/** A delivery of a post of its own, written straight into the tables. */
export async function delivery(
  accountId: string,
  state: DeliveryState,
  more: { fenced?: boolean; postId?: string } = {},
) {
  const { ctx } = world
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const place = { workspaceId: owner.workspaceId }
  const postId = more.postId ?? ctx.newId()
  const id = ctx.newId()
  if (!more.postId)
    await ctx.db
      .insertInto('posts')
      .values({
        id: postId,
        ...place,
        brandId: owner.brandId,
        origin: 'mypost',
        text: 'Hello',
        status: 'draft',
        contentHash: Buffer.from('x'),
        ...at,
      })
      .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({
      id,
      ...place,
      postId,
      accountId,
      network: 'circle',
      position: 0,
      state,
      dueAt: ctx.clock.now(),
      wakeAt: state === 'scheduled' ? ctx.clock.now() : null,
      attempt: 3,
      fenced: more.fenced ?? false,
      ...(state === 'publishing' ? { leaseOwner: ctx.newId(), leaseUntil: ctx.clock.now() } : {}),
      ...at,
    })
    .execute()
  await refreshPostStatus(ctx.db, [postId], ctx.clock.now())
  return { id, postId }
}

export const deliveryRow = (id: string) =>
  world.ctx.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst()
export const postStatusOf = async (id: string) =>
  (await world.ctx.db.selectFrom('posts').select('status').where('id', '=', id).executeTakeFirstOrThrow())
    .status

export const failureOf = (kind: Failure['class']): Failure => ({
  class: kind,
  rule: 'scripted.failure',
  message: 'It went wrong.',
  remedy: 'Mend it.',
})

export async function sealedSecretOf(id: string) {
  const row = await world.ctx.db
    .selectFrom('accounts')
    .select('secret')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.secret
}

export async function actorIn(dialect: 'content' | 'oui-post') {
  const actor: UserActor = {
    kind: 'user',
    userId: owner.userId,
    sessionId: 'test',
    isInstanceAdmin: false,
    dialect,
    requestId: 'req_test',
  }
  return { actor }
}

/** Every row of every table as text, bytes in the clear. */
export async function databaseText(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`.execute(world.ctx.db)
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.raw(name)}`.execute(world.ctx.db)
    for (const row of rows)
      for (const value of Object.values(row))
        texts.push(Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value))
  }
  return texts.join('\n')
}

export async function beginChoosing(ids: string[]) {
  script.opens = { outcome: 'done', value: ids.map((id) => outside(id)) }
  const { state } = await beginSquare({ redirectUrl: 'https://app.example/' })
  const answer = await comeBack({ state, code: 'x' })
  const landed = new URL(answer.headers.location as string)
  expect(landed.searchParams.get('status')).toBe('choosing')
  return landed.searchParams.get('accountId') as string
}
