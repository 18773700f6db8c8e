/** The whole HTTP server on a database of its own, without a socket: requests go through `inject`. */
import type { FastifyPluginAsync, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { allDialects } from '../server/dialects/index.ts'
import { createApp } from '../server/http/app.ts'
import type { TrustedProxies } from '../server/http/client-address.ts'
import type { RateStore } from '../server/http/rate-store.ts'
import { createFirstUser } from '../server/operations/create-first-user.ts'
import { foundWorkspace } from '../server/operations/found-workspace.ts'
import { openSession } from '../server/operations/log-in.ts'
import { insertUser } from '../server/storage/users.ts'
import { testContext } from './context.ts'
import { DocumentedAnswers } from './documented-answers.ts'

export interface Caller {
  userId: string
  workspaceId: string
  brandId: string
  token: string
  /** A request as this person; a body is sent as JSON. */
  (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
    more?: InjectOptions,
  ): Promise<LightMyRequestResponse>
}

/** A 500 in a test shows what threw. */
const mistakes = pino({ level: 'error' }, pino.destination({ dest: 2, sync: true }))

/** Tests may move the clock by weeks. */
const tokenSeconds = 60 * 86_400

export async function testApp({
  rateLimits = null,
  trustedProxies = null,
  shared,
  ...options
}: Parameters<typeof testContext>[0] & {
  rateLimits?: RateStore | null
  trustedProxies?: TrustedProxies
  /** Plugins that see every route and request. */
  shared?: FastifyPluginAsync[]
} = {}) {
  const test = await testContext(options)
  const { ctx } = test
  const answers = new DocumentedAnswers()
  const app = await createApp(ctx, {
    dialects: allDialects(ctx).map((dialect) => answers.watch(dialect)),
    logger: mistakes,
    rateLimits,
    trustedProxies,
    shared,
  })
  await app.ready()
  const first = await createFirstUser(ctx, {
    email: 'owner@example.com',
    name: 'Olga Owner',
    password: 'password123',
  })
  if (!first) throw new Error('There was a user already')
  const origin = { dialect: 'mypost', requestId: 'test' } as const

  async function callerFor(userId: string): Promise<Caller> {
    const user = await ctx.db
      .selectFrom('users')
      .selectAll()
      .where('id', '=', userId)
      .executeTakeFirstOrThrow()
    const { accessToken: token } = await openSession(ctx, origin, user, tokenSeconds)
    const home = await ctx.db
      .selectFrom('members')
      .innerJoin('brands', 'brands.workspaceId', 'members.workspaceId')
      .select(['members.workspaceId', 'brands.id as brandId'])
      .where('members.userId', '=', userId)
      .orderBy('members.joinedAt')
      .executeTakeFirst()
    const request: Pick<Caller, never> & ((...args: Parameters<Caller>) => Promise<LightMyRequestResponse>) =
      (method, url, body, more = {}) =>
        app.inject({
          ...more,
          method,
          url,
          headers: { authorization: `Bearer ${token}`, ...more.headers },
          ...(body === undefined ? {} : { payload: body as object }),
        })
    return Object.assign(request, {
      userId,
      token,
      workspaceId: home?.workspaceId ?? '',
      brandId: home?.brandId ?? '',
    })
  }

  /** A person with a workspace of their own: the other tenant. */
  async function stranger(email = 'stranger@example.com'): Promise<Caller> {
    const userId = ctx.newId()
    const now = ctx.clock.now()
    await ctx.db.transaction().execute(async (tx) => {
      await insertUser(
        tx,
        { id: userId, email, name: 'Stranger', passwordHash: null, isInstanceAdmin: false },
        now,
      )
      await foundWorkspace(ctx, tx, { name: 'Elsewhere', mode: 'live' }, userId)
    })
    return callerFor(userId)
  }

  /** A member of the first workspace with exactly these permissions. */
  async function member(workspaceId: string, permissions: string[]): Promise<Caller> {
    const [userId, roleId] = [ctx.newId(), ctx.newId()]
    const now = ctx.clock.now()
    await insertUser(
      ctx.db,
      {
        id: userId,
        email: `${userId}@example.com`,
        name: 'Member',
        passwordHash: null,
        isInstanceAdmin: false,
      },
      now,
    )
    await ctx.db
      .insertInto('roles')
      .values({ id: roleId, workspaceId, name: roleId, permissions, createdAt: now, updatedAt: now })
      .execute()
    await ctx.db.insertInto('members').values({ workspaceId, userId, roleId, joinedAt: now }).execute()
    return callerFor(userId)
  }

  return {
    ...test,
    app,
    /** The first user: instance administrator, Owner of the first workspace. */
    owner: await callerFor(first.id),
    stranger,
    member,
    async close() {
      await app.close()
      await test.close()
      answers.requireTruth()
    },
  }
}
