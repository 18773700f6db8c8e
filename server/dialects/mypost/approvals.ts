import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { ifMatchOf } from '../../http/etag.ts'
import { approvePost } from '../../operations/approve-post.ts'
import type { Context } from '../../operations/context.ts'
import { listApprovals, listPostApprovals } from '../../operations/list-approvals.ts'
import { rejectPost } from '../../operations/reject-post.ts'
import { submitPost } from '../../operations/submit-post.ts'
import { IfMatch } from './etag.ts'
import { shownInstant } from './present-post.ts'
import {
  errors,
  Id,
  Instant,
  idParams,
  ListOf,
  Nullable,
  OneOf,
  PageOf,
  pageQuery,
  presentPage,
  workspaceParams,
} from './schemas.ts'

const tags = ['Approvals']
const states = ['pending', 'approved', 'rejected', 'void'] as const
const Approval = Type.Object(
  {
    id: Id,
    postId: Id,
    status: Type.Enum(states, { description: '`void`: approved, and then the post was edited' }),
    submittedBy: Nullable(Id),
    submittedAt: Instant,
    decidedBy: Nullable(Id),
    decidedAt: Nullable(Instant),
    reason: Nullable(Type.String()),
  },
  { title: 'Approval' },
)

export const approvalRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/posts/:id/submit-for-approval',
      {
        schema: {
          summary: 'Submit a draft for approval',
          tags,
          params: idParams,
          headers: IfMatch,
          response: { 201: Approval, ...errors(400, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        const approval = await submitPost(ctx, request.actor, {
          postId: request.params.id,
          version: ifMatchOf(request),
        })
        reply.code(201)
        return presentApproval(approval)
      },
    )

    app.post(
      '/approvals/:id/approve',
      {
        schema: {
          summary: 'Approve a post as it is; with a time it becomes scheduled',
          tags,
          params: idParams,
          headers: IfMatch,
          response: { 200: Approval, ...errors(400, 403, 404, 412) },
        },
      },
      async (request) =>
        presentApproval(
          await approvePost(ctx, request.actor, {
            approvalId: request.params.id,
            version: ifMatchOf(request),
          }),
        ),
    )

    app.post(
      '/approvals/:id/reject',
      {
        schema: {
          summary: 'Send a post back to its author, with the reason',
          tags,
          params: idParams,
          body: Type.Object({ reason: Type.String({ maxLength: 2000 }) }),
          response: { 200: Approval, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentApproval(
          await rejectPost(ctx, request.actor, {
            approvalId: request.params.id,
            reason: request.body.reason,
          }),
        ),
    )

    app.get(
      '/posts/:id/approvals',
      {
        schema: {
          summary: 'The rounds of approval of a post, newest first',
          tags,
          params: idParams,
          response: { 200: ListOf(Approval), ...errors(404) },
        },
      },
      async (request) => {
        const approvals = await listPostApprovals(ctx, request.actor, { postId: request.params.id })
        return { data: approvals.map(presentApproval) }
      },
    )

    app.get(
      '/workspaces/:workspaceId/approvals',
      {
        schema: {
          summary: 'List approvals, longest waiting first',
          tags,
          params: workspaceParams,
          querystring: Type.Object({ ...pageQuery, status: Type.Optional(OneOf(...states)) }),
          response: { 200: PageOf(Approval), ...errors(400, 404) },
        },
      },
      async (request) => {
        const { status, ...page } = request.query
        const { workspaceId } = request.params
        return presentPage(
          await listApprovals(ctx, request.actor, { workspaceId, ...page, state: status }),
          presentApproval,
        )
      },
    )
  }

const presentApproval = (approval: Awaited<ReturnType<typeof submitPost>>): Static<typeof Approval> => ({
  id: approval.id,
  postId: approval.postId,
  status: approval.state,
  submittedBy: approval.submittedBy,
  submittedAt: approval.submittedAt.toISOString(),
  decidedBy: approval.decidedBy,
  decidedAt: shownInstant(approval.decidedAt),
  reason: approval.reason,
})
