import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Issue } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { type TargetVerdict, validatePost } from '../../operations/validate-post.ts'
import { fieldsIn, postFields, scheduledAt } from './post-body.ts'
import { errors, Id, Nullable } from './schemas.ts'

const IssueObject = Type.Object(
  {
    path: Type.String({ description: 'The field to mend, dotted' }),
    rule: Type.String({ description: 'Stable and machine-readable' }),
    message: Type.String(),
    remedy: Nullable(Type.String()),
    limit: Nullable(Type.Number({ description: 'In the unit that the message names' })),
    value: Nullable(Type.Number()),
  },
  { title: 'Issue' },
)

const Verdict = Type.Object(
  {
    publishable: Type.Boolean({ description: 'It could be scheduled or published as it is' }),
    savable: Type.Boolean({ description: 'It could be kept as a draft as it is' }),
    issues: Type.Array(IssueObject, { description: 'About the post as a whole' }),
    targets: Type.Array(
      Type.Object({
        accountId: Id,
        network: Type.String(),
        valid: Type.Boolean(),
        text: Type.String({ description: 'As it would be published there, with hashtags and link' }),
        textLength: Type.Number({ description: 'As the network counts' }),
        textMax: Type.Number(),
        textUnit: Type.String(),
        issues: Type.Array(IssueObject),
      }),
    ),
  },
  { title: 'PostVerdict' },
)

export const validatePostRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/posts/validate',
      {
        schema: {
          summary: 'Check a post without keeping it',
          description:
            'With the same checks as scheduling and publishing. What cannot be checked (an unknown account, a malformed field) is a 400.',
          tags: ['Posts'],
          body: Type.Object({ brandId: Id, ...postFields, scheduledAt }),
          response: { 200: Verdict, ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const { brandId } = request.body
        const dueAt = request.body.scheduledAt ? new Date(request.body.scheduledAt) : null
        const verdict = await validatePost(ctx, request.actor, { brandId, ...fieldsIn(request.body), dueAt })
        return {
          publishable: verdict.isPublishable,
          savable: verdict.isSavable,
          issues: verdict.issues.map(presentIssue),
          targets: verdict.targets.map(presentTarget),
        }
      },
    )
  }

const presentTarget = ({ accountId, network, draft, limits, textLength, issues }: TargetVerdict) => ({
  accountId,
  network,
  valid: issues.length === 0,
  text: draft.text,
  textLength,
  textMax: limits.text.max,
  textUnit: limits.text.unit,
  issues: issues.map(presentIssue),
})

const presentIssue = ({ path, rule, message, remedy, limit, value }: Issue) => ({
  path,
  rule,
  message,
  remedy: remedy ?? null,
  limit: limit ?? null,
  value: value ?? null,
})
