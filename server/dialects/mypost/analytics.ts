import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { stringify } from 'csv-stringify'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { engagementOf, engagementRate } from '../../domain/analytics.ts'
import type { Context } from '../../operations/context.ts'
import { exportAnalytics } from '../../operations/export-analytics.ts'
import { readAccountAnalytics } from '../../operations/read-account-analytics.ts'
import { readBrandAnalytics } from '../../operations/read-brand-analytics.ts'
import { readPostAnalytics } from '../../operations/read-post-analytics.ts'
import { brandParams, errors, Id, Instant, Nullable } from './schemas.ts'

const tags = ['Analytics']
const Day = Type.String({ format: 'date', description: 'YYYY-MM-DD, in the time zone of the workspace' })
const period = Type.Object({ from: Type.Optional(Day), to: Type.Optional(Day) })
const Count = Type.Integer()
const MaybeCount = Nullable(Count)
const Rate = Type.Number({ description: '100 * engagement / impressions, two decimals' })

const overview = {
  followers: Count,
  followerGrowth: Count,
  impressions: Count,
  engagement: Type.Integer({ description: 'Likes, comments and shares' }),
  engagementRate: Rate,
  posts: Count,
}
const Overview = Type.Object(overview)
const AccountAnalytics = Type.Object({
  accountId: Id,
  network: Type.String(),
  ...overview,
  timeline: Type.Array(
    Type.Object({ date: Day, followers: MaybeCount, impressions: Count, engagement: Count }),
  ),
})
const PostAnalytics = Type.Object({
  postId: Id,
  impressions: Count,
  reach: Count,
  engagement: Count,
  engagementRate: Rate,
  likes: Count,
  comments: Count,
  shares: Count,
  clicks: Count,
  byAccount: Type.Array(
    Type.Object({
      accountId: Id,
      network: Type.String(),
      url: Nullable(Type.String()),
      impressions: MaybeCount,
      reach: MaybeCount,
      likes: MaybeCount,
      comments: MaybeCount,
      shares: MaybeCount,
      clicks: MaybeCount,
      engagement: Count,
      engagementRate: Rate,
      collectedAt: Nullable(Instant),
    }),
  ),
})

export const analyticsRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/analytics/brands/:brandId',
      {
        schema: {
          summary: 'How a brand did in a period; the last 30 days when none is given',
          tags,
          params: brandParams,
          querystring: period,
          response: { 200: Overview, ...errors(400, 403, 404) },
        },
      },
      (request) => readBrandAnalytics(ctx, request.actor, { ...request.params, ...request.query }),
    )

    app.get(
      '/analytics/accounts/:accountId',
      {
        schema: {
          summary: 'How an account did in a period, and by day',
          tags,
          params: Type.Object({ accountId: Id }),
          querystring: period,
          response: { 200: AccountAnalytics, ...errors(400, 403, 404) },
        },
      },
      (request) => readAccountAnalytics(ctx, request.actor, { ...request.params, ...request.query }),
    )

    app.get(
      '/analytics/posts/:postId',
      {
        schema: {
          summary: 'How a post did, in sum and by account',
          tags,
          params: Type.Object({ postId: Id }),
          response: { 200: PostAnalytics, ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const { byAccount, ...sums } = await readPostAnalytics(ctx, request.actor, request.params)
        return {
          ...sums,
          byAccount: byAccount.map((row) => ({
            ...row,
            collectedAt: row.collectedAt?.toISOString() ?? null,
          })),
        }
      },
    )

    app.post(
      '/analytics/export',
      {
        schema: {
          summary: 'Every published post of a brand in a period with its numbers, as a file',
          description: 'Streamed: CSV with a header line, or a JSON array.',
          tags,
          body: Type.Object({
            brandId: Id,
            from: Day,
            to: Day,
            format: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('json')])),
          }),
          response: {
            200: {
              description: 'The file',
              content: {
                'text/csv': { schema: Type.String() },
                'application/json': { schema: Type.Array(Type.Object({}, { additionalProperties: true })) },
              },
            },
            ...errors(400, 403, 404),
          },
        },
      },
      async (request, reply) => {
        const { brandId, from, to, format = 'csv' } = request.body
        const rows = exportedRows(await exportAnalytics(ctx, request.actor, { brandId, from, to }))
        return sendFile(reply, `analytics-${from}-${to}`, format, rows)
      },
    )
  }

function sendFile(reply: FastifyReply, name: string, format: 'csv' | 'json', rows: AsyncGenerator<Row>) {
  return reply
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
    .send(format === 'csv' ? csv(rows) : Readable.from(jsonArray(rows)))
}

type Row = Record<(typeof columns)[number], string | number | null>
const columns = [
  'publishedAt',
  'postId',
  'accountId',
  'network',
  'url',
  'text',
  'impressions',
  'reach',
  'likes',
  'comments',
  'shares',
  'clicks',
  'engagement',
  'engagementRate',
  'collectedAt',
] as const

type Exported = Awaited<ReturnType<typeof exportAnalytics>>

async function* exportedRows(published: Exported): AsyncGenerator<Row> {
  for await (const row of published) {
    const engagement = engagementOf(row)
    yield {
      publishedAt: row.publishedAt.toISOString(),
      postId: row.postId,
      accountId: row.accountId,
      network: row.network,
      url: row.url,
      text: row.text,
      impressions: row.impressions,
      reach: row.reach,
      likes: row.likes,
      comments: row.comments,
      shares: row.shares,
      clicks: row.clicks,
      engagement,
      engagementRate: engagementRate(engagement, row.impressions ?? 0),
      collectedAt: row.collectedAt?.toISOString() ?? null,
    }
  }
}

/** A cell that a spreadsheet would run as a formula is written so that it is not. */
function csv(rows: AsyncGenerator<Row>) {
  const lines = stringify({ header: true, columns: [...columns], escape_formulas: true })
  // A failure while streaming breaks the answer off, which is the only honest sign left once it has begun.
  pipeline(rows, lines).catch((error) => lines.destroy(error as Error))
  return lines
}

async function* jsonArray(rows: AsyncGenerator<Row>) {
  let separator = '['
  for await (const row of rows) {
    yield separator + JSON.stringify(row)
    separator = ',\n'
  }
  yield separator === '[' ? '[]' : ']'
}
