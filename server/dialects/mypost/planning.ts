import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { notFound } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { createCampaign } from '../../operations/create-campaign.ts'
import { createLabel } from '../../operations/create-label.ts'
import { deleteLabel } from '../../operations/delete-label.ts'
import { type CountedCampaign, listCampaigns, readCampaign } from '../../operations/list-campaigns.ts'
import { listLabels } from '../../operations/list-labels.ts'
import { updateCampaign } from '../../operations/update-campaign.ts'
import { updateLabel } from '../../operations/update-label.ts'
import {
  Description,
  errors,
  Id,
  Instant,
  ListOf,
  Name,
  NoContent,
  Nullable,
  OneOf,
  workspaceParams,
} from './schemas.ts'

const Color = Type.String({ pattern: '^#[0-9A-Fa-f]{6}$', description: '#RRGGBB' })
const Day = Type.String({ format: 'date' })
const Status = OneOf('draft', 'active', 'paused', 'completed', 'cancelled', 'archived')

const Label = Type.Object({ id: Id, name: Type.String(), color: Nullable(Type.String()) }, { title: 'Label' })

const Campaign = Type.Object(
  {
    id: Id,
    workspaceId: Id,
    name: Type.String(),
    description: Nullable(Type.String()),
    color: Nullable(Type.String()),
    startDate: Nullable(Day),
    endDate: Nullable(Day),
    status: Status,
    posts: Type.Integer(),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: 'Campaign' },
)

const campaignFields = {
  description: Type.Optional(Nullable(Description)),
  color: Type.Optional(Nullable(Color)),
  startDate: Type.Optional(Nullable(Day)),
  endDate: Type.Optional(Nullable(Day)),
  status: Type.Optional(Status),
}
const campaignParams = Type.Object({ workspaceId: Id, campaignId: Id })
const labelParams = Type.Object({ workspaceId: Id, labelId: Id })

/** Campaigns and labels: what posts are gathered under. */
export const planningRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(campaignRoutes(ctx))
    await app.register(labelRoutes(ctx))
  }

const campaignRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    const tags = ['Campaigns']
    app.get(
      '/workspaces/:workspaceId/campaigns',
      {
        schema: {
          summary: 'List campaigns',
          description: 'Newest first; archived ones only with `status=archived`.',
          tags,
          params: workspaceParams,
          querystring: Type.Object({
            status: Type.Optional(Status),
            offset: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 }),
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
          }),
          response: {
            200: Type.Object({ data: Type.Array(Campaign), total: Type.Integer() }),
            ...errors(400, 404),
          },
        },
      },
      async (request) => {
        const { status, offset, limit } = request.query
        const { workspaceId } = request.params
        const found = await listCampaigns(ctx, request.actor, { workspaceId, status, offset, limit })
        return { data: found.campaigns.map(present), total: found.total }
      },
    )

    app.post(
      '/workspaces/:workspaceId/campaigns',
      {
        schema: {
          summary: 'Create a campaign',
          description: 'Needs `campaigns.manage`.',
          tags,
          params: workspaceParams,
          body: Type.Object({ name: Name, ...campaignFields }),
          response: { 201: Campaign, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const { name, description, color, startDate, endDate, status = 'active' } = request.body
        const { workspaceId } = request.params
        const input = { workspaceId, name, description, color, startDate, endDate, status }
        const made = await createCampaign(ctx, request.actor, input)
        return reply.code(201).send(present({ ...made, posts: 0 }))
      },
    )

    app.patch(
      '/workspaces/:workspaceId/campaigns/:campaignId',
      {
        schema: {
          summary: 'Update a campaign',
          description: 'Needs `campaigns.manage`. `status: "archived"` puts it away; its posts stay.',
          tags,
          params: campaignParams,
          body: Type.Object({ name: Type.Optional(Name), ...campaignFields }),
          response: { 200: Campaign, ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const { workspaceId, campaignId } = request.params
        const { posts, ...before } = await readCampaign(ctx, request.actor, { id: campaignId })
        if (before.workspaceId !== workspaceId) throw notFound('Campaign', campaignId)
        const { name, description, color, startDate, endDate, status } = request.body
        const given = Object.entries({ name, description, color, startDate, endDate, status })
        const change = Object.fromEntries(given.filter(([, value]) => value !== undefined))
        if (Object.keys(change).length === 0) return present({ ...before, posts })
        return present({
          ...(await updateCampaign(ctx, request.actor, { ...change, id: campaignId })),
          posts,
        })
      },
    )
  }

const labelRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    const tags = ['Labels']
    app.get(
      '/workspaces/:workspaceId/labels',
      {
        schema: {
          summary: 'List labels',
          tags,
          params: workspaceParams,
          response: { 200: ListOf(Label), ...errors(404) },
        },
      },
      async (request) => ({ data: (await listLabels(ctx, request.actor, request.params)).map(presentLabel) }),
    )

    app.post(
      '/workspaces/:workspaceId/labels',
      {
        schema: {
          summary: 'Create a label',
          description: 'Needs `labels.manage`.',
          tags,
          params: workspaceParams,
          body: Type.Object({ name: Name, color: Type.Optional(Nullable(Color)) }),
          response: { 201: Label, ...errors(400, 403, 404, 409) },
        },
      },
      async (request, reply) => {
        const { name, color } = request.body
        const input = { ...request.params, name, color }
        return reply.code(201).send(presentLabel(await createLabel(ctx, request.actor, input)))
      },
    )

    app.patch(
      '/workspaces/:workspaceId/labels/:labelId',
      {
        schema: {
          summary: 'Update a label',
          description: 'Needs `labels.manage`.',
          tags,
          params: labelParams,
          body: Type.Object({ name: Type.Optional(Name), color: Type.Optional(Nullable(Color)) }),
          response: { 200: Label, ...errors(400, 403, 404, 409) },
        },
      },
      async (request) => {
        const { workspaceId, labelId: id } = request.params
        const { name, color } = request.body
        return presentLabel(await updateLabel(ctx, request.actor, { workspaceId, id, name, color }))
      },
    )

    app.delete(
      '/workspaces/:workspaceId/labels/:labelId',
      {
        schema: {
          summary: 'Delete a label',
          description: 'Takes it off every post. Needs `labels.manage`.',
          tags,
          params: labelParams,
          response: { 204: NoContent, ...errors(403, 404) },
        },
      },
      async (request, reply) => {
        const { workspaceId, labelId: id } = request.params
        await deleteLabel(ctx, request.actor, { workspaceId, id })
        return reply.code(204).send(null)
      },
    )
  }

const presentLabel = ({ id, name, color }: Static<typeof Label>) => ({ id, name, color })

const present = (campaign: CountedCampaign): Static<typeof Campaign> => ({
  id: campaign.id,
  workspaceId: campaign.workspaceId,
  name: campaign.name,
  description: campaign.description,
  color: campaign.color,
  startDate: campaign.startDate,
  endDate: campaign.endDate,
  status: campaign.status,
  posts: campaign.posts,
  createdAt: campaign.createdAt.toISOString(),
  updatedAt: campaign.updatedAt.toISOString(),
})
