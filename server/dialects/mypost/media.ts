import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { completeUpload } from '../../operations/complete-upload.ts'
import type { Context } from '../../operations/context.ts'
import { deleteMedia } from '../../operations/delete-media.ts'
import { initiateUpload } from '../../operations/initiate-upload.ts'
import { listMedia, readMedia } from '../../operations/list-media.ts'
import { addressesOf } from '../../operations/open-file.ts'
import { updateMedia } from '../../operations/update-media.ts'
import {
  brandParams,
  errors,
  Id,
  Instant,
  idParams,
  NoContent,
  Nullable,
  PageOf,
  pageQuery,
} from './schemas.ts'

const tags = ['Media']

const AltText = Nullable(
  Type.String({ maxLength: 5000, description: 'What the file shows, for those who cannot see it' }),
)
const Url = Type.String({ description: 'Signed; holds for a day at least' })
const Media = Type.Object(
  {
    id: Id,
    brandId: Id,
    filename: Type.String(),
    mimeType: Type.String(),
    kind: Type.Union([Type.Literal('image'), Type.Literal('video'), Type.Literal('document')]),
    size: Type.Integer({ description: 'Bytes' }),
    url: Nullable(Url),
    thumbnailUrl: Nullable(Url),
    width: Nullable(Type.Integer({ description: 'Pixels, upright' })),
    height: Nullable(Type.Integer()),
    durationMs: Nullable(Type.Integer()),
    altText: AltText,
    status: Type.Union([Type.Literal('pending'), Type.Literal('ready'), Type.Literal('failed')]),
    failure: Nullable(Type.String({ description: 'Why a file was refused' })),
    createdAt: Instant,
  },
  { title: 'Media' },
)
const Upload = Type.Object(
  {
    id: Id,
    uploadUrl: Type.String({
      description: 'Send the bytes there with PUT and these headers, without a bearer token',
    }),
    headers: Type.Record(Type.String(), Type.String()),
    expiresAt: Instant,
  },
  { title: 'Upload' },
)

export const mediaRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/brands/:brandId/media',
      {
        schema: {
          summary: 'Begin an upload: step 1 of 3',
          tags,
          params: brandParams,
          body: Type.Object({
            filename: Type.String({ minLength: 1, maxLength: 255, examples: ['launch.jpg'] }),
            mimeType: Type.String({ minLength: 1, maxLength: 150, examples: ['image/jpeg'] }),
            size: Type.Integer({ minimum: 1, description: 'Bytes; exactly as many must come' }),
            altText: Type.Optional(AltText),
          }),
          response: { 201: Upload, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const upload = await initiateUpload(ctx, request.actor, { ...request.params, ...request.body })
        reply.code(201)
        return {
          id: upload.mediaId,
          uploadUrl: upload.url,
          headers: upload.headers,
          expiresAt: upload.expiresAt.toISOString(),
        }
      },
    )

    app.post(
      '/media/:id/complete',
      {
        schema: {
          summary:
            'Finish an upload: step 3 of 3. The file is looked at and must be what it was announced as',
          tags,
          params: idParams,
          body: Nullable(Type.Object({ altText: Type.Optional(AltText) })),
          response: { 200: Media, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentMedia(
          ctx,
          await completeUpload(ctx, request.actor, {
            mediaId: request.params.id,
            altText: request.body?.altText,
          }),
        ),
    )

    app.get(
      '/brands/:brandId/media',
      {
        schema: {
          summary: "List a brand's files, newest first",
          tags,
          params: brandParams,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(Media), ...errors(400, 404) },
        },
      },
      async (request) => {
        const page = await listMedia(ctx, request.actor, { ...request.params, ...request.query })
        return {
          data: page.items.map((media) => presentMedia(ctx, media)),
          page: { nextCursor: page.nextCursor },
        }
      },
    )

    app.get(
      '/media/:id',
      {
        schema: {
          summary: 'Read a file, with fresh addresses',
          tags,
          params: idParams,
          response: { 200: Media, ...errors(400, 404) },
        },
      },
      async (request) =>
        presentMedia(ctx, await readMedia(ctx, request.actor, { mediaId: request.params.id })),
    )

    app.patch(
      '/media/:id',
      {
        schema: {
          summary: 'Change the alt text, everywhere the file is used; approved posts go back to draft',
          tags,
          params: idParams,
          body: Type.Object({ altText: AltText }),
          response: { 200: Media, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentMedia(
          ctx,
          await updateMedia(ctx, request.actor, {
            mediaId: request.params.id,
            altText: request.body.altText,
          }),
        ),
    )

    app.delete(
      '/media/:id',
      {
        schema: {
          summary: 'Delete a file; refused while a post that goes out or is out uses it',
          tags,
          params: idParams,
          response: { 204: NoContent, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        await deleteMedia(ctx, request.actor, { mediaId: request.params.id })
        return reply.code(204).send(null)
      },
    )
  }

type Row = Awaited<ReturnType<typeof readMedia>>

export function presentMedia(ctx: Context, media: Row): Static<typeof Media> {
  const addresses = addressesOf(ctx, media)
  return {
    id: media.id,
    brandId: media.brandId,
    filename: media.filename,
    mimeType: media.mimeType,
    kind: media.kind,
    size: media.bytes,
    url: addresses?.url ?? null,
    thumbnailUrl: addresses?.thumbnailUrl ?? null,
    width: media.width,
    height: media.height,
    durationMs: media.durationMs,
    altText: media.altText,
    status: media.state,
    failure: media.failure,
    createdAt: media.createdAt.toISOString(),
  }
}
