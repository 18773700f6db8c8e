import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { contentTenant } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { createLabel } from '../../operations/create-label.ts'
import { deleteLabel } from '../../operations/delete-label.ts'
import { listLabels } from '../../operations/list-labels.ts'
import { updateLabel } from '../../operations/update-label.ts'
import { Color, errors, Id, ListOf, NoContent, Nullable } from './schemas.ts'

const tags = ['Labels']
const read = { permission: 'content:labels.read' } as const
const write = { permission: 'content:labels.write' } as const
const labelParams = Type.Object({ labelId: Id })
const LabelName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })

export const Label = Type.Object(
  { id: Id, name: Type.String(), color: Nullable(Type.String()) },
  { title: 'Label' },
)

export const labelRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/labels',
      {
        config: read,
        schema: { summary: 'List labels', tags, response: { 200: ListOf(Label), ...errors() } },
      },
      async (request) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        return { data: (await listLabels(ctx, request.actor, { workspaceId })).map(presentLabel) }
      },
    )

    app.post(
      '/labels',
      {
        config: write,
        schema: {
          summary: 'Create a label',
          tags,
          body: Type.Object({ name: LabelName, color: Type.Optional(Nullable(Color)) }),
          response: { 201: Label, ...errors(409, 422) },
        },
      },
      async (request, reply) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const { name, color } = request.body
        return reply
          .code(201)
          .send(presentLabel(await createLabel(ctx, request.actor, { workspaceId, name, color })))
      },
    )

    app.patch(
      '/labels/:labelId',
      {
        config: write,
        schema: {
          summary: 'Update a label',
          tags,
          params: labelParams,
          body: Type.Object({ name: Type.Optional(LabelName), color: Type.Optional(Nullable(Color)) }),
          response: { 200: Label, ...errors(404, 409, 422) },
        },
      },
      async (request) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const { name, color } = request.body
        const id = request.params.labelId
        return presentLabel(await updateLabel(ctx, request.actor, { workspaceId, id, name, color }))
      },
    )

    app.delete(
      '/labels/:labelId',
      {
        config: write,
        schema: {
          summary: 'Delete a label',
          description: 'It goes from all slots.',
          tags,
          params: labelParams,
          response: { 204: NoContent, ...errors(404) },
        },
      },
      async (request, reply) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        await deleteLabel(ctx, request.actor, { workspaceId, id: request.params.labelId })
        return reply.code(204).send(null)
      },
    )
  }

export const presentLabel = ({ id, name, color }: { id: string; name: string; color: string | null }) => ({
  id,
  name,
  color,
})
