import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Post } from '../../domain/post.ts'
import { requireVerb } from '../../domain/post-verbs.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { createPost } from '../../operations/create-post.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { deletePost } from '../../operations/delete-post.ts'
import { updatePost } from '../../operations/update-post.ts'
import { workspaceOf } from './authenticate.ts'
import { errors, Instant, instant, Message, Nullable, Success, success } from './envelope.ts'
import { idParams, outId } from './ids.ts'
import { postOf } from './own-post.ts'
import { targetsOf } from './post-targets.ts'
import { platformsOf, Status, shownStatus } from './present-post.ts'

const tags = ['Posts']
const Platforms = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 100 })
const Hashtags = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 })
const Content = Type.String({ maxLength: 100_000 })

const fields = {
  title: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  link: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
  hashtags: Type.Optional(Hashtags),
  platform_content: Type.Optional(
    Type.Record(
      Type.String({ maxLength: 100 }),
      Type.Union([Content, Type.Object({ content: Content }, { additionalProperties: false })]),
      { description: 'By platform name or account id: the text there, instead of `content`' },
    ),
  ),
}

/** Posts written, changed and deleted. */
export const changingRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/posts',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Write a post',
          tags,
          body: Type.Object({ content: Content, platforms: Platforms, ...fields }),
          response: {
            201: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  content: Type.String(),
                  status: Status,
                  platforms: Type.Array(Type.String()),
                  link: Nullable(Type.String()),
                  hashtags: Type.Array(Type.String()),
                  created_at: Instant,
                }),
              }),
            ),
            ...errors(400, 422),
          },
        },
      },
      async (request, reply) => {
        const workspaceId = workspaceOf(request)
        const { content, platforms, platform_content, ...body } = request.body
        const targets = await targetsOf(ctx, request, {
          content,
          platforms,
          platform_content,
          hashtags: body.hashtags,
        })
        const post = await createPost(ctx, request.actor, {
          ...body,
          brandId: await defaultBrandId(ctx, request.actor, workspaceId),
          anyBrand: true,
          text: content,
          targets,
        })
        reply.code(201)
        return success({
          post: {
            id: outId('post', post.id),
            content: post.text,
            status: shownStatus(post.status),
            platforms: platformsOf(post),
            link: post.link,
            hashtags: post.hashtags,
            created_at: instant(post.createdAt),
          },
        })
      },
    )

    app.put(
      '/posts/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Change a draft or scheduled post',
          tags,
          params: idParams,
          body: Type.Object({
            content: Type.Optional(Content),
            platforms: Type.Optional(Platforms),
            ...fields,
          }),
          response: {
            200: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  content: Type.String(),
                  status: Status,
                  updated_at: Instant,
                }),
              }),
            ),
            ...errors(400, 404, 409, 422),
          },
        },
      },
      async (request) => {
        const before = await postOf(ctx, request)
        requireEditable(before)
        const { content, platforms, platform_content, ...body } = request.body
        const targets =
          platforms || platform_content
            ? await targetsOf(ctx, request, {
                content: content ?? before.text,
                platforms: platforms ?? before.deliveries.map(({ accountId }) => accountId),
                platform_content,
                hashtags: body.hashtags ?? before.hashtags,
              })
            : null
        const post = await updatePost(ctx, request.actor, {
          postId: before.id,
          anyBrand: true,
          changes: {
            ...body,
            ...(content !== undefined && { text: content }),
            ...(targets && {
              targetAccountIds: targets.map(({ accountId }) => accountId),
              overrides: Object.fromEntries(
                targets.flatMap(({ accountId, text }) => (text === null ? [] : [[accountId, { text }]])),
              ),
            }),
          },
        })
        return success({
          post: {
            id: outId('post', post.id),
            content: post.text,
            status: shownStatus(post.status),
            updated_at: instant(post.updatedAt),
          },
        })
      },
    )

    app.delete(
      '/posts/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Delete a post here; what is published stays on the platforms',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404, 409) },
        },
      },
      async (request) => {
        const { id: postId } = await postOf(ctx, request)
        await deletePost(ctx, request.actor, { postId })
        return success({ message: 'Post deleted successfully' })
      },
    )
  }

/** Only drafts and scheduled posts can be changed (CR7); this dialect has a code for that. */
function requireEditable(post: Post): void {
  try {
    requireVerb('edit', post, 'oui-post')
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal('wrong_state', error.message, { rule: 'post_not_editable' })
  }
}
