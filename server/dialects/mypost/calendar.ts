import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { listPlannedPosts } from '../../operations/list-planned-posts.ts'
import { PostObject, presentPost } from './present-post.ts'
import { errors, Id, Instant, ListOf, workspaceParams } from './schemas.ts'

/** A calendar shows weeks or months. */
const rangeDaysMax = 366

export const calendarRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces/:workspaceId/calendar',
      {
        schema: {
          summary: 'The posts whose time lies in a range, soonest first',
          description: `Drafts with a time, scheduled and published ones, of all brands or one. At most ${rangeDaysMax} days and 2,000 posts; ask for less when told so.`,
          tags: ['Posts'],
          params: workspaceParams,
          querystring: Type.Object({
            from: Instant,
            to: Instant,
            brandId: Type.Optional(Id),
            campaignId: Type.Optional(Id),
            labelId: Type.Optional(Id),
            accountId: Type.Optional(Id),
            network: Type.Optional(Type.String({ maxLength: 50 })),
          }),
          response: { 200: ListOf(PostObject), ...errors(400, 404) },
        },
      },
      async (request) => {
        const { from, to, ...filter } = request.query
        const [dueFrom, dueTo] = [new Date(from), new Date(to)]
        if (dueTo < dueFrom) throw invalidAt('to', 'must not be before from', 'range')
        if (dueTo.getTime() - dueFrom.getTime() > rangeDaysMax * 86_400_000)
          throw invalidAt('to', `A range has at most ${rangeDaysMax} days.`, 'range')
        const { workspaceId } = request.params
        const posts = await listPlannedPosts(ctx, request.actor, { ...filter, workspaceId, dueFrom, dueTo })
        return { data: posts.map(presentPost) }
      },
    )
  }
