import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { createCampaign } from '../../operations/create-campaign.ts'
import { deleteCampaign } from '../../operations/delete-campaign.ts'
import { listCampaigns, readCampaign } from '../../operations/list-campaigns.ts'
import { firstWorkspace } from '../../operations/own-number.ts'
import { readCampaignAnalytics } from '../../operations/read-campaign-analytics.ts'
import { updateCampaign } from '../../operations/update-campaign.ts'
import { pathId } from './ids.ts'
import { listPostsOfCampaign, Post } from './posts.ts'
import { deleted, errors, Id, idParams, Message, Nullable, pageOf, pageQuery, Time, time } from './schemas.ts'

const tags = ['Campaigns']
const Day = Type.String({ format: 'date', examples: ['2025-06-01'] })
const statuses = ['draft', 'active', 'paused', 'completed', 'cancelled'] as const
const Status = Type.Unsafe<(typeof statuses)[number]>({ type: 'string', enum: [...statuses] })
const Texts = Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })
const Goals = Type.Object({}, { additionalProperties: true })

const fields = {
  name: Type.String({ minLength: 1, maxLength: 255 }),
  description: Type.Optional(Nullable(Type.String({ maxLength: 5000 }))),
  start_date: Day,
  end_date: Type.Optional(Nullable(Day)),
  status: Type.Optional(Status),
  campaign_type: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
  target_platforms: Type.Optional(Texts),
  goals: Type.Optional(Nullable(Goals)),
  tags: Type.Optional(Texts),
}
const Campaign = Type.Object(
  {
    id: Id,
    name: Type.String(),
    description: Nullable(Type.String()),
    start_date: Nullable(Type.String()),
    end_date: Nullable(Type.String()),
    status: Type.String(),
    campaign_type: Nullable(Type.String()),
    target_platforms: Type.Array(Type.String()),
    goals: Goals,
    tags: Type.Array(Type.String()),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Campaign' },
)
const Count = Type.Integer()

export const campaignRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/campaigns',
      {
        schema: {
          summary: 'Create a campaign',
          tags,
          body: Type.Object(fields),
          response: { 201: Campaign, ...errors(400) },
        },
      },
      async (request, reply) => {
        requireOrder(request.body)
        const campaign = await createCampaign(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          ...changeOf(request.body),
          name: request.body.name,
          status: request.body.status ?? 'draft',
        })
        reply.code(201)
        return presentCampaign(campaign)
      },
    )

    app.get(
      '/campaigns/:id',
      {
        schema: {
          summary: 'Get a campaign',
          tags,
          params: idParams,
          response: { 200: Campaign, ...errors(404) },
        },
      },
      async (request) =>
        presentCampaign(
          await readCampaign(ctx, request.actor, { id: await pathId(ctx, 'campaign', request) }),
        ),
    )

    app.get(
      '/campaigns',
      {
        schema: {
          summary: 'List campaigns, newest first',
          tags,
          querystring: Type.Object({
            ...pageQuery,
            status: Type.Optional(Status),
            campaign_type: Type.Optional(Type.String({ maxLength: 50 })),
          }),
          response: { 200: Type.Array(Campaign), ...errors(400) },
        },
      },
      async (request) => {
        const { status, campaign_type } = request.query
        const { campaigns } = await listCampaigns(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          status,
          campaignType: campaign_type,
          ...pageOf(request.query),
        })
        return campaigns.map(presentCampaign)
      },
    )

    app.put(
      '/campaigns/:id',
      {
        schema: {
          summary: 'Change a campaign; what is left out stays',
          tags,
          params: idParams,
          body: Type.Partial(Type.Object(fields)),
          response: { 200: Campaign, ...errors(400, 404) },
        },
      },
      async (request) => {
        requireOrder(request.body)
        const id = await pathId(ctx, 'campaign', request)
        return presentCampaign(await updateCampaign(ctx, request.actor, { id, ...changeOf(request.body) }))
      },
    )

    app.delete(
      '/campaigns/:id',
      {
        schema: {
          summary: 'Delete a campaign; its posts stay',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(404) },
        },
      },
      async (request) => {
        await deleteCampaign(ctx, request.actor, { id: await pathId(ctx, 'campaign', request) })
        return deleted('Campaign')
      },
    )

    app.get(
      '/campaigns/:id/analytics',
      {
        schema: {
          summary: 'The numbers of all posts of a campaign together',
          tags,
          params: idParams,
          response: {
            200: Type.Object({
              campaign_id: Id,
              total_posts: Count,
              total_analytics_records: Count,
              total_views: Count,
              total_likes: Count,
              total_comments: Count,
              total_shares: Count,
              total_clicks: Count,
              total_reach: Count,
              total_impressions: Count,
              avg_engagement_rate: Type.Number(),
            }),
            ...errors(404),
          },
        },
      },
      async (request) => {
        const sums = await readCampaignAnalytics(ctx, request.actor, {
          id: await pathId(ctx, 'campaign', request),
        })
        return {
          campaign_id: Number(request.params.id),
          total_posts: sums.posts,
          total_analytics_records: sums.records,
          total_views: sums.views,
          total_likes: sums.likes,
          total_comments: sums.comments,
          total_shares: sums.shares,
          total_clicks: sums.clicks,
          total_reach: sums.reach,
          total_impressions: sums.impressions,
          avg_engagement_rate: sums.engagementRate,
        }
      },
    )

    app.get(
      '/campaigns/:id/posts',
      {
        schema: {
          summary: 'The posts of a campaign, latest scheduled first',
          tags,
          params: idParams,
          querystring: Type.Object(pageQuery),
          response: { 200: Type.Array(Post), ...errors(400, 404) },
        },
      },
      async (request) =>
        listPostsOfCampaign(
          ctx,
          request.actor,
          await pathId(ctx, 'campaign', request),
          pageOf(request.query),
        ),
    )
  }

type Given = Partial<Static<ReturnType<typeof Type.Object<typeof fields>>>>

function changeOf(body: Given) {
  return {
    name: body.name,
    description: body.description,
    startDate: body.start_date,
    endDate: body.end_date,
    status: body.status,
    campaignType: body.campaign_type,
    targetPlatforms: body.target_platforms,
    goals: body.goals === undefined ? undefined : { ...body.goals },
    tags: body.tags,
  }
}

/** In this dialect's own field names; the operation checks again against what is stored. */
function requireOrder({ start_date, end_date }: Given) {
  if (start_date && end_date && end_date < start_date)
    throw invalidAt('end_date', 'end_date must not be before start_date', 'campaign_dates')
}

type CampaignRow = Awaited<ReturnType<typeof updateCampaign>>

const presentCampaign = (campaign: CampaignRow): Static<typeof Campaign> => ({
  id: campaign.number,
  name: campaign.name,
  description: campaign.description,
  start_date: campaign.startDate,
  end_date: campaign.endDate,
  status: campaign.status === 'archived' ? 'completed' : campaign.status,
  campaign_type: campaign.campaignType,
  target_platforms: campaign.targetPlatforms,
  goals: campaign.goals,
  tags: campaign.tags,
  created_at: time(campaign.createdAt),
  updated_at: time(campaign.updatedAt),
})
