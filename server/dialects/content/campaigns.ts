import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { notFound } from '../../domain/refusal.ts'
import { contentTenant } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { createCampaign } from '../../operations/create-campaign.ts'
import { type CountedCampaign, listCampaigns, readCampaign } from '../../operations/list-campaigns.ts'
import { updateCampaign } from '../../operations/update-campaign.ts'
import { Color, Day, errors, Id, Instant, Name, NoContent, Nullable, OneOf } from './schemas.ts'

const tags = ['Campaigns']
const read = { permission: 'content:campaigns.read' } as const
const write = { permission: 'content:campaigns.write' } as const
const campaignParams = Type.Object({ campaignId: Id })
const Status = OneOf('draft', 'active', 'paused', 'completed', 'cancelled', 'archived')

const Campaign = Type.Object(
  {
    id: Id,
    name: Type.String(),
    description: Nullable(Type.String()),
    color: Nullable(Type.String()),
    startDate: Nullable(Day),
    endDate: Nullable(Day),
    status: Status,
    slotCount: Type.Integer(),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: 'Campaign' },
)

const fields = {
  description: Type.Optional(Nullable(Type.String({ maxLength: 5000 }))),
  color: Type.Optional(Nullable(Color)),
  startDate: Type.Optional(Nullable(Day)),
  endDate: Type.Optional(Nullable(Day)),
}

export const campaignRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/campaigns',
      {
        config: read,
        schema: {
          summary: 'List campaigns',
          description: 'Archived ones only with `status=archived`.',
          tags,
          querystring: Type.Object({
            status: Type.Optional(Status),
            page: Type.Integer({ minimum: 1, maximum: 100_000, default: 1 }),
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
          }),
          response: {
            200: Type.Object({
              data: Type.Array(Campaign),
              meta: Type.Object({
                page: Type.Integer(),
                limit: Type.Integer(),
                total: Type.Integer(),
                totalPages: Type.Integer(),
              }),
            }),
            ...errors(422),
          },
        },
      },
      async (request) => {
        const { status, page, limit } = request.query
        const workspaceId = await contentTenant(ctx, request.actor)
        const offset = (page - 1) * limit
        const found = await listCampaigns(ctx, request.actor, { workspaceId, status, offset, limit })
        const { campaigns, total } = found
        return {
          data: campaigns.map(present),
          meta: { page, limit, total, totalPages: Math.ceil(total / limit) },
        }
      },
    )

    app.post(
      '/campaigns',
      {
        config: write,
        schema: {
          summary: 'Create a campaign',
          tags,
          body: Type.Object({ name: Name, ...fields }),
          response: { 201: Campaign, ...errors(422) },
        },
      },
      async (request, reply) => {
        const { name, description, color, startDate, endDate } = request.body
        const workspaceId = await contentTenant(ctx, request.actor)
        const campaign = await createCampaign(ctx, request.actor, {
          workspaceId,
          name,
          status: 'active',
          description,
          color,
          startDate,
          endDate,
        })
        return reply.code(201).send(present({ ...campaign, posts: 0 }))
      },
    )

    app.get(
      '/campaigns/:campaignId',
      {
        config: read,
        schema: {
          summary: 'Get a campaign',
          tags,
          params: campaignParams,
          response: { 200: Campaign, ...errors(404) },
        },
      },
      async (request) => present(await ownCampaign(request, request.params.campaignId)),
    )

    app.patch(
      '/campaigns/:campaignId',
      {
        config: write,
        schema: {
          summary: 'Update a campaign',
          tags,
          params: campaignParams,
          body: Type.Object({ name: Type.Optional(Name), status: Type.Optional(Status), ...fields }),
          response: { 200: Campaign, ...errors(404, 422) },
        },
      },
      async (request) => {
        const { posts, id } = await ownCampaign(request, request.params.campaignId)
        const { name, status, description, color, startDate, endDate } = request.body
        const given = Object.entries({ name, status, description, color, startDate, endDate })
        const change = Object.fromEntries(given.filter(([, value]) => value !== undefined))
        return present({ ...(await updateCampaign(ctx, request.actor, { ...change, id })), posts })
      },
    )

    app.delete(
      '/campaigns/:campaignId',
      {
        config: write,
        schema: {
          summary: 'Archive a campaign',
          description: 'Its slots stay as they are.',
          tags,
          params: campaignParams,
          response: { 204: NoContent, ...errors(404) },
        },
      },
      async (request, reply) => {
        const { id } = await ownCampaign(request, request.params.campaignId)
        await updateCampaign(ctx, request.actor, { id, status: 'archived' })
        return reply.code(204).send(null)
      },
    )

    /** One of the tenant: a person may be a member elsewhere, too, but this API is about one. */
    async function ownCampaign(request: FastifyRequest, id: string): Promise<CountedCampaign> {
      const workspaceId = await contentTenant(ctx, request.actor)
      const campaign = await readCampaign(ctx, request.actor, { id })
      if (campaign.workspaceId !== workspaceId) throw notFound('Campaign', id)
      return campaign
    }
  }

const present = (campaign: CountedCampaign): Static<typeof Campaign> => ({
  id: campaign.id,
  name: campaign.name,
  description: campaign.description,
  color: campaign.color,
  startDate: campaign.startDate,
  endDate: campaign.endDate,
  status: campaign.status,
  slotCount: campaign.posts,
  createdAt: campaign.createdAt.toISOString(),
  updatedAt: campaign.updatedAt.toISOString(),
})
