import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { nextOccurrences } from '../../domain/cron.ts'
import type { Context } from '../../operations/context.ts'
import { createRecurrence } from '../../operations/create-recurrence.ts'
import { deleteRecurrence } from '../../operations/delete-recurrence.ts'
import { listRecurrences, readRecurrence } from '../../operations/list-recurrences.ts'
import { pauseRecurrence, resumeRecurrence } from '../../operations/pause-recurrence.ts'
import { skipOccurrence } from '../../operations/skip-occurrence.ts'
import { updateRecurrence } from '../../operations/update-recurrence.ts'
import { fieldsIn, postFields } from './post-body.ts'
import { shownInstant } from './present-post.ts'
import {
  brandParams,
  errors,
  Id,
  Instant,
  idParams,
  NoContent,
  Nullable,
  OneOf,
  PageOf,
  pageQuery,
  presentPage,
  workspaceParams,
} from './schemas.ts'

const tags = ['Recurrences']
const { targetAccountIds, timezone: _, ...templateFields } = postFields

const RecurrenceObject = Type.Object(
  {
    id: Id,
    brandId: Id,
    name: Type.String(),
    cron: Type.String(),
    timezone: Type.String(),
    template: Type.Record(Type.String(), Type.Unknown(), { description: 'What each post says' }),
    targetAccountIds: Type.Array(Id),
    autoSchedule: Type.Boolean(),
    status: OneOf('active', 'paused', 'ended'),
    pauseReason: Nullable(Type.String({ description: 'Why it was paused, when nobody paused it' })),
    nextRunAt: Nullable(Instant),
    lastRunAt: Nullable(Instant),
    endsAt: Nullable(Instant),
    count: Nullable(Type.Integer({ description: 'How many more posts it makes' })),
    upcoming: Type.Array(Instant, { description: 'The next occurrences whose posts are still to be made' }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { title: 'Recurrence' },
)

const fields = {
  name: Type.String({ maxLength: 200 }),
  cron: Type.String({
    maxLength: 200,
    description: 'Five fields: minute, hour, day of month, month, weekday; on the clocks of `timezone`',
    examples: ['30 9 * * 1'],
  }),
  timezone: Type.String({ maxLength: 100, examples: ['Europe/Zurich'] }),
  template: Type.Object(templateFields),
  targetAccountIds: Type.Array(Id),
  autoSchedule: Type.Boolean({ description: 'Whether its posts go out by themselves; else they are drafts' }),
  endsAt: Nullable(Instant),
  count: Nullable(
    Type.Integer({ minimum: 1, maximum: 100_000, description: 'How many posts it makes at most' }),
  ),
}
const optional = {
  autoSchedule: Type.Optional(fields.autoSchedule),
  endsAt: Type.Optional(fields.endsAt),
  count: Type.Optional(fields.count),
}

export const recurrenceRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/brands/:brandId/recurrences',
      {
        schema: {
          summary: 'Make a recurrence: a cron pattern that writes posts',
          description:
            'Each post is made a day ahead. Occurrences that are missed are skipped, never made up for. A time that a daylight-saving change skips moves forward, one that happens twice is the first.',
          tags,
          params: brandParams,
          body: Type.Object({ ...fields, ...optional }),
          response: { 201: RecurrenceObject, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const { template, targetAccountIds, endsAt, count, autoSchedule = false, ...same } = request.body
        const recurrence = await createRecurrence(ctx, request.actor, {
          ...same,
          brandId: request.params.brandId,
          template: { ...fieldsIn(template) },
          targetAccountIds: targetAccountIds.map((id) => id.toLowerCase()),
          autoSchedule,
          endsAt: endsAt ? new Date(endsAt) : null,
          runsLeft: count ?? null,
        })
        reply.code(201)
        return presentRecurrence(ctx, recurrence)
      },
    )

    app.get(
      '/workspaces/:workspaceId/recurrences',
      {
        schema: {
          summary: 'List recurrences, oldest first',
          tags,
          params: workspaceParams,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(RecurrenceObject), ...errors(400, 404) },
        },
      },
      async (request) =>
        presentPage(
          await listRecurrences(ctx, request.actor, { ...request.params, ...request.query }),
          (recurrence) => presentRecurrence(ctx, recurrence),
        ),
    )

    app.get(
      '/recurrences/:id',
      {
        schema: {
          summary: 'Read a recurrence',
          tags,
          params: idParams,
          response: { 200: RecurrenceObject, ...errors(404) },
        },
      },
      async (request) => presentRecurrence(ctx, await readRecurrence(ctx, request.actor, request.params)),
    )

    app.patch(
      '/recurrences/:id',
      {
        schema: {
          summary: 'Change a recurrence; posts it has made stay as they are',
          tags,
          params: idParams,
          body: Type.Partial(Type.Object(fields)),
          response: { 200: RecurrenceObject, ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const { template, targetAccountIds, endsAt, count, ...same } = request.body
        const recurrence = await updateRecurrence(ctx, request.actor, {
          ...same,
          id: request.params.id,
          ...(template && { template: { ...fieldsIn(template) } }),
          ...(targetAccountIds && { targetAccountIds: targetAccountIds.map((id) => id.toLowerCase()) }),
          ...(endsAt !== undefined && { endsAt: endsAt ? new Date(endsAt) : null }),
          ...(count !== undefined && { runsLeft: count }),
        })
        return presentRecurrence(ctx, recurrence)
      },
    )

    app.delete(
      '/recurrences/:id',
      {
        schema: {
          summary: 'Delete a recurrence; the posts it made stay',
          tags,
          params: idParams,
          response: { 204: NoContent, ...errors(403, 404) },
        },
      },
      async (request, reply) => {
        await deleteRecurrence(ctx, request.actor, request.params)
        return reply.code(204).send(null)
      },
    )

    for (const [verb, summary, run] of [
      ['pause', 'Stop making posts; those that were made stay', pauseRecurrence],
      ['resume', 'Go on with the next occurrence; what was missed is not made up for', resumeRecurrence],
    ] as const)
      app.post(
        `/recurrences/:id/${verb}`,
        {
          schema: {
            summary,
            tags,
            params: idParams,
            response: { 200: RecurrenceObject, ...errors(400, 403, 404) },
          },
        },
        async (request) => presentRecurrence(ctx, await run(ctx, request.actor, request.params)),
      )

    app.post(
      '/recurrences/:id/skip',
      {
        schema: {
          summary: 'Leave one coming occurrence out',
          tags,
          params: idParams,
          body: Type.Object({ at: Instant }),
          response: { 200: RecurrenceObject, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentRecurrence(
          ctx,
          await skipOccurrence(ctx, request.actor, { id: request.params.id, at: new Date(request.body.at) }),
        ),
    )
  }

const upcomingShown = 5

function presentRecurrence(
  ctx: Context,
  recurrence: Awaited<ReturnType<typeof readRecurrence>>,
): Static<typeof RecurrenceObject> {
  const { text, targets: _, ...template } = recurrence.template
  return {
    id: recurrence.id,
    brandId: recurrence.brandId,
    name: recurrence.name,
    cron: recurrence.cron,
    timezone: recurrence.timezone,
    template: { content: text ?? '', ...template },
    targetAccountIds: recurrence.targetAccountIds,
    autoSchedule: recurrence.autoSchedule,
    status: recurrence.status,
    pauseReason: recurrence.pauseReason,
    nextRunAt: shownInstant(recurrence.nextRunAt),
    lastRunAt: shownInstant(recurrence.lastRunAt),
    endsAt: shownInstant(recurrence.endsAt),
    count: recurrence.runsLeft,
    upcoming: upcoming(ctx, recurrence),
    createdAt: recurrence.createdAt.toISOString(),
    updatedAt: recurrence.updatedAt.toISOString(),
  }
}

function upcoming(ctx: Context, recurrence: Awaited<ReturnType<typeof readRecurrence>>): string[] {
  const { cron, timezone, nextRunAt, skipped, endsAt, runsLeft, status } = recurrence
  if (status !== 'active' || !nextRunAt) return []
  const from = new Date(Math.max(nextRunAt.getTime() - 1, ctx.clock.now().getTime()))
  return nextOccurrences(cron, timezone, from, upcomingShown + skipped.length)
    .filter((at) => !endsAt || at <= endsAt)
    .filter((at) => !skipped.some((one) => one.getTime() === at.getTime()))
    .slice(0, Math.min(upcomingShown, runsLeft ?? upcomingShown))
    .map((at) => at.toISOString())
}
