import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { adoptAccount } from '../../operations/adopt-account.ts'
import { connectThroughBuffer } from '../../operations/connect-through-buffer.ts'
import type { Context } from '../../operations/context.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { disconnectAccount } from '../../operations/disconnect-account.ts'
import { readAccount } from '../../operations/list-accounts.ts'
import { listNumberedAccounts } from '../../operations/list-numbered-accounts.ts'
import { firstWorkspace } from '../../operations/own-number.ts'
import { switchAccount } from '../../operations/switch-account.ts'
import { syncBufferProfile } from '../../operations/sync-buffer-profile.ts'
import { testBufferConnection } from '../../operations/test-buffer-connection.ts'
import { pathId } from './ids.ts'
import {
  deleted,
  errors,
  Id,
  idParams,
  Message,
  maybeTime,
  Nullable,
  pageOf,
  pageQuery,
  Time,
  time,
} from './schemas.ts'

const tags = ['Social accounts']
const Name = Type.String({ minLength: 1, maxLength: 255 })
const Token = Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 5000 })))
const changeable = {
  account_name: Name,
  account_handle: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  buffer_profile_id: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 100 }))),
  access_token: Token,
  refresh_token: Token,
  token_expires_at: Type.Optional(Nullable(Type.String({ maxLength: 40 }))),
  account_id: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  status: Type.Optional(Type.String({ maxLength: 30 })),
  is_primary: Type.Optional(Type.Boolean()),
  platform_metadata: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
}
const statuses = ['active', 'inactive', 'error'] as const
type Status = (typeof statuses)[number]
const SocialAccount = Type.Object(
  {
    id: Id,
    platform: Type.String(),
    account_name: Type.String(),
    account_handle: Nullable(Type.String()),
    account_id: Type.String(),
    buffer_profile_id: Nullable(Type.String()),
    status: Type.String(),
    is_active: Type.Boolean(),
    is_primary: Type.Boolean(),
    token_expires_at: Nullable(Time),
    platform_metadata: Type.Object({}, { additionalProperties: true }),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'SocialAccount' },
)

export const socialAccountRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/social-accounts',
      {
        schema: {
          summary: 'Connect an account by a token of its platform',
          description:
            'With `buffer_profile_id` the account publishes through Buffer, and `access_token` is not needed and not kept. Without, any token opens a simulated account of that name in a sandbox workspace; elsewhere accounts are connected by the consent of their owner, through the native API.',
          tags,
          body: Type.Object({ platform: Type.String({ maxLength: 50 }), ...changeable }),
          response: { 201: SocialAccount, ...errors(400) },
        },
      },
      async (request, reply) => {
        const { platform, account_name, account_handle, access_token, is_primary, buffer_profile_id } =
          request.body
        const workspaceId = await firstWorkspace(ctx, request.actor)
        const account = {
          brandId: await defaultBrandId(ctx, request.actor, workspaceId),
          network: platform,
          name: account_name,
          handle: account_handle ?? account_name,
          isPrimary: is_primary ?? false,
        }
        const added = buffer_profile_id
          ? await connectThroughBuffer(ctx, request.actor, { ...account, bufferProfileId: buffer_profile_id })
          : await adoptAccount(ctx, request.actor, { ...account, token: access_token ?? null })
        reply.code(201)
        return presentAccount(added)
      },
    )

    app.get(
      '/social-accounts/:id',
      {
        schema: {
          summary: 'Get an account',
          tags,
          params: idParams,
          response: { 200: SocialAccount, ...errors(404) },
        },
      },
      async (request) => {
        const accountId = await pathId(ctx, 'account', request)
        return presentAccount((await readAccount(ctx, request.actor, { accountId })).account)
      },
    )

    app.get(
      '/social-accounts',
      {
        schema: {
          summary: 'List accounts, newest first',
          tags,
          querystring: Type.Object({
            ...pageQuery,
            platform: Type.Optional(Type.String({ maxLength: 50 })),
            status: Type.Optional(Type.Unsafe<Status>({ type: 'string', enum: [...statuses] })),
            status_filter: Type.Optional(Type.Unsafe<Status>({ type: 'string', enum: [...statuses] })),
          }),
          response: { 200: Type.Array(SocialAccount), ...errors(400) },
        },
      },
      async (request) => {
        const { platform, status, status_filter } = request.query
        const accounts = await listNumberedAccounts(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          network: platform,
          shown: status ?? status_filter,
          ...pageOf(request.query),
        })
        return accounts.map(presentAccount)
      },
    )

    app.put(
      '/social-accounts/:id',
      {
        schema: {
          summary: 'Change an account; what is left out stays',
          tags,
          params: idParams,
          body: Type.Partial(Type.Object({ ...changeable, is_active: Type.Boolean() })),
          response: { 200: SocialAccount, ...errors(400, 404) },
        },
      },
      async (request) => {
        const accountId = await pathId(ctx, 'account', request)
        const { account_name, account_handle, is_active, is_primary, buffer_profile_id } = request.body
        return presentAccount(
          await switchAccount(ctx, request.actor, {
            id: accountId,
            name: account_name,
            handle: account_handle,
            isActive: is_active,
            isPrimary: is_primary,
            bufferProfileId: buffer_profile_id,
          }),
        )
      },
    )

    app.post(
      '/social-accounts/:id/test-connection',
      {
        schema: {
          summary: 'Whether Buffer takes the token, for an account that publishes through it',
          tags,
          params: idParams,
          response: {
            200: Type.Object({ account_id: Id, connected: Type.Boolean(), message: Type.String() }),
            ...errors(400, 404, 503),
          },
        },
      },
      async (request) => {
        const accountId = await pathId(ctx, 'account', request)
        const { isConnected } = await testBufferConnection(ctx, request.actor, { accountId })
        return {
          account_id: Number(request.params.id),
          connected: isConnected,
          message: isConnected ? 'Connection successful' : 'Connection failed',
        }
      },
    )

    app.post(
      '/social-accounts/:id/sync-buffer',
      {
        schema: {
          summary: 'Read the Buffer profile of an account and keep what it says',
          description: 'The snapshot stands in `platform_metadata.buffer`, its time in `synced_at`.',
          tags,
          params: idParams,
          response: { 200: SocialAccount, ...errors(400, 404, 503) },
        },
      },
      async (request) => {
        const accountId = await pathId(ctx, 'account', request)
        return presentAccount(await syncBufferProfile(ctx, request.actor, { accountId }))
      },
    )

    app.delete(
      '/social-accounts/:id',
      {
        schema: {
          summary: 'Disconnect an account; its scheduled posts are cancelled',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404, 503) },
        },
      },
      async (request) => {
        await disconnectAccount(ctx, request.actor, { accountId: await pathId(ctx, 'account', request) })
        return deleted('Social account')
      },
    )
  }

type Account = Awaited<ReturnType<typeof readAccount>>['account']

/** Two words for five inner states, and a third for one that was switched off (answers 1.4). */
const presentAccount = (account: Account): Static<typeof SocialAccount> => ({
  id: account.number,
  platform: account.network,
  account_name: account.name,
  account_handle: account.handle,
  account_id: account.externalId,
  buffer_profile_id: account.bufferProfileId,
  status: !account.isActive ? 'inactive' : account.state === 'active' ? 'active' : 'error',
  is_active: account.isActive,
  is_primary: account.isPrimary,
  token_expires_at: maybeTime(account.tokenExpiresAt),
  platform_metadata: account.metadata,
  created_at: time(account.createdAt),
  updated_at: time(account.updatedAt),
})
