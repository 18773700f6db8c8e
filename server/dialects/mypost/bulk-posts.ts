import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { bulkPostsMax, createPosts } from '../../operations/create-posts.ts'
import { importPosts } from '../../operations/import-posts.ts'
import { fieldsIn, postFields, scheduledAt } from './post-body.ts'
import { PostObject, presentPost } from './present-post.ts'
import { brandParams, errors, Id, ListOf, Nullable } from './schemas.ts'

const tags = ['Posts']

/** A year of posts with long texts; more is many files. */
const csvBytesMax = 2_000_000

const ImportObject = Type.Object(
  {
    dryRun: Type.Boolean(),
    posts: Type.Integer({ description: 'Records in the file' }),
    postIds: Type.Array(Id, {
      description: 'Of the posts made, in the order of the file; empty for a dry run',
    }),
    errors: Type.Array(
      Type.Object({
        line: Type.Integer({ description: 'Counted from 1, the header included' }),
        column: Nullable(Type.String()),
        rule: Type.String(),
        message: Type.String(),
        remedy: Nullable(Type.String()),
      }),
    ),
  },
  { title: 'PostImport' },
)

export const bulkPostRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addContentTypeParser(
      'text/csv',
      { parseAs: 'string', bodyLimit: csvBytesMax },
      (_request, text, done) => done(null, text),
    )

    app.post(
      '/brands/:brandId/posts/bulk',
      {
        schema: {
          summary: 'Create many posts, all or none',
          description: 'Errors name each bad post: `posts.3.content`.',
          tags,
          params: brandParams,
          body: Type.Object({
            posts: Type.Array(Type.Object({ ...postFields, scheduledAt }), {
              description: `At most ${bulkPostsMax}`,
            }),
          }),
          response: { 201: ListOf(PostObject), ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const posts = await createPosts(ctx, request.actor, {
          brandId: request.params.brandId,
          posts: request.body.posts.map((body) => {
            const dueAt = body.scheduledAt ? new Date(body.scheduledAt) : null
            return { ...fieldsIn(body), dueAt, schedule: dueAt !== null }
          }),
        })
        reply.code(201)
        return { data: posts.map(presentPost) }
      },
    )

    app.post(
      '/brands/:brandId/posts/import',
      {
        schema: {
          summary: 'Import posts from CSV, all or none',
          description:
            'A header with some of content, accounts, scheduledAt, timezone, media, hashtags, link, title, campaign, labels, contentType, and content:<network> for another text on one network. With `dryRun=true` nothing is kept and every bad line is told.',
          tags,
          params: brandParams,
          consumes: ['text/csv'],
          querystring: Type.Object({ dryRun: Type.Boolean({ default: false }) }),
          body: Nullable(Type.String({ description: 'The file, UTF-8' })),
          response: { 200: ImportObject, 201: ImportObject, ...errors(400, 403, 404, 413, 415) },
        },
      },
      async (request, reply) => {
        const { dryRun } = request.query
        const result = await importPosts(ctx, request.actor, {
          brandId: request.params.brandId,
          csv: request.body ?? '',
          isDryRun: dryRun,
        })
        reply.code(dryRun ? 200 : 201)
        return {
          dryRun,
          posts: result.posts,
          postIds: result.postIds,
          errors: result.issues.map(({ line, path, rule, message, remedy }) => ({
            line,
            column: path || null,
            rule,
            message,
            remedy: remedy ?? null,
          })),
        }
      },
    )
  }
