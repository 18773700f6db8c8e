import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { notFound } from '../../domain/refusal.ts'
import { contentTenant } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { createRecurrence } from '../../operations/create-recurrence.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { deleteRecurrence } from '../../operations/delete-recurrence.ts'
import { listRecurrences, readRecurrence } from '../../operations/list-recurrences.ts'
import { pauseRecurrence, resumeRecurrence } from '../../operations/pause-recurrence.ts'
import { updateRecurrence } from '../../operations/update-recurrence.ts'
import { errors, Id, Instant, ListOf, Name, NoContent, Nullable, OneOf } from './schemas.ts'

const tags = ['Recurring Schedules']
const read = { permission: 'content:recurring.read' } as const
const write = { permission: 'content:recurring.write' } as const
const scheduleParams = Type.Object({ scheduleId: Id })

const documented = {
  name: 'Motivation Monday',
  cronExpression: '0 10 * * 1',
  timezone: 'Asia/Kolkata',
  templateCaption: '💡 Motivation Monday: Start your week strong!',
  templateMediaIds: [],
  autoSchedule: true,
}
const exampleIds = {
  id: '0198c1a2-7b6e-7c3d-9a41-5d0f3c2b1a09',
  connection: '0198c1a2-7b6e-7c3d-9a41-5d0f3c2b1a10',
}

const Recurring = Type.Object(
  {
    id: Id,
    name: Type.String(),
    cronExpression: Type.String(),
    timezone: Type.String(),
    templateCaption: Type.String(),
    templateMediaIds: Type.Array(Id),
    targetConnectionIds: Type.Array(Id),
    autoSchedule: Type.Boolean(),
    status: OneOf('active', 'paused', 'ended'),
    nextRunAt: Nullable(Instant),
    lastRunAt: Nullable(Instant),
    createdAt: Instant,
  },
  {
    title: 'Recurring',
    examples: [
      {
        id: exampleIds.id,
        ...documented,
        targetConnectionIds: [exampleIds.connection],
        status: 'active',
        nextRunAt: '2026-03-16T04:30:00.000Z',
        lastRunAt: null,
        createdAt: '2026-03-14T09:00:00.000Z',
      },
    ],
  },
)

const fields = {
  name: Name,
  cronExpression: Type.String({
    maxLength: 200,
    description: 'Five fields: minute, hour, day of month, month, weekday; on the clocks of `timezone`',
  }),
  timezone: Type.String({ maxLength: 64, description: 'IANA zone' }),
  templateCaption: Type.String({ maxLength: 100_000 }),
  templateMediaIds: Type.Array(Id, { maxItems: 100 }),
  targetConnectionIds: Type.Array(Id, { minItems: 1, maxItems: 100 }),
  autoSchedule: Type.Boolean({
    description: 'Whether its slots are scheduled when they are made; else they are drafts',
  }),
}
const { name, cronExpression, timezone, targetConnectionIds, ...others } = fields
const required = { name, cronExpression, timezone, targetConnectionIds }

/** The document has no paging here; nobody has more patterns than this in one workspace. */
const listedMax = 1000

/** D24 to D29. */
export const recurringRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/recurring',
      {
        config: read,
        schema: {
          summary: 'List recurring schedules',
          description: `Oldest first, at most ${listedMax}.`,
          tags,
          response: { 200: ListOf(Recurring), ...errors() },
        },
      },
      async (request) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const page = await listRecurrences(ctx, request.actor, { workspaceId, limit: listedMax })
        return { data: page.items.map(present) }
      },
    )

    app.post(
      '/recurring',
      {
        config: write,
        schema: {
          summary: 'Create a recurring schedule',
          description:
            'Each slot is made a day ahead. Runs that are missed are skipped, never made up for. A time that a daylight-saving change skips moves forward, one that happens twice is the first.',
          tags,
          body: Type.Object(
            { ...required, ...Type.Partial(Type.Object(others)).properties },
            { examples: [{ ...documented, targetConnectionIds: [exampleIds.connection] }] },
          ),
          response: { 201: Recurring, ...errors(404, 422) },
        },
      },
      async (request, reply) => {
        const { body } = request
        const workspaceId = await contentTenant(ctx, request.actor)
        const brandId = await defaultBrandId(ctx, request.actor, workspaceId)
        const recurrence = await createRecurrence(ctx, request.actor, {
          brandId,
          anyBrand: true,
          name: body.name,
          cron: body.cronExpression,
          timezone: body.timezone,
          template: { text: body.templateCaption ?? '', mediaIds: idsIn(body.templateMediaIds ?? []) },
          targetAccountIds: idsIn(body.targetConnectionIds),
          autoSchedule: body.autoSchedule ?? false,
          endsAt: null,
          runsLeft: null,
        })
        return reply.code(201).send(present(recurrence))
      },
    )

    app.patch(
      '/recurring/:scheduleId',
      {
        config: write,
        schema: {
          summary: 'Update a recurring schedule',
          description: 'Slots it has made already stay as they are.',
          tags,
          params: scheduleParams,
          body: Type.Partial(Type.Object(fields)),
          response: { 200: Recurring, ...errors(404, 422) },
        },
      },
      async (request) => {
        const { id, template } = await ownRecurrence(request)
        const { body } = request
        const { templateCaption: text, templateMediaIds: mediaIds } = body
        const recurrence = await updateRecurrence(ctx, request.actor, {
          id,
          anyBrand: true,
          name: body.name,
          cron: body.cronExpression,
          timezone: body.timezone,
          // What other dialects have written into the template stays.
          ...((text !== undefined || mediaIds) && {
            template: {
              ...template,
              ...(text !== undefined && { text }),
              ...(mediaIds && { mediaIds: idsIn(mediaIds) }),
            },
          }),
          targetAccountIds: body.targetConnectionIds && idsIn(body.targetConnectionIds),
          autoSchedule: body.autoSchedule,
        })
        return present(recurrence)
      },
    )

    for (const [verb, summary, run] of [
      ['pause', 'Pause slot generation; slots it has made stay', pauseRecurrence],
      ['resume', 'Resume with the next run; what was missed is not made up for', resumeRecurrence],
    ] as const)
      app.post(
        `/recurring/:scheduleId/${verb}`,
        {
          config: write,
          schema: {
            summary,
            tags,
            params: scheduleParams,
            response: { 200: Recurring, ...errors(404, 409) },
          },
        },
        async (request) => {
          const { id } = await ownRecurrence(request)
          return present(await run(ctx, request.actor, { id }))
        },
      )

    app.delete(
      '/recurring/:scheduleId',
      {
        config: write,
        schema: {
          summary: 'Delete a recurring schedule; slots it has made stay',
          tags,
          params: scheduleParams,
          response: { 204: NoContent, ...errors(404) },
        },
      },
      async (request, reply) => {
        const { id } = await ownRecurrence(request)
        await deleteRecurrence(ctx, request.actor, { id })
        return reply.code(204).send(null)
      },
    )

    /** One of the tenant: a person may be a member elsewhere, too, but this API is about one. */
    async function ownRecurrence(request: FastifyRequest<{ Params: Static<typeof scheduleParams> }>) {
      const id = request.params.scheduleId
      const workspaceId = await contentTenant(ctx, request.actor)
      const recurrence = await readRecurrence(ctx, request.actor, { id })
      if (recurrence.workspaceId !== workspaceId) throw notFound('Recurrence', id)
      return recurrence
    }
  }

const idsIn = (ids: string[]) => ids.map((id) => id.toLowerCase())

function present(recurrence: Awaited<ReturnType<typeof readRecurrence>>): Static<typeof Recurring> {
  const { text, mediaIds } = recurrence.template as { text?: string; mediaIds?: string[] }
  return {
    id: recurrence.id,
    name: recurrence.name,
    cronExpression: recurrence.cron,
    timezone: recurrence.timezone,
    templateCaption: text ?? '',
    templateMediaIds: mediaIds ?? [],
    targetConnectionIds: recurrence.targetAccountIds,
    autoSchedule: recurrence.autoSchedule,
    status: recurrence.status,
    nextRunAt: recurrence.nextRunAt?.toISOString() ?? null,
    lastRunAt: recurrence.lastRunAt?.toISOString() ?? null,
    createdAt: recurrence.createdAt.toISOString(),
  }
}
