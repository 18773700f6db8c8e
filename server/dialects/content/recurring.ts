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
import { readWorkspace } from '../../operations/read-workspace.ts'
import { updateRecurrence } from '../../operations/update-recurrence.ts'
import { Caption, errors, Id, Instant, ListOf, Name, NoContent, Nullable, OneOf } from './schemas.ts'

const tags = ['Recurring Schedules']
const read = { permission: 'content:recurring.read' } as const
const write = { permission: 'content:recurring.write' } as const
const scheduleParams = Type.Object({ scheduleId: Id })

const example = {
  name: 'Motivation Monday',
  cronExpression: '0 10 * * 1',
  timezone: 'Asia/Kolkata',
  templateCaption: '💡 Motivation Monday: Start your week strong!',
  templateMediaIds: [],
  targetConnectionIds: ['0198c1a2-7b6e-7c3d-9a41-5d0f3c2b1a10', '0198c1a2-7b6e-7c3d-9a41-5d0f3c2b1a11'],
  autoSchedule: true,
}

const fields = {
  name: Name,
  cronExpression: Type.String({
    maxLength: 200,
    description: 'Five fields: minute, hour, day of month, month, weekday; on the clocks of `timezone`',
    examples: ['0 10 * * 1'],
  }),
  timezone: Type.String({
    maxLength: 64,
    description: "An IANA zone; the tenant's when none is given",
    examples: ['Asia/Kolkata'],
  }),
  templateCaption: Caption,
  templateMediaIds: Type.Array(Id, { maxItems: 100 }),
  targetConnectionIds: Type.Array(Id, { minItems: 1, maxItems: 100 }),
  autoSchedule: Type.Boolean({ description: 'Whether its slots are scheduled; else they are drafts' }),
}
const NewRecurring = Type.Object(
  {
    name: fields.name,
    cronExpression: fields.cronExpression,
    timezone: Type.Optional(fields.timezone),
    templateCaption: Type.Optional(fields.templateCaption),
    templateMediaIds: Type.Optional(fields.templateMediaIds),
    targetConnectionIds: fields.targetConnectionIds,
    autoSchedule: Type.Optional(fields.autoSchedule),
  },
  { examples: [example] },
)

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
    pauseReason: Nullable(Type.String({ description: 'Why it was paused, when nobody paused it' })),
    nextRunAt: Nullable(
      Type.String({ format: 'date-time', description: 'The next occurrence whose slot is to be made' }),
    ),
    lastRunAt: Nullable(
      Type.String({ format: 'date-time', description: 'The last one whose slot was made' }),
    ),
    createdAt: Instant,
  },
  {
    title: 'Recurring',
    examples: [
      {
        id: '0198c1a2-7b6e-7c3d-9a41-5d0f3c2b1a09',
        ...example,
        status: 'active',
        pauseReason: null,
        nextRunAt: '2026-03-16T04:30:00.000Z',
        lastRunAt: null,
        createdAt: '2026-03-14T09:00:00.000Z',
      },
    ],
  },
)

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
        const { items } = await listRecurrences(ctx, request.actor, { workspaceId, limit: listedMax })
        return { data: items.map(present) }
      },
    )

    app.post(
      '/recurring',
      {
        config: write,
        schema: {
          summary: 'Create a recurring schedule',
          description:
            'Each slot is made a day ahead, scheduled or as a draft; one that lacks what its platform wants (a picture) is a draft in any case. Occurrences that are missed are skipped, never made up for. A time that a daylight-saving change skips moves forward, one that happens twice is the first.',
          tags,
          body: NewRecurring,
          response: { 201: Recurring, ...errors(404, 422) },
        },
      },
      async (request, reply) => {
        const { body } = request
        const workspaceId = await contentTenant(ctx, request.actor)
        const brandId = await defaultBrandId(ctx, request.actor, workspaceId)
        const { timezone } = await readWorkspace(ctx, request.actor, workspaceId)
        const recurrence = await createRecurrence(ctx, request.actor, {
          brandId,
          anyBrand: true,
          mayLack: true,
          name: body.name,
          cron: body.cronExpression,
          timezone: body.timezone ?? timezone,
          template: { text: body.templateCaption ?? '', mediaIds: idsIn(body.templateMediaIds) ?? [] },
          targetAccountIds: idsIn(body.targetConnectionIds) ?? [],
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
          description: 'Slots that were made already stay as they are.',
          tags,
          params: scheduleParams,
          body: Type.Partial(Type.Object(fields), { examples: [{ cronExpression: '0 9 * * 1' }] }),
          response: { 200: Recurring, ...errors(404, 422) },
        },
      },
      async (request) => {
        const { body } = request
        const before = await ownRecurrence(request, request.params.scheduleId)
        const after = await updateRecurrence(ctx, request.actor, {
          id: before.id,
          mayLack: true,
          name: body.name,
          cron: body.cronExpression,
          timezone: body.timezone,
          template: changedTemplate(before, body),
          targetAccountIds: idsIn(body.targetConnectionIds),
          autoSchedule: body.autoSchedule,
        })
        return present(after)
      },
    )

    for (const [verb, summary, description, run] of [
      ['pause', 'Pause a recurring schedule', 'Makes no more slots; those it made stay.', pauseRecurrence],
      [
        'resume',
        'Resume a recurring schedule',
        'Goes on with the next occurrence; what was missed is not made up for.',
        resumeRecurrence,
      ],
    ] as const)
      app.post(
        `/recurring/:scheduleId/${verb}`,
        {
          config: write,
          schema: {
            summary,
            description,
            tags,
            params: scheduleParams,
            response: { 200: Recurring, ...errors(404, 409) },
          },
        },
        async (request) => {
          const { id } = await ownRecurrence(request, request.params.scheduleId)
          return present(await run(ctx, request.actor, { id }))
        },
      )

    app.delete(
      '/recurring/:scheduleId',
      {
        config: write,
        schema: {
          summary: 'Delete a recurring schedule',
          description: 'The slots it made stay.',
          tags,
          params: scheduleParams,
          response: { 204: NoContent, ...errors(404) },
        },
      },
      async (request, reply) => {
        const { id } = await ownRecurrence(request, request.params.scheduleId)
        await deleteRecurrence(ctx, request.actor, { id })
        return reply.code(204).send(null)
      },
    )

    /** One of the tenant: a person may be a member elsewhere, too, but this API is about one. */
    async function ownRecurrence(request: FastifyRequest, id: string): Promise<Recurrence> {
      const workspaceId = await contentTenant(ctx, request.actor)
      const recurrence = await readRecurrence(ctx, request.actor, { id })
      if (recurrence.workspaceId !== workspaceId) throw notFound('Recurrence', id)
      return recurrence
    }
  }

/** The document has no paging here, and nobody plans a week by more patterns than this. */
const listedMax = 1000

/** Ids are kept and compared in lower case. */
const idsIn = (ids: string[] | undefined) => ids?.map((id) => id.toLowerCase())

type Recurrence = Awaited<ReturnType<typeof readRecurrence>>

/** Of a template that the native dialect wrote, what this one has no words for stays, but for accounts that go. */
function changedTemplate(
  { template }: Recurrence,
  change: { templateCaption?: string; templateMediaIds?: string[]; targetConnectionIds?: string[] },
): Record<string, unknown> | undefined {
  const kept = idsIn(change.targetConnectionIds)
  if (change.templateCaption === undefined && !change.templateMediaIds && !kept) return undefined
  const overrides = Object.entries((template.overrides ?? {}) as Record<string, unknown>)
  return {
    ...template,
    ...(change.templateCaption !== undefined && { text: change.templateCaption }),
    ...(change.templateMediaIds && { mediaIds: idsIn(change.templateMediaIds) }),
    ...(kept && { overrides: Object.fromEntries(overrides.filter(([id]) => kept.includes(id))) }),
  }
}

function present(recurrence: Recurrence): Static<typeof Recurring> {
  const { text = '', mediaIds = [] } = recurrence.template as { text?: string; mediaIds?: string[] }
  return {
    id: recurrence.id,
    name: recurrence.name,
    cronExpression: recurrence.cron,
    timezone: recurrence.timezone,
    templateCaption: text,
    templateMediaIds: mediaIds,
    targetConnectionIds: recurrence.targetAccountIds,
    autoSchedule: recurrence.autoSchedule,
    status: recurrence.status,
    pauseReason: recurrence.pauseReason,
    nextRunAt: recurrence.nextRunAt?.toISOString() ?? null,
    lastRunAt: recurrence.lastRunAt?.toISOString() ?? null,
    createdAt: recurrence.createdAt.toISOString(),
  }
}
