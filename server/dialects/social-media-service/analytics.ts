import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import {
  addAnalyticsRecord,
  changeAnalyticsRecord,
  deleteAnalyticsRecord,
  listAnalyticsRecords,
  readAnalyticsRecord,
} from '../../operations/analytics-records.ts'
import type { Context } from '../../operations/context.ts'
import { firstWorkspace, ownNumber } from '../../operations/own-number.ts'
import { syncBufferAnalytics } from '../../operations/sync-buffer-analytics.ts'
import { dayAfter, dayStart } from './days.ts'
import { pathId } from './ids.ts'
import {
  deleted,
  errors,
  GivenTime,
  Id,
  idParams,
  Message,
  Nullable,
  pageOf,
  pageQuery,
  readTime,
  Time,
  time,
} from './schemas.ts'

const tags = ['Post analytics']
const Count = Type.Integer({ minimum: 0 })
const fields = {
  views: Type.Optional(Count),
  likes: Type.Optional(Count),
  shares: Type.Optional(Count),
  comments: Type.Optional(Count),
  engagement_rate: Type.Optional(Type.Number({ minimum: 0, maximum: 999_999 })),
  clicks: Type.Optional(Count),
  reach: Type.Optional(Count),
  impressions: Type.Optional(Count),
  platform: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
  collected_at: Type.Optional(GivenTime),
  raw_data: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
}
const Analytics = Type.Object(
  {
    id: Id,
    post_id: Id,
    views: Count,
    likes: Count,
    shares: Count,
    comments: Count,
    engagement_rate: Type.Number(),
    clicks: Nullable(Count),
    reach: Nullable(Count),
    impressions: Nullable(Count),
    platform: Nullable(Type.String()),
    collected_at: Time,
    raw_data: Type.Object({}, { additionalProperties: true }),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Analytics' },
)

export const analyticsRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/analytics',
      {
        schema: {
          summary: 'Record the numbers of a post',
          tags,
          body: Type.Object({ post_id: Id, ...fields }),
          response: { 201: Analytics, ...errors(400, 404) },
        },
      },
      async (request, reply) => {
        const { post_id, ...body } = request.body
        const postId = await ownNumber(ctx, request.actor, 'post', post_id)
        const { views = 0, likes = 0, shares = 0, comments = 0 } = body
        const record = await addAnalyticsRecord(ctx, request.actor, {
          postId,
          ...changeOf(body),
          ...{ views, likes, shares, comments },
        })
        reply.code(201)
        return presentRecord(record)
      },
    )

    app.post(
      '/analytics/sync',
      {
        schema: {
          summary: 'Bring the numbers of the posts that Buffer published',
          description: 'Answers the records made. Buffer itself counts once a day.',
          tags,
          querystring: Type.Object({
            days: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 30,
                description: 'Counted back from now; absent: all posts',
              }),
            ),
          }),
          response: { 200: Type.Array(Analytics), ...errors(400, 503) },
        },
      },
      async (request) => {
        const records = await syncBufferAnalytics(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          days: request.query.days,
        })
        return records.map(presentRecord)
      },
    )

    app.get(
      '/analytics/:id',
      {
        schema: {
          summary: 'Get a record',
          tags,
          params: idParams,
          response: { 200: Analytics, ...errors(404) },
        },
      },
      async (request) =>
        presentRecord(
          await readAnalyticsRecord(ctx, request.actor, { id: await pathId(ctx, 'analytics', request) }),
        ),
    )

    app.get(
      '/analytics',
      {
        schema: {
          summary: 'List records, newest first',
          tags,
          querystring: Type.Object({
            ...pageQuery,
            post_id: Type.Optional(Id),
            start_date: Type.Optional(Type.String({ format: 'date' })),
            end_date: Type.Optional(Type.String({ format: 'date' })),
          }),
          response: { 200: Type.Array(Analytics), ...errors(400, 404) },
        },
      },
      async (request) => {
        const { post_id, start_date, end_date } = request.query
        const records = await listAnalyticsRecords(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          postId: post_id === undefined ? undefined : await ownNumber(ctx, request.actor, 'post', post_id),
          from: start_date === undefined ? undefined : dayStart(start_date),
          to: end_date === undefined ? undefined : dayAfter(end_date),
          ...pageOf(request.query),
        })
        return records.map(presentRecord)
      },
    )

    app.put(
      '/analytics/:id',
      {
        schema: {
          summary: 'Change a record; what is left out stays',
          tags,
          params: idParams,
          body: Type.Object(fields),
          response: { 200: Analytics, ...errors(400, 404) },
        },
      },
      async (request) => {
        const id = await pathId(ctx, 'analytics', request)
        return presentRecord(
          await changeAnalyticsRecord(ctx, request.actor, { id, ...changeOf(request.body) }),
        )
      },
    )

    app.delete(
      '/analytics/:id',
      {
        schema: {
          summary: 'Delete a record',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(404) },
        },
      },
      async (request) => {
        await deleteAnalyticsRecord(ctx, request.actor, { id: await pathId(ctx, 'analytics', request) })
        return deleted('Analytics')
      },
    )
  }

type Given = Static<ReturnType<typeof Type.Object<typeof fields>>>

const changeOf = ({ engagement_rate, collected_at, raw_data, ...counts }: Given) => ({
  ...counts,
  engagementRate: engagement_rate,
  collectedAt: collected_at === undefined ? undefined : readTime('collected_at', collected_at),
  raw: raw_data ? { ...raw_data } : undefined,
})

type Record = Awaited<ReturnType<typeof readAnalyticsRecord>>

/** Views are impressions where a network counts only those. */
const presentRecord = (record: Record): Static<typeof Analytics> => ({
  id: record.number,
  post_id: record.postNumber,
  views: record.views ?? record.impressions ?? 0,
  likes: record.likes ?? 0,
  shares: record.shares ?? 0,
  comments: record.comments ?? 0,
  engagement_rate: record.engagementRate ?? 0,
  clicks: record.clicks,
  reach: record.reach,
  impressions: record.impressions,
  platform: record.platform,
  collected_at: time(record.collectedAt),
  raw_data: record.raw,
  created_at: time(record.createdAt),
  updated_at: time(record.updatedAt),
})
