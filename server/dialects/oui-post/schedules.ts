import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { type Weekday, weekdays } from '../../domain/queue.ts'
import { notFound } from '../../domain/refusal.ts'
import { withOffset } from '../../domain/wall-clock.ts'
import type { Context } from '../../operations/context.ts'
import { createQueue } from '../../operations/create-queue.ts'
import { deleteQueue } from '../../operations/delete-queue.ts'
import { listQueues } from '../../operations/list-queues.ts'
import { readQueue } from '../../operations/read-queue.ts'
import { updateQueue } from '../../operations/update-queue.ts'
import { workspaceOf } from './authenticate.ts'
import { errors, Instant, instant, Message, Nullable, Success, success } from './envelope.ts'
import { idParams, inId, outId, pathId } from './ids.ts'

const tags = ['Schedules']
const Day = Type.Unsafe<Weekday>({ type: 'string', enum: [...weekdays] })
const Name = Type.String({ minLength: 1, maxLength: 100 })
const Zone = Type.String({ maxLength: 64 })
const Description = Nullable(Type.String({ maxLength: 1000 }))
const GivenSlots = Type.Array(
  Type.Object({
    day: Day,
    time: Type.String({ maxLength: 5, description: 'HH:MM in the zone of the schedule' }),
    platforms: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 100 }),
  }),
  { minItems: 1, maxItems: 500 },
)
const slot = { day: Day, time: Type.String(), platforms: Type.Array(Type.String()) }
const schedule = {
  id: Type.String(),
  name: Type.String(),
  description: Nullable(Type.String()),
  timezone: Type.String(),
  is_active: Type.Boolean(),
}
const Changed = (time: 'created_at' | 'updated_at') =>
  Success(
    Type.Object({
      schedule: Type.Object({
        id: Type.String(),
        name: Type.String(),
        is_active: Type.Boolean(),
        [time]: Instant,
      }),
    }),
  )

export const scheduleRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/schedules',
      {
        config: { scope: 'posts.read' },
        schema: {
          summary: 'The schedules of the workspace: weekly slots into which posts fall',
          tags,
          response: {
            200: Success(
              Type.Object({
                schedules: Type.Array(
                  Type.Object({ ...schedule, slots: Type.Array(Type.Object(slot)), created_at: Instant }),
                ),
              }),
            ),
            ...errors(400),
          },
        },
      },
      async (request) => {
        const queues = await listQueues(ctx, request.actor, { workspaceId: workspaceOf(request) })
        return success({
          schedules: queues.map((queue) => ({
            ...presentQueue(queue),
            slots: queue.slots.map(presentSlot),
            created_at: instant(queue.createdAt),
          })),
        })
      },
    )

    app.post(
      '/schedules',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Make a schedule',
          tags,
          body: Type.Object({
            name: Name,
            description: Type.Optional(Description),
            timezone: Type.Optional(Zone),
            slots: GivenSlots,
          }),
          response: { 201: Changed('created_at'), ...errors(400, 422) },
        },
      },
      async (request, reply) => {
        const { slots, ...body } = request.body
        const queue = await createQueue(ctx, request.actor, {
          ...body,
          workspaceId: workspaceOf(request),
          slots: slots.map(readSlot),
        })
        reply.code(201)
        return success({
          schedule: {
            id: outId('schedule', queue.id),
            name: queue.name,
            is_active: queue.isActive,
            created_at: instant(queue.createdAt),
          },
        })
      },
    )

    app.get(
      '/schedules/:id',
      {
        config: { scope: 'posts.read' },
        schema: {
          summary: 'One schedule with the posts that wait in its slots',
          description:
            'A post falls into a slot when it goes out at the time of the slot to one of its platforms.',
          tags,
          params: idParams,
          response: {
            200: Success(
              Type.Object({
                schedule: Type.Object({
                  ...schedule,
                  slots: Type.Array(Type.Object({ id: Type.String(), ...slot })),
                  upcoming_posts: Type.Array(
                    Type.Object({
                      slot_time: Type.String(),
                      post_id: Type.String(),
                      platforms: Type.Array(Type.String()),
                    }),
                  ),
                  stats: Type.Object({
                    total_published: Type.Integer(),
                    this_week: Type.Integer(),
                    next_slot: Nullable(Type.String()),
                  }),
                }),
              }),
            ),
            ...errors(400, 404),
          },
        },
      },
      async (request) => {
        const { queue, upcoming, totalPublished, publishedThisWeek, nextSlotAt } = await queueOf(ctx, request)
        const local = (at: Date) => withOffset(at, queue.timezone)
        return success({
          schedule: {
            ...presentQueue(queue),
            slots: queue.slots.map((one) => ({ id: outId('slot', one.id), ...presentSlot(one) })),
            upcoming_posts: upcoming.map(({ dueAt, postId, networks }) => ({
              slot_time: local(dueAt),
              post_id: outId('post', postId),
              platforms: networks,
            })),
            stats: {
              total_published: totalPublished,
              this_week: publishedThisWeek,
              next_slot: nextSlotAt && local(nextSlotAt),
            },
          },
        })
      },
    )

    app.put(
      '/schedules/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Change a schedule; slots replace all',
          tags,
          params: idParams,
          body: Type.Object({
            name: Type.Optional(Name),
            description: Type.Optional(Description),
            timezone: Type.Optional(Zone),
            is_active: Type.Optional(Type.Boolean()),
            slots: Type.Optional(GivenSlots),
          }),
          response: { 200: Changed('updated_at'), ...errors(400, 404, 422) },
        },
      },
      async (request) => {
        const { queue: before } = await queueOf(ctx, request)
        const { slots, is_active, ...body } = request.body
        const queue = await updateQueue(ctx, request.actor, {
          ...body,
          id: before.id,
          ...(is_active !== undefined && { isActive: is_active }),
          ...(slots && { slots: slots.map(readSlot) }),
        })
        return success({
          schedule: {
            id: outId('schedule', queue.id),
            name: queue.name,
            is_active: queue.isActive,
            updated_at: instant(queue.updatedAt),
          },
        })
      },
    )

    app.delete(
      '/schedules/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Delete a schedule; scheduled posts keep their times',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404) },
        },
      },
      async (request) => {
        const { queue } = await queueOf(ctx, request)
        await deleteQueue(ctx, request.actor, { id: queue.id })
        return success({ message: 'Schedule deleted successfully' })
      },
    )
  }

/** The schedule of a path, which must be in the workspace of the header. */
async function queueOf(ctx: Context, request: FastifyRequest<{ Params: Static<typeof idParams> }>) {
  const workspaceId = workspaceOf(request)
  const detail = await readQueue(ctx, request.actor, { id: pathId('schedule', request.params.id) })
  if (detail.queue.workspaceId !== workspaceId) throw notFound('Schedule', request.params.id)
  return detail
}

type Queue = Awaited<ReturnType<typeof createQueue>>

const presentQueue = (queue: Queue) => ({
  id: outId('schedule', queue.id),
  name: queue.name,
  description: queue.description,
  timezone: queue.timezone,
  is_active: queue.isActive,
})

const presentSlot = ({ weekday, time, targets }: Queue['slots'][number]) => ({
  day: weekdays[weekday - 1] as Weekday,
  time,
  platforms: targets.map((target) => (inId('account', target) ? outId('account', target) : target)),
})

const readSlot = ({ day, time, platforms }: Static<typeof GivenSlots>[number]) => ({
  weekday: weekdays.indexOf(day) + 1,
  time,
  targets: [...new Set(platforms.map((platform) => inId('account', platform) ?? platform))],
})
