import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isMultipart } from '../bodies.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, refuse, unprocessable, validationFailed } from './errors.ts'
import { mediaLimits } from './instance-routes.ts'
import { fieldsOf } from './oauth-routes.ts'
import { type Attachment, tables } from './state.ts'
import { graphemes } from './text.ts'

/**
 * Uploads. Images are there at once; videos and sound are processed for as long as the sandbox says. A file whose name
 * begins with `unprocessable` cannot be.
 */
export function mediaRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { attachments } = tables(world)

  const upload = (isAsync: boolean) => async (request: FastifyRequest, reply: FastifyReply) => {
    const { person } = callers.person(request, reply, ['write:media'], 'uploads')
    const file = isMultipart(request.body)
      ? request.body.files.find(({ field }) => field === 'file')
      : undefined
    if (!file || file.bytes.length === 0) throw validationFailed("File can't be blank")
    const fields = fieldsOf(request)
    const kept = await world.media.keep(file.bytes, file)
    const type = typeOf(kept.mimeType)
    if (!type) throw validationFailed('File content type is invalid, File is invalid')
    checkSize(kept, type)
    const description = typeof fields.description === 'string' ? fields.description : null
    if (description && graphemes(description) > mediaLimits.descriptionMax)
      throw validationFailed(`Description is too long (maximum is ${mediaLimits.descriptionMax} characters)`)
    const isSlow = isAsync && (type === 'video' || type === 'audio')
    const now = world.now().getTime()
    const id = String(world.nextNumber('media', 1_000_000))
    const made = attachments.put(id, {
      id,
      owner: person.id,
      fileId: kept.id,
      type,
      description,
      focus: focusOf(fields.focus),
      readyAt: new Date(isSlow ? now + world.processingMs() : now).toISOString(),
      broken: file.filename.startsWith('unprocessable'),
      statusId: null,
    })
    return reply.code(isSlow ? 202 : 200).send(entities.attachment(made))
  }
  app.post('/api/v2/media', { config: { simulated: { operation: 'media.create' } } }, upload(true))
  app.post('/api/v1/media', { config: { simulated: { operation: 'media.create.v1' } } }, upload(false))

  app.get<{ Params: { id: string } }>(
    '/api/v1/media/:id',
    { config: { simulated: { operation: 'media.get' } } },
    (request, reply) => {
      const found = owned(request, reply)
      const isReady = found.readyAt <= world.now().toISOString()
      if (isReady && found.broken) throw unprocessable('Error processing thumbnail for uploaded media')
      return reply.code(isReady ? 200 : 206).send(entities.attachment(found))
    },
  )

  app.put<{ Params: { id: string } }>(
    '/api/v1/media/:id',
    { config: { simulated: { operation: 'media.update' } } },
    (request, reply) => {
      const found = owned(request, reply)
      const { description, focus } = fieldsOf(request)
      const changed = attachments.put(found.id, {
        ...found,
        description: typeof description === 'string' ? description : found.description,
        focus: focusOf(focus) ?? found.focus,
      })
      return reply.send(entities.attachment(changed))
    },
  )

  function owned(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply): Attachment {
    const { person } = callers.person(request, reply, ['write:media'])
    const found = attachments.get(request.params.id)
    if (!found || found.owner !== person.id || found.statusId !== null) throw refuse(answers.notFound)
    return found
  }
}

function typeOf(mimeType: string): Attachment['type'] | null {
  if (mimeType === 'image/gif') return 'gifv'
  if (mediaLimits.imageTypes.includes(mimeType)) return 'image'
  if (mediaLimits.videoTypes.includes(mimeType)) return 'video'
  return mediaLimits.audioTypes.includes(mimeType) ? 'audio' : null
}

function checkSize(
  file: { bytes: number; width: number | null; height: number | null },
  type: Attachment['type'],
) {
  const bytesMax = type === 'image' || type === 'gifv' ? mediaLimits.imageBytesMax : mediaLimits.videoBytesMax
  if (file.bytes > bytesMax)
    throw validationFailed(`File file size must be less than ${Math.round(bytesMax / 1_048_576)} MB`)
  if (file.width && file.height && file.width * file.height > mediaLimits.imagePixelsMax)
    throw unprocessable(`${file.width}x${file.height} images are not supported`)
}

function focusOf(given: unknown): Attachment['focus'] {
  if (typeof given !== 'string') return null
  const [x, y] = given.split(',').map(Number)
  const isPoint = [x, y].every((one) => one !== undefined && one >= -1 && one <= 1)
  return isPoint ? { x: x as number, y: y as number } : null
}
