import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Post } from '../../domain/post.ts'
import { invalid, invalidAt, notFound } from '../../domain/refusal.ts'
import { contentTenant } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { createPost } from '../../operations/create-post.ts'
import { createPosts } from '../../operations/create-posts.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { deletePost } from '../../operations/delete-post.ts'
import { listPostApprovals } from '../../operations/list-approvals.ts'
import { listPlannedPosts, readPlanning } from '../../operations/list-planned-posts.ts'
import { movePost } from '../../operations/move-post.ts'
import { postLog } from '../../operations/post-log.ts'
import { readPost } from '../../operations/read-post.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'
import { schedulePost } from '../../operations/schedule-post.ts'
import { updatePost } from '../../operations/update-post.ts'
import { Log, presentLogs, presentSlot, Slot, SlotStatus, statusesBehind } from './present-slot.ts'
import { errors, Id, Instant, ListOf, NoContent, Nullable } from './schemas.ts'
import { captionsOf, LocalTime, NewSlot, newPost, SlotChange, timeAt } from './slot-body.ts'

const tags = ['Content Slots']
const read = { permission: 'content:slots.read' } as const
const write = { permission: 'content:slots.write' } as const
export const slotParams = Type.Object({ slotId: Id })

const ReviewNote = Nullable(Type.String({ description: 'What the last reviewer wrote' }))

/** DR11. */
const bulkMax = 50
/** A calendar shows weeks or months. */
const rangeDaysMax = 366

export const slotRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/slots',
      {
        config: read,
        schema: {
          summary: 'List slots',
          description: `Those whose time lies in the range, soonest first; a range has at most ${rangeDaysMax} days.`,
          tags,
          querystring: Type.Object({
            from: Instant,
            to: Instant,
            status: Type.Optional(SlotStatus),
            campaignId: Type.Optional(Id),
            connectionId: Type.Optional(Id),
            labelId: Type.Optional(Id),
          }),
          response: { 200: ListOf(Slot), ...errors(422) },
        },
      },
      async (request) => {
        const { from, to, status, campaignId, connectionId, labelId } = request.query
        const workspaceId = await contentTenant(ctx, request.actor)
        const posts = await listPlannedPosts(ctx, request.actor, {
          workspaceId,
          ...rangeOf(from, to),
          statuses: status && statusesBehind(status),
          campaignId,
          labelId,
          accountId: connectionId,
        })
        const slots = await presentAll(workspaceId, posts)
        return { data: status ? slots.filter((slot) => slot.status === status) : slots }
      },
    )

    app.post(
      '/slots',
      {
        config: write,
        schema: {
          summary: 'Create a slot',
          description: 'It is a draft: submit it for review, and approval schedules it.',
          tags,
          body: NewSlot,
          response: { 201: Slot, ...errors(404, 422) },
        },
      },
      async (request, reply) => {
        const workspaceId = await contentTenant(ctx, request.actor)
        const { timezone } = await readWorkspace(ctx, request.actor, workspaceId)
        const brandId = await defaultBrandId(ctx, request.actor, workspaceId)
        const input = newPost(request.body, timezone, '')
        const post = await createPost(ctx, request.actor, { ...input, brandId })
        return reply.code(201).send(await presentOne(workspaceId, post))
      },
    )

    app.post(
      '/slots/bulk',
      {
        config: write,
        schema: {
          summary: 'Create many slots',
          description: `At most ${bulkMax}, all or none. \`campaignId\` is for those that name none themselves.`,
          tags,
          body: Type.Object({
            slots: Type.Array(NewSlot, { minItems: 1 }),
            campaignId: Type.Optional(Nullable(Id)),
          }),
          response: { 201: Type.Array(Slot), ...errors(404, 422) },
        },
      },
      async (request, reply) => {
        const { slots, campaignId } = request.body
        if (slots.length > bulkMax)
          throw invalidAt('slots', `${slots.length} slots; ${bulkMax} can be made at once.`, 'bulk_limit')
        const workspaceId = await contentTenant(ctx, request.actor)
        const { timezone } = await readWorkspace(ctx, request.actor, workspaceId)
        const brandId = await defaultBrandId(ctx, request.actor, workspaceId)
        const posts = slots.map((slot, index) =>
          newPost({ campaignId, ...slot }, timezone, `slots.${index}.`),
        )
        const made = await createPosts(ctx, request.actor, { brandId, posts })
        return reply.code(201).send(await presentAll(workspaceId, made))
      },
    )

    app.get(
      '/slots/:slotId',
      {
        config: read,
        schema: {
          summary: 'Get a slot with its publish logs',
          tags,
          params: slotParams,
          response: {
            200: Type.Object({ ...Slot.properties, reviewNote: ReviewNote, logs: Type.Array(Log) }),
            ...errors(404),
          },
        },
      },
      async (request) => {
        const post = await ownSlot(ctx, request, request.params.slotId)
        const [round] = await listPostApprovals(ctx, request.actor, { postId: post.id })
        return {
          ...(await presentOne(post.workspaceId, post)),
          reviewNote: round?.reason ?? null,
          logs: await logsOf(request, post),
        }
      },
    )

    app.patch(
      '/slots/:slotId',
      {
        config: write,
        schema: {
          summary: 'Update a slot',
          description:
            'Only while it is a draft or in review. `targets`, `mediaIds` and `labelIds` replace what was.',
          tags,
          params: slotParams,
          body: SlotChange,
          response: { 200: Slot, ...errors(404, 409, 422) },
        },
      },
      async (request) => {
        const before = await ownSlot(ctx, request, request.params.slotId)
        const { timezone } = await readWorkspace(ctx, request.actor, before.workspaceId)
        const { body } = request
        const zone = body.timezone ?? before.timezone ?? timezone
        const post = await updatePost(ctx, request.actor, {
          postId: before.id,
          anyBrand: true,
          strict: true,
          changes: {
            text: body.caption,
            contentType: body.contentType,
            mediaIds: body.mediaIds,
            timezone: body.timezone,
            campaignId: body.campaignId,
            labelIds: body.labelIds,
            targetAccountIds: body.targets?.map(({ connectionId }) => connectionId),
            overrides: body.targets && captionsOf(body.targets),
            dueAt: body.scheduledAt === undefined ? undefined : timeAt(body.scheduledAt, zone, ''),
          },
        })
        return presentOne(before.workspaceId, post)
      },
    )

    app.delete(
      '/slots/:slotId',
      {
        config: write,
        schema: {
          summary: 'Delete a slot',
          description: 'Only while it is a draft or scheduled.',
          tags,
          params: slotParams,
          response: { 204: NoContent, ...errors(404, 409) },
        },
      },
      async (request, reply) => {
        const { id } = await ownSlot(ctx, request, request.params.slotId)
        await deletePost(ctx, request.actor, { postId: id })
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/slots/:slotId/reschedule',
      {
        config: write,
        schema: {
          summary: 'Reschedule a slot',
          description:
            'Changes the time and nothing else: its status and an approval stay. Only a slot that was approved without a time is scheduled by it.',
          tags,
          params: slotParams,
          body: Type.Object({ scheduledAt: LocalTime }),
          response: { 200: Slot, ...errors(404, 409, 422) },
        },
      },
      async (request) => {
        const before = await ownSlot(ctx, request, request.params.slotId)
        const { timezone } = await readWorkspace(ctx, request.actor, before.workspaceId)
        const dueAt = timeAt(request.body.scheduledAt, before.timezone ?? timezone, '')
        const move = isApprovedDraft(before) ? schedulePost : movePost
        const post = await move(ctx, request.actor, { postId: before.id, dueAt })
        return presentOne(before.workspaceId, post)
      },
    )

    app.get(
      '/slots/:slotId/logs',
      {
        config: read,
        schema: {
          summary: 'List the publish logs of a slot',
          tags: ['Publish Logs'],
          params: slotParams,
          response: { 200: ListOf(Log), ...errors(404) },
        },
      },
      async (request) => ({
        data: await logsOf(request, await ownSlot(ctx, request, request.params.slotId)),
      }),
    )

    async function presentAll(workspaceId: string, posts: Post[]) {
      const planning = await readPlanning(ctx, workspaceId, posts)
      return posts.map((post) => presentSlot(post, planning))
    }

    async function presentOne(workspaceId: string, post: Post) {
      return presentSlot(post, await readPlanning(ctx, workspaceId, [post]))
    }

    async function logsOf(request: FastifyRequest, post: Post) {
      const { items } = await postLog(ctx, request.actor, { postId: post.id, limit: logEntriesMax })
      return presentLogs(items, post)
    }
  }

/** Approved by the native API without a time; approved leads to scheduled (DR7). */
const isApprovedDraft = ({ status, approval }: Post) => status === 'draft' && approval === 'approved'

/** The document has no paging here; a slot with more tries than this has its story in the audit log. */
const logEntriesMax = 1000

/** One of the tenant: a person may be a member elsewhere, too, but this API is about one. */
export async function ownSlot(ctx: Context, request: FastifyRequest, id: string): Promise<Post> {
  const workspaceId = await contentTenant(ctx, request.actor)
  const post = await readPost(ctx, request.actor, { postId: id })
  if (post.workspaceId !== workspaceId) throw notFound('Post', id)
  return post
}

function rangeOf(from: string, to: string): { dueFrom: Date; dueTo: Date } {
  const range = { dueFrom: new Date(from), dueTo: new Date(to) }
  const days = (range.dueTo.getTime() - range.dueFrom.getTime()) / 86_400_000
  if (days < 0) throw invalid([{ path: 'from', rule: 'range', message: '`from` lies after `to`.' }])
  if (days > rangeDaysMax)
    throw invalid([
      {
        path: 'to',
        rule: 'range',
        message: `The range has more than ${rangeDaysMax} days.`,
        limit: rangeDaysMax,
      },
    ])
  return range
}
