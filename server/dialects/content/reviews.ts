import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { wrongState } from '../../domain/refusal.ts'
import { approvePost } from '../../operations/approve-post.ts'
import type { Context } from '../../operations/context.ts'
import { listPostApprovals } from '../../operations/list-approvals.ts'
import { readPlanning } from '../../operations/list-planned-posts.ts'
import { rejectPost } from '../../operations/reject-post.ts'
import { submitPost } from '../../operations/submit-post.ts'
import { presentSlot, Slot } from './present-slot.ts'
import { errors } from './schemas.ts'
import { ownSlot, slotParams } from './slots.ts'

const tags = ['Content Slots']
const approve = { permission: 'content:slots.approve' } as const
const Note = Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S' })

/** Review: draft -> pending_review -> approved -> scheduled, or back to draft with a note (DR7). */
export const reviewRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/slots/:slotId/submit-review',
      {
        config: { permission: 'content:slots.write' },
        schema: {
          summary: 'Submit a slot for review',
          tags,
          params: slotParams,
          response: { 200: Slot, ...errors(404, 409) },
        },
      },
      async (request) => {
        const { id } = await ownSlot(ctx, request, request.params.slotId)
        await submitPost(ctx, request.actor, { postId: id })
        return shown(request, id)
      },
    )

    app.post(
      '/slots/:slotId/approve',
      {
        config: approve,
        schema: {
          summary: 'Approve a slot',
          description:
            'It becomes scheduled. A time that has gone by is refused, and the slot stays in review.',
          tags,
          params: slotParams,
          // The document sends a note or nothing at all: no `type`, so that no body is fine, too.
          body: Type.Unsafe<{ note?: string | null } | undefined>({
            properties: { note: { type: ['string', 'null'], maxLength: 2000 } },
          }),
          response: { 200: Slot, ...errors(404, 409, 422) },
        },
      },
      async (request) => {
        const { id } = await ownSlot(ctx, request, request.params.slotId)
        const approvalId = await pendingApproval(request, id)
        await approvePost(ctx, request.actor, { approvalId, note: request.body?.note ?? null })
        return shown(request, id)
      },
    )

    app.post(
      '/slots/:slotId/reject',
      {
        config: approve,
        schema: {
          summary: 'Reject a slot',
          description: 'It goes back to draft; the note tells its author why.',
          tags,
          params: slotParams,
          body: Type.Object({ note: Note }),
          response: {
            200: Type.Object({ ...Slot.properties, reviewNote: Type.String() }),
            ...errors(404, 409, 422),
          },
        },
      },
      async (request) => {
        const { id } = await ownSlot(ctx, request, request.params.slotId)
        const approvalId = await pendingApproval(request, id)
        await rejectPost(ctx, request.actor, { approvalId, reason: request.body.note })
        return { ...(await shown(request, id)), reviewNote: request.body.note }
      },
    )

    async function shown(request: FastifyRequest, id: string) {
      const post = await ownSlot(ctx, request, id)
      return presentSlot(post, await readPlanning(ctx, post.workspaceId, [post]))
    }

    async function pendingApproval(request: FastifyRequest, postId: string): Promise<string> {
      const rounds = await listPostApprovals(ctx, request.actor, { postId })
      const pending = rounds.find(({ state }) => state === 'pending')
      if (!pending) throw wrongState('This slot is not in review.', 'not_in_review')
      return pending.id
    }
  }
