import { sql } from 'kysely'
import { Type } from 'typebox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { engineWorld } from '../../test/engine.ts'
import type { FreshSecret, OAuthConnect, Outcome } from '../networks/network.ts'
import { accountSecretBox, accountSecretContext } from '../storage/secret-box.ts'
import { collectAccountMetrics } from './collect-account-metrics.ts'
import { collectMetrics } from './collect-metrics.ts'
import { engineChores } from './engine-chores.ts'
import { nextMetricsAt } from './metrics-schedule.ts'
import { refreshTokens } from './refresh-tokens.ts'

let world: Awaited<ReturnType<typeof engineWorld>>
let troubles: string[] = []
const trouble = (what: string) => void troubles.push(what)
const hour = 3_600_000

beforeAll(async () => {
  world = await engineWorld()
})
beforeEach(async () => {
  await world.renew()
  troubles = []
  const { network } = world.scripted
  delete network.metrics
  delete network.accountMetrics
})
afterEach(() => world.stop())
afterAll(() => world.close())

// ---------------------------------------------------------------- tokens

const oauth = (refresh: () => Promise<Outcome<FreshSecret>>): OAuthConnect => ({
  kind: 'oauth',
  pkce: true,
  scopes: [],
  settings: Type.Object({}),
  authorizeUrl: () => '',
  exchange: async () => ({ outcome: 'done', value: [] }),
  refresh,
  refreshBeforeMs: hour,
})

async function expiring(inMs: number) {
  const [id = ''] = await world.accounts(1)
  const secret = world.ctx.vault.seal({ access: 'a1', refreshToken: 'r1' }, accountSecretContext(id))
  const expiresAt = new Date(world.clock.now().getTime() + inMs)
  await sql`update accounts set secret = ${secret}, token_expires_at = ${expiresAt} where id = ${id}`.execute(
    world.ctx.db,
  )
  return id
}

const secretOf = (accountId: string) =>
  accountSecretBox({ db: world.ctx.db, vault: world.ctx.vault, accountId }).current()

async function account(id: string) {
  return await world.ctx.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

test('a token is renewed before it runs out, once, and not earlier than the network wants', async () => {
  let exchanges = 0
  world.scripted.network.connect = oauth(async () => {
    exchanges++
    const expiresAt = new Date(world.clock.now().getTime() + 60 * hour)
    return { outcome: 'done', value: { secret: { access: `a${exchanges + 1}` }, expiresAt } }
  })
  const soon = await expiring(hour / 2)
  const later = await expiring(5 * hour)
  expect(await refreshTokens(world.ctx, trouble)).toBe(1)
  expect(await refreshTokens(world.ctx, trouble)).toBe(0)
  expect(await secretOf(soon)).toEqual({ access: 'a2', refreshToken: 'r1' })
  expect(await secretOf(later)).toEqual({ access: 'a1', refreshToken: 'r1' })
  expect((await account(soon)).tokenExpiresAt?.getTime()).toBeGreaterThan(
    world.clock.now().getTime() + 50 * hour,
  )
})

test("an account of the sandbox is renewed with the sandbox's app where the operator has none", async () => {
  const apps: unknown[] = []
  const connect = oauth(async () => ({
    outcome: 'done',
    value: { secret: { access: 'a2' }, expiresAt: null },
  }))
  const { refresh } = connect
  world.scripted.network.connect = {
    ...connect,
    refresh: async (ctx) => {
      apps.push(ctx.app)
      return await (refresh as NonNullable<typeof refresh>)(ctx)
    },
  }
  const id = await expiring(hour / 2)
  const without = { ...world.ctx, appCredentials: () => null }
  await sql`update workspaces set mode = 'sandbox'`.execute(world.ctx.db)
  expect(await refreshTokens(without, trouble)).toBe(1)
  expect(apps).toEqual([{ clientId: 'sandbox', clientSecret: 'sandbox' }])
  expect(await account(id)).toMatchObject({ state: 'active' })
})

test('a network that is away has revoked nothing: the account stays active and is tried again', async () => {
  world.scripted.network.connect = oauth(async () => ({
    outcome: 'failed',
    failure: { class: 'transient', rule: 'scripted.away', message: 'Away', remedy: 'Wait' },
  }))
  const id = await expiring(hour / 2)
  expect(await refreshTokens(world.ctx, trouble)).toBe(0)
  expect(await account(id)).toMatchObject({ state: 'active', refreshingUntil: null })
  expect(await secretOf(id)).toEqual({ access: 'a1', refreshToken: 'r1' })
})

test('a refresh token that is revoked expires the account and tells, before a post is late for it', async () => {
  world.scripted.network.connect = oauth(async () => ({
    outcome: 'failed',
    failure: { class: 'reconnect', rule: 'scripted.revoked', message: 'Revoked', remedy: 'Connect again' },
  }))
  const id = await expiring(hour / 2)
  await refreshTokens(world.ctx, trouble)
  expect(await account(id)).toMatchObject({ state: 'expired', stateReason: { rule: 'scripted.revoked' } })
  expect(await world.events()).toEqual(['account.expired'])
})

test('one account whose network code throws does not keep the others from being renewed', async () => {
  let first = true
  world.scripted.network.connect = oauth(async () => {
    if (first) {
      first = false
      throw new Error('boom')
    }
    return { outcome: 'done', value: { secret: { access: 'a2' }, expiresAt: null } }
  })
  await expiring(hour / 2)
  await expiring(hour / 3)
  expect(await refreshTokens(world.ctx, trouble)).toBe(1)
  expect(troubles).toHaveLength(1)
})

// ---------------------------------------------------------------- numbers

test('a published post is measured on a schedule that thins out, and its snapshots add up over time', async () => {
  let likes = 0
  world.scripted.network.metrics = async (_ctx, published) => {
    likes += 10
    return {
      outcome: 'done',
      value: published.map(({ externalId }) => ({ externalId, likes, views: 200, raw: { stars: likes } })),
    }
  }
  world.start()
  const [id = ''] = await world.post(await world.accounts(1), 'measured')
  await world.settled(id)
  expect(await collectMetrics(world.ctx, trouble)).toBe(0)
  world.clock.advance(11 * 60_000)
  expect(await collectMetrics(world.ctx, trouble)).toBe(1)
  expect(await collectMetrics(world.ctx, trouble)).toBe(0)
  world.clock.advance(16 * 60_000)
  expect(await collectMetrics(world.ctx, trouble)).toBe(1)
  const snapshots = world.ctx.db
    .selectFrom('postMetrics')
    .select(['likes', 'views', 'comments', 'engagementRate', 'platform', 'raw'])
    .where('deliveryId', '=', id)
    .orderBy('collectedAt')
  expect(await snapshots.execute()).toEqual([
    { likes: 10, views: 200, comments: null, engagementRate: 5, platform: 'scripted', raw: { stars: 10 } },
    { likes: 20, views: 200, comments: null, engagementRate: 10, platform: 'scripted', raw: { stars: 20 } },
  ])
})

test('the schedule: every quarter of an hour at first, weekly at last, and then no more', () => {
  const published = new Date('2026-03-01T10:00:00Z')
  const after = (ms: number) => {
    const now = new Date(published.getTime() + ms)
    const next = nextMetricsAt(published, now)
    return next && (next.getTime() - now.getTime()) / 60_000
  }
  expect(after(10 * 60_000)).toBe(15)
  expect(after(2 * hour)).toBe(60)
  expect(after(48 * hour)).toBe(24 * 60)
  expect(after(60 * 24 * hour)).toBe(7 * 24 * 60)
  expect(after(91 * 24 * hour)).toBeNull()
  let [now, snapshots] = [new Date(published.getTime() + 10 * 60_000), 1]
  for (let next = nextMetricsAt(published, now); next; next = nextMetricsAt(published, now)) {
    now = next
    snapshots++
  }
  expect(snapshots).toBeLessThan(40)
})

test('an account that is limited or expired is measured later, and does not stand in the way', async () => {
  const [good = '', limited = '', expired = ''] = await world.accounts(3)
  world.scripted.network.metrics = async (ctx, published) =>
    ctx.account.id === limited
      ? {
          outcome: 'failed',
          failure: {
            class: 'rate_limited',
            rule: 'scripted.limit',
            message: 'Slow down',
            remedy: 'Wait',
            retryAfterMs: hour,
          },
        }
      : { outcome: 'done', value: published.map(({ externalId }) => ({ externalId, likes: 1, raw: {} })) }
  world.start()
  const ids = await world.post([good, limited, expired], 'three')
  for (const id of ids) await world.settled(id)
  await sql`update accounts set state = 'expired' where id = ${expired}`.execute(world.ctx.db)
  world.clock.advance(11 * 60_000)
  const now = world.clock.now().getTime()
  expect(await collectMetrics(world.ctx, trouble)).toBe(1)
  const waits = await Promise.all(
    ids.map(async (id) => ((await world.delivery(id)).metricsAt?.getTime() ?? 0) - now),
  )
  expect(waits.map((ms) => Math.round(ms / 60_000))).toEqual([15, 60, 360])
})

test('followers are counted once a day, for the networks that tell them', async () => {
  expect(await collectAccountMetrics(world.ctx, trouble)).toBe(0)
  world.scripted.network.accountMetrics = async () => ({
    outcome: 'done',
    value: { followers: 12, raw: { followersCount: 12 } },
  })
  const [id = ''] = await world.accounts(1)
  expect(await collectAccountMetrics(world.ctx, trouble)).toBe(1)
  expect(await collectAccountMetrics(world.ctx, trouble)).toBe(0)
  world.clock.advance(21 * hour)
  expect(await collectAccountMetrics(world.ctx, trouble)).toBe(1)
  const rows = world.ctx.db
    .selectFrom('accountMetrics')
    .select(['followers', 'posts'])
    .where('accountId', '=', id)
  expect(await rows.execute()).toEqual([
    { followers: 12, posts: null },
    { followers: 12, posts: null },
  ])
})

// ---------------------------------------------------------------- tidying

test('what has served its time is deleted, and nothing else', async () => {
  const { db } = world.ctx
  const now = world.clock.now()
  const key = (name: string, expiresAt: Date) =>
    db
      .insertInto('idempotencyKeys')
      .values({
        scope: 'test',
        key: name,
        bodyHash: Buffer.from('x'),
        requestId: 'r',
        createdAt: now,
        expiresAt,
      })
      .execute()
  await key('old', new Date(now.getTime() - 1_000))
  await key('new', new Date(now.getTime() + hour))
  await engineChores(world.ctx, trouble).tasks.delete_expired_rows?.()
  const left = db.selectFrom('idempotencyKeys').select('key').where('scope', '=', 'test')
  expect(await left.execute()).toEqual([{ key: 'new' }])
})
