import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { createWorkspace } from '../../operations/create-workspace.ts'
import { deleteWorkspace } from '../../operations/delete-workspace.ts'
import { listReachableWorkspaces } from '../../operations/list-reachable-workspaces.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'
import { readWorkspaceFigures } from '../../operations/read-workspace-figures.ts'
import { updateWorkspace } from '../../operations/update-workspace.ts'
import { keyOf } from './authenticate.ts'
import {
  errors,
  Instant,
  instant,
  Message,
  Nullable,
  Pagination,
  pageQuery,
  paginationOf,
  Success,
  success,
} from './envelope.ts'
import { idParams, outId, pathId } from './ids.ts'

const tags = ['Workspaces']
const Name = Type.String({ minLength: 1, maxLength: 100 })
const Description = Type.String({ maxLength: 1000 })
const Count = Type.Integer()
const Settings = Type.Object({ timezone: Type.String(), default_hashtags: Type.Array(Type.String()) })
const GivenSettings = Type.Object(
  {
    timezone: Type.Optional(Type.String({ maxLength: 64 })),
    default_hashtags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 30 }),
    ),
  },
  { additionalProperties: false },
)
const basic = { id: Type.String(), name: Type.String(), description: Nullable(Type.String()) }

export const workspaceRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces',
      {
        schema: {
          summary: 'List the workspaces of the key',
          tags,
          querystring: Type.Object(pageQuery),
          response: {
            200: Success(
              Type.Object({
                workspaces: Type.Array(
                  Type.Object({
                    ...basic,
                    created_at: Instant,
                    updated_at: Instant,
                    accounts_count: Count,
                    posts_count: Count,
                    members_count: Count,
                  }),
                ),
                pagination: Pagination,
              }),
            ),
            ...errors(422),
          },
        },
      },
      async (request) => {
        const { workspaces, total } = await listReachableWorkspaces(ctx, keyOf(request), request.query)
        return success({
          workspaces: workspaces.map((workspace) => ({
            id: outId('workspace', workspace.id),
            name: workspace.name,
            description: workspace.description,
            created_at: instant(workspace.createdAt),
            updated_at: instant(workspace.updatedAt),
            accounts_count: workspace.accounts,
            posts_count: workspace.posts,
            members_count: workspace.members,
          })),
          pagination: paginationOf(request.query, total),
        })
      },
    )

    app.post(
      '/workspaces',
      {
        config: { scope: 'workspaces.write' },
        schema: {
          summary: 'Make a workspace',
          tags,
          body: Type.Object({
            name: Name,
            description: Type.Optional(Description),
            settings: Type.Optional(GivenSettings),
          }),
          response: {
            201: Success(
              Type.Object({ workspace: Type.Object({ ...basic, settings: Settings, created_at: Instant }) }),
            ),
            ...errors(422),
          },
        },
      },
      async (request, reply) => {
        const { name, description, settings } = request.body
        const workspace = await createWorkspace(ctx, keyOf(request), {
          name,
          ...(description !== undefined && { description }),
          ...changeOf(settings),
        })
        reply.code(201)
        return success({
          workspace: {
            id: outId('workspace', workspace.id),
            name: workspace.name,
            description: workspace.description,
            settings: presentSettings(workspace),
            created_at: instant(workspace.createdAt),
          },
        })
      },
    )

    app.get(
      '/workspaces/:id',
      {
        schema: {
          summary: 'One workspace with its accounts',
          tags,
          params: idParams,
          response: {
            200: Success(
              Type.Object({
                workspace: Type.Object({
                  ...basic,
                  settings: Settings,
                  created_at: Instant,
                  updated_at: Instant,
                  accounts: Type.Array(
                    Type.Object({
                      id: Type.String(),
                      platform: Type.String(),
                      name: Type.String(),
                      connected_at: Instant,
                    }),
                  ),
                  stats: Type.Object({ total_posts: Count, scheduled_posts: Count, published_posts: Count }),
                }),
              }),
            ),
            ...errors(404),
          },
        },
      },
      async (request) => {
        const workspaceId = pathId('workspace', request.params.id)
        const workspace = await readWorkspace(ctx, request.actor, workspaceId)
        const figures = await readWorkspaceFigures(ctx, request.actor, { workspaceId })
        return success({
          workspace: {
            id: outId('workspace', workspace.id),
            name: workspace.name,
            description: workspace.description,
            settings: presentSettings(workspace),
            created_at: instant(workspace.createdAt),
            updated_at: instant(workspace.updatedAt),
            accounts: figures.accounts.map((account) => ({
              id: outId('account', account.id),
              platform: account.network,
              name: account.name,
              connected_at: instant(account.connectedAt),
            })),
            stats: {
              total_posts: figures.totalPosts,
              scheduled_posts: figures.scheduledPosts,
              published_posts: figures.publishedPosts,
            },
          },
        })
      },
    )

    app.put(
      '/workspaces/:id',
      {
        config: { scope: 'workspaces.write' },
        schema: {
          summary: 'Change a workspace; settings that are left out stay',
          tags,
          params: idParams,
          body: Type.Object({
            name: Type.Optional(Name),
            description: Type.Optional(Nullable(Description)),
            settings: Type.Optional(GivenSettings),
          }),
          response: {
            200: Success(
              Type.Object({
                workspace: Type.Object({ id: Type.String(), name: Type.String(), updated_at: Instant }),
              }),
            ),
            ...errors(404, 422),
          },
        },
      },
      async (request) => {
        const { settings, ...change } = request.body
        const workspace = await updateWorkspace(ctx, request.actor, {
          ...change,
          ...changeOf(settings),
          workspaceId: pathId('workspace', request.params.id),
        })
        return success({
          workspace: {
            id: outId('workspace', workspace.id),
            name: workspace.name,
            updated_at: instant(workspace.updatedAt),
          },
        })
      },
    )

    app.delete(
      '/workspaces/:id',
      {
        config: { scope: 'workspaces.write' },
        schema: {
          summary: 'Delete a workspace with everything in it, for good',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(404, 409) },
        },
      },
      async (request) => {
        await deleteWorkspace(ctx, request.actor, { workspaceId: pathId('workspace', request.params.id) })
        return success({ message: 'Workspace deleted successfully' })
      },
    )
  }

const presentSettings = (workspace: { timezone: string; defaultHashtags: string[] }) => ({
  timezone: workspace.timezone,
  default_hashtags: workspace.defaultHashtags,
})

const changeOf = (settings: Static<typeof GivenSettings> | undefined) => ({
  ...(settings?.timezone !== undefined && { timezone: settings.timezone }),
  ...(settings?.default_hashtags !== undefined && { defaultHashtags: settings.default_hashtags }),
})
