import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { requireVerb } from '../../domain/post-verbs.ts'
import { invalidAt, notFound, Refusal } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { deleteMedia } from '../../operations/delete-media.ts'
import { readMedia } from '../../operations/list-media.ts'
import { updatePost } from '../../operations/update-post.ts'
import { uploadMedia } from '../../operations/upload-media.ts'
import { workspaceOf } from './authenticate.ts'
import { errors, Message, Success, success } from './envelope.ts'
import { idParams, pathId } from './ids.ts'
import { postOf } from './own-post.ts'
import { presentUploaded, UploadedMedia } from './present-media.ts'

const tags = ['Media']
const kinds = ['image', 'video', 'document']

const Upload = Type.Object({
  type: Type.Optional(Type.Enum(['image', 'video', 'document'])),
  alt_text: Type.Optional(Type.String({ description: 'For people who cannot see it' })),
  file: Type.String({
    contentMediaType: 'application/octet-stream',
    description: 'The file; the last field',
  }),
})

export const mediaRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    // The file's own limit is the operation's; these bound what stands around it.
    await app.register(multipart, {
      limits: { files: 1, fields: 10, fieldSize: 10_000, parts: 12, fileSize: ctx.settings.mediaBytesMax },
    })

    app.post(
      '/posts/:id/media',
      {
        config: { scope: 'posts.write', takes: { mediaType: 'multipart/form-data', schema: Upload } },
        schema: {
          summary: 'Add a file to a post',
          description:
            'multipart/form-data: `file`, and before or after it `type` (image, video, document) and `alt_text`.',
          tags,
          params: idParams,
          response: { 201: Success(Type.Object({ media: UploadedMedia })), ...errors(400, 404, 409, 422) },
        },
      },
      async (request, reply) => {
        const post = await postOf(ctx, request)
        requireVerb('edit', post, 'oui-post')
        const { file, fields, readRest } = await formOf(request)
        const media = await uploadMedia(ctx, request.actor, {
          brandId: post.brandId,
          filename: file.filename,
          mimeType: file.mimetype,
          altText: async () => {
            await readRest()
            return fields.alt_text ?? null
          },
          bytes: file.file,
        })
        if (fields.type !== undefined && fields.type !== media.kind) {
          await deleteMedia(ctx, request.actor, { mediaId: media.id })
          throw invalidAt(
            'type',
            `The file is of type ${media.kind}, not ${fields.type.slice(0, 30)}.`,
            'media_kind',
          )
        }
        try {
          await updatePost(ctx, request.actor, {
            postId: post.id,
            anyBrand: true,
            changes: { mediaIds: [...post.mediaIds, media.id] },
          })
        } catch (error) {
          // A file that its post cannot take is nobody's.
          if (error instanceof Refusal) await deleteMedia(ctx, request.actor, { mediaId: media.id })
          throw error
        }
        reply.code(201)
        return success({ media: presentUploaded(ctx, media) })
      },
    )

    app.delete(
      '/media/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Delete a file; refused while a post that is scheduled or out shows it',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404, 409) },
        },
      },
      async (request) => {
        const workspaceId = workspaceOf(request)
        const media = await readMedia(ctx, request.actor, { mediaId: pathId('media', request.params.id) })
        if (media.workspaceId !== workspaceId) throw notFound('Media', request.params.id)
        await deleteMedia(ctx, request.actor, { mediaId: media.id })
        return success({ message: 'Media deleted successfully' })
      },
    )
  }

/** The file of a multipart request; the fields that came before it, and, once `readRest` is done, those behind it. */
async function formOf(request: FastifyRequest) {
  if (!request.isMultipart())
    throw invalidAt('file', 'Send the file as multipart/form-data, in the field `file`.', 'multipart')
  const parts = request.parts()
  const fields: { type?: string; alt_text?: string } = {}
  async function nextFile() {
    while (true) {
      const { value: part } = await parts.next()
      if (!part || part.type === 'file') return part ?? null
      if (part.fieldname === 'type') fields.type = kindIn(String(part.value))
      if (part.fieldname === 'alt_text') fields.alt_text = String(part.value)
    }
  }
  const file = await nextFile()
  if (file?.fieldname !== 'file') throw invalidAt('file', 'The field `file` is missing.', 'file_missing')
  return { file, fields, readRest: nextFile }
}

function kindIn(type: string): string {
  if (!kinds.includes(type)) throw invalidAt('type', `Known types: ${kinds.join(', ')}.`, 'media_kind')
  return type
}
