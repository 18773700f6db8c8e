import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { userOf } from '../../http/authenticate.ts'
import type { Context } from '../../operations/context.ts'
import { createWorkspace } from '../../operations/create-workspace.ts'
import { listWorkspaces } from '../../operations/list-workspaces.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'
import { updateWorkspace } from '../../operations/update-workspace.ts'
import {
  Description,
  errors,
  Id,
  Instant,
  idParams,
  Name,
  Nullable,
  OneOf,
  PageOf,
  pageQuery,
  presentPage,
} from './schemas.ts'

const tags = ['Workspaces']

const Workspace = Type.Object(
  {
    id: Id,
    name: Type.String(),
    description: Nullable(Type.String()),
    mode: OneOf('live', 'sandbox'),
    timezone: Type.String(),
    approvals: OneOf('off', 'required'),
    allowSelfApproval: Type.Boolean(),
    latenessHours: Type.Integer(),
    defaultHashtags: Type.Array(Type.String()),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: 'Workspace' },
)

const settings = {
  description: Type.Optional(Nullable(Description)),
  timezone: Type.Optional(Type.String({ maxLength: 64, description: 'An IANA zone: `Europe/Paris`' })),
  approvals: Type.Optional(OneOf('off', 'required')),
  allowSelfApproval: Type.Optional(
    Type.Boolean({ description: 'May people approve what they submitted themselves?' }),
  ),
  latenessHours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 720,
      description: 'How late a post may still go out after its due time',
    }),
  ),
  defaultHashtags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 30 })),
}

export const workspaceRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces',
      {
        schema: {
          summary: 'List workspaces',
          description: 'Those you are a member of, oldest first.',
          tags,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(Workspace), ...errors(400) },
        },
      },
      async (request) => presentPage(await listWorkspaces(ctx, userOf(request), request.query), present),
    )

    app.post(
      '/workspaces',
      {
        schema: {
          summary: 'Create a workspace',
          description:
            'You become its Owner, and it is born with a brand of the same name. `mode` cannot be changed later; in `sandbox` every network is a simulated one.',
          tags,
          body: Type.Object({ name: Name, mode: Type.Optional(OneOf('live', 'sandbox')), ...settings }),
          response: { 201: Workspace, ...errors(400) },
        },
      },
      async (request, reply) =>
        reply.code(201).send(present(await createWorkspace(ctx, userOf(request), request.body))),
    )

    app.get(
      '/workspaces/:id',
      {
        schema: {
          summary: 'Get a workspace',
          tags,
          params: idParams,
          response: { 200: Workspace, ...errors(404) },
        },
      },
      async (request) => present(await readWorkspace(ctx, request.actor, request.params.id)),
    )

    app.patch(
      '/workspaces/:id',
      {
        schema: {
          summary: 'Update a workspace',
          description: 'Needs `workspace.settings`.',
          tags,
          params: idParams,
          body: Type.Object({ name: Type.Optional(Name), ...settings }),
          response: { 200: Workspace, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        present(
          await updateWorkspace(ctx, request.actor, { ...request.body, workspaceId: request.params.id }),
        ),
    )
  }

const present = (workspace: Awaited<ReturnType<typeof readWorkspace>>): Static<typeof Workspace> => ({
  id: workspace.id,
  name: workspace.name,
  description: workspace.description,
  mode: workspace.mode,
  timezone: workspace.timezone,
  approvals: workspace.approvals,
  allowSelfApproval: workspace.allowSelfApproval,
  latenessHours: workspace.latenessHours,
  defaultHashtags: workspace.defaultHashtags,
  createdAt: workspace.createdAt.toISOString(),
  updatedAt: workspace.updatedAt.toISOString(),
})
