import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import { connectAccount } from '../../operations/connect-account.ts'
import { contentTenant } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { disconnectAccount } from '../../operations/disconnect-account.ts'
import { finishConnecting } from '../../operations/finish-connecting.ts'
import { listWorkspaceAccounts, readWorkspaceAccount } from '../../operations/list-workspace-accounts.ts'
import { errors, Id, Instant, ListOf, NoContent, Nullable } from './schemas.ts'

const tags = ['Social Connections']
const read = { permission: 'content:connections.read' } as const
const write = { permission: 'content:connections.write' } as const
const Platform = Type.Object({ platform: Type.String({ minLength: 1, maxLength: 50 }) })

const Connection = Type.Object(
  {
    id: Id,
    platform: Type.String(),
    platformUsername: Type.String(),
    platformAccountId: Type.String(),
    status: Type.String(),
    tokenExpiresAt: Nullable(Instant),
    connectedBy: Nullable(Type.String({ description: 'Our user, or the name that the gateway gave' })),
    createdAt: Instant,
  },
  { title: 'Connection' },
)

export const connectionRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/connections',
      {
        config: read,
        schema: { summary: 'List connections', tags, response: { 200: ListOf(Connection), ...errors() } },
      },
      async (request) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        return { data: (await listWorkspaceAccounts(ctx, request.actor, { workspaceId })).map(present) }
      },
    )

    app.post(
      '/connections/:platform/authorize',
      {
        config: write,
        schema: {
          summary: 'Begin to connect an account',
          description:
            'The user consents at `authorizationUrl`; the code comes to `callbackUrl`. The state lives 10 minutes.',
          tags,
          params: Platform,
          body: Type.Object({ callbackUrl: Type.String({ format: 'uri', maxLength: 2000 }) }),
          response: {
            200: Type.Object({ authorizationUrl: Type.String(), state: Type.String() }),
            ...errors(422),
          },
        },
      },
      async (request) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const brandId = await defaultBrandId(ctx, request.actor, workspaceId)
        const { platform } = request.params
        if (ctx.networks.get(platform)?.connect.kind === 'credentials')
          throw invalidAt(
            'platform',
            `${platform} has no consent page. Connect it through the native API.`,
            'no_consent',
          )
        const answer = await connectAccount(ctx, request.actor, {
          brandId,
          network: platform,
          redirectUrl: request.body.callbackUrl,
        })
        if (answer.outcome !== 'consent') throw new Error(`${platform} connected without a consent`)
        return { authorizationUrl: answer.authUrl, state: answer.state }
      },
    )

    app.post(
      '/connections/:platform/callback',
      {
        config: write,
        schema: {
          summary: 'Finish connecting an account',
          tags,
          params: Platform,
          body: Type.Object({
            code: Type.String({ minLength: 1, maxLength: 4000 }),
            state: Type.String({ minLength: 1, maxLength: 500 }),
          }),
          response: {
            201: Type.Object({
              connection: Type.Object({
                id: Id,
                platform: Type.String(),
                platformUsername: Type.String(),
                status: Type.String(),
              }),
            }),
            ...errors(409, 422),
          },
        },
      },
      async (request, reply) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const [account] = await finishConnecting(ctx, request.actor, {
          ...request.body,
          network: request.params.platform,
          workspaceId,
        })
        if (!account) throw new Error('A finished consent has an account')
        const { id, network, state } = account
        return reply
          .code(201)
          .send({ connection: { id, platform: network, platformUsername: nameOf(account), status: state } })
      },
    )

    app.delete(
      '/connections/:connectionId',
      {
        config: write,
        schema: {
          summary: 'Disconnect an account',
          description: 'Its token is revoked at the platform, and what was scheduled to it will not go out.',
          tags,
          params: Type.Object({ connectionId: Id }),
          response: { 204: NoContent, ...errors(404) },
        },
      },
      async (request, reply) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const id = request.params.connectionId
        await readWorkspaceAccount(ctx, request.actor, { workspaceId, id })
        await disconnectAccount(ctx, request.actor, { accountId: id })
        return reply.code(204).send(null)
      },
    )
  }

type Account = Awaited<ReturnType<typeof listWorkspaceAccounts>>[number]

const nameOf = ({ handle, name }: { handle: string | null; name: string }) => handle ?? name

const present = (account: Account): Static<typeof Connection> => ({
  id: account.id,
  platform: account.network,
  platformUsername: nameOf(account),
  platformAccountId: account.externalId,
  status: account.state,
  tokenExpiresAt: account.tokenExpiresAt?.toISOString() ?? null,
  connectedBy: account.connectedBy ?? account.connectedByExternal,
  createdAt: account.createdAt.toISOString(),
})
