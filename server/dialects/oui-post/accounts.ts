import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import { connectAccount, stateLifeMs } from '../../operations/connect-account.ts'
import type { Context } from '../../operations/context.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { disconnectAccount } from '../../operations/disconnect-account.ts'
import { finishConnecting } from '../../operations/finish-connecting.ts'
import { listWorkspaceAccounts, readWorkspaceAccount } from '../../operations/list-workspace-accounts.ts'
import { updateAccount } from '../../operations/update-account.ts'
import { workspaceOf } from './authenticate.ts'
import { errors, Instant, instant, maybeInstant, Nullable, Success, success } from './envelope.ts'
import { idParams, outId, pathId } from './ids.ts'

const tags = ['Social accounts']
const Status = Type.Union([Type.Literal('active'), Type.Literal('expired'), Type.Literal('error')])
const Count = Nullable(Type.Integer())
const account = {
  id: Type.String(),
  platform: Type.String(),
  type: Type.String({ description: 'page, profile, channel, board …' }),
  name: Type.String(),
  username: Nullable(Type.String()),
  profile_image: Nullable(Type.String()),
  status: Status,
  connected_at: Instant,
  expires_at: Nullable(Instant),
  permissions: Type.Array(Type.String()),
}
const Listed = Type.Object({
  ...account,
  stats: Type.Object({ followers: Count, posts_this_month: Type.Integer() }),
})
const Settings = Type.Object({ auto_hashtags: Type.Boolean(), default_hashtags: Type.Array(Type.String()) })
const Detailed = Type.Object({
  ...account,
  is_default: Type.Boolean(),
  settings: Settings,
  metadata: Type.Object({}, { additionalProperties: true }),
  stats: Type.Object({
    followers: Count,
    following: Count,
    posts_total: Count,
    posts_this_month: Type.Integer(),
  }),
  health: Type.Object({
    token_valid: Type.Boolean(),
    last_sync: Nullable(Instant),
    errors: Type.Array(Type.String()),
  }),
})
const One = Success(Type.Object({ account: Detailed }))

export const accountRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/accounts',
      {
        config: { scope: 'posts.read' },
        schema: {
          summary: 'The connected accounts of the workspace',
          tags,
          querystring: Type.Object({
            platform: Type.Optional(Type.String({ maxLength: 50 })),
            status: Type.Optional(Status),
          }),
          response: { 200: Success(Type.Object({ accounts: Type.Array(Listed) })), ...errors(400, 422) },
        },
      },
      async (request) => {
        const accounts = await listWorkspaceAccounts(ctx, request.actor, {
          workspaceId: workspaceOf(request),
          network: request.query.platform,
          state: request.query.status,
        })
        return success({
          accounts: accounts.map((one) => ({
            ...presentAccount(one),
            stats: { followers: one.followers, posts_this_month: one.postsThisMonth },
          })),
        })
      },
    )

    app.post(
      '/accounts',
      {
        config: { scope: 'accounts.write' },
        schema: {
          summary:
            'Begin to connect an account: send the person to `auth_url`, then exchange the code at the callback',
          description:
            'In five steps: call this; send the person to auth_url; they consent; the platform comes back to your callback_url with code and state; give both to POST /api/accounts/callback within 600 seconds.',
          tags,
          body: Type.Object({
            platform: Type.String({ maxLength: 50 }),
            callback_url: Type.String({ maxLength: 2000 }),
            scopes: Type.Optional(
              Type.Array(Type.String({ maxLength: 200 }), {
                maxItems: 50,
                description: 'The server asks for the scopes that it needs; others are not asked for.',
              }),
            ),
            settings: Type.Optional(Type.Object({}, { additionalProperties: true })),
          }),
          response: {
            200: Success(
              Type.Object({ auth_url: Type.String(), state: Type.String(), expires_in: Type.Integer() }),
            ),
            ...errors(400, 422),
          },
        },
      },
      async (request) => {
        const { platform, callback_url, settings } = request.body
        const brandId = await defaultBrandId(ctx, request.actor, workspaceOf(request))
        const answer = await connectAccount(ctx, request.actor, {
          brandId,
          network: platform,
          redirectUrl: callback_url,
          settings,
        })
        if (answer.outcome !== 'consent')
          throw invalidAt(
            'platform',
            `${platform} has no consent page. Connect it in the dashboard or the native API.`,
          )
        return success({ auth_url: answer.authUrl, state: answer.state, expires_in: stateLifeMs / 1000 })
      },
    )

    app.post(
      '/accounts/callback',
      {
        config: { scope: 'accounts.write' },
        schema: {
          summary: 'Exchange the code for a connected account',
          tags,
          body: Type.Object({
            code: Type.String({ minLength: 1, maxLength: 5000 }),
            state: Type.String({ minLength: 1, maxLength: 200 }),
          }),
          response: {
            201: Success(Type.Object({ account: Detailed, accounts: Type.Array(Detailed) })),
            ...errors(400, 422),
          },
        },
      },
      async (request, reply) => {
        const connected = await finishConnecting(ctx, request.actor, {
          ...request.body,
          workspaceId: workspaceOf(request),
        })
        const accounts: Static<typeof Detailed>[] = []
        for (const { id, workspaceId } of connected)
          accounts.push(presentDetail(await readWorkspaceAccount(ctx, request.actor, { workspaceId, id })))
        const [first] = accounts
        if (!first) throw new Error('A finished consent has an account')
        reply.code(201)
        return success({ account: first, accounts })
      },
    )

    app.get(
      '/accounts/:id',
      {
        config: { scope: 'posts.read' },
        schema: {
          summary: 'One account',
          tags,
          params: idParams,
          response: { 200: One, ...errors(400, 404) },
        },
      },
      async (request) => {
        const id = pathId('account', request.params.id)
        const found = await readWorkspaceAccount(ctx, request.actor, {
          workspaceId: workspaceOf(request),
          id,
        })
        return success({ account: presentDetail(found) })
      },
    )

    app.put(
      '/accounts/:id',
      {
        config: { scope: 'accounts.write' },
        schema: {
          summary: 'Change the name, the default, or the hashtags of an account',
          tags,
          params: idParams,
          body: Type.Object({
            name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
            is_default: Type.Optional(Type.Boolean()),
            settings: Type.Optional(
              Type.Object(
                {
                  auto_hashtags: Type.Optional(Type.Boolean()),
                  default_hashtags: Type.Optional(
                    Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 30 }),
                  ),
                },
                { additionalProperties: false },
              ),
            ),
          }),
          response: { 200: One, ...errors(400, 404, 422) },
        },
      },
      async (request) => {
        const id = pathId('account', request.params.id)
        const workspaceId = workspaceOf(request)
        await readWorkspaceAccount(ctx, request.actor, { workspaceId, id })
        const { name, is_default, settings } = request.body
        await updateAccount(ctx, request.actor, {
          id,
          ...(name !== undefined && { name }),
          ...(is_default !== undefined && { isDefault: is_default }),
          ...(settings && {
            preferences: {
              ...(settings.auto_hashtags !== undefined && { autoHashtags: settings.auto_hashtags }),
              ...(settings.default_hashtags !== undefined && { defaultHashtags: settings.default_hashtags }),
            },
          }),
        })
        return success({
          account: presentDetail(await readWorkspaceAccount(ctx, request.actor, { workspaceId, id })),
        })
      },
    )

    app.delete(
      '/accounts/:id',
      {
        config: { scope: 'accounts.write' },
        schema: {
          summary:
            'Disconnect an account: tokens revoked, its scheduled posts cancelled, removed from schedules',
          tags,
          params: idParams,
          response: {
            200: Success(Type.Object({ message: Type.String(), cancelled_posts: Type.Integer() })),
            ...errors(400, 404),
          },
        },
      },
      async (request) => {
        const accountId = pathId('account', request.params.id)
        await readWorkspaceAccount(ctx, request.actor, { workspaceId: workspaceOf(request), id: accountId })
        const { cancelledPosts } = await disconnectAccount(ctx, request.actor, { accountId })
        return success({ message: 'Account disconnected successfully', cancelled_posts: cancelledPosts })
      },
    )
  }

type Measured = Awaited<ReturnType<typeof readWorkspaceAccount>>

function presentAccount(one: Measured) {
  return {
    id: outId('account', one.id),
    platform: one.network,
    type: one.kind,
    name: one.name,
    username: one.handle,
    profile_image: one.profileImageUrl,
    status: one.state as Static<typeof Status>,
    connected_at: instant(one.connectedAt),
    expires_at: maybeInstant(one.tokenExpiresAt),
    permissions: one.scopes,
  }
}

const presentDetail = (one: Measured): Static<typeof Detailed> => ({
  ...presentAccount(one),
  is_default: one.isDefault,
  settings: {
    auto_hashtags: one.preferences.autoHashtags ?? false,
    default_hashtags: one.preferences.defaultHashtags ?? [],
  },
  metadata: { ...one.metadata, external_id: one.externalId },
  stats: {
    followers: one.followers,
    following: one.following,
    posts_total: one.postsTotal,
    posts_this_month: one.postsThisMonth,
  },
  health: {
    token_valid: one.state === 'active',
    last_sync: maybeInstant(one.measuredAt ?? one.probedAt),
    errors: one.stateReason ? [one.stateReason.message] : [],
  },
})
