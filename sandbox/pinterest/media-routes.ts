import type { FastifyInstance } from 'fastify'
import { isMultipart } from '../bodies.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, invalid, refuse } from './errors.ts'
import { tables } from './state.ts'

/**
 * Videos: registered here, sent to a storage service with the signed form that registering gave, processed for as long as
 * the sandbox says. One whose file name begins with `unprocessable` fails.
 */
export function mediaRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { uploads } = tables(world)

  app.post('/media', { config: { simulated: { operation: 'media.create' } } }, (request, reply) => {
    const person = callers.person(request, reply, 'org_write', ['pins:read', 'pins:write'])
    if ((request.body as { media_type?: unknown }).media_type !== 'video')
      throw invalid("Invalid request: 'media_type' must be one of ['video']")
    const id = String(world.nextNumber('media', 5_212_123_920))
    const signature = world.randomHex(32)
    uploads.put(id, { id, owner: person.id, fileId: null, signature, readyAt: null, failed: false })
    return reply.code(201).send({
      media_id: id,
      media_type: 'video',
      upload_url: world.ownUrl(request, '/storage/'),
      upload_parameters: {
        'Content-Type': 'multipart/form-data',
        key: `uploads/video:${id}`,
        policy: Buffer.from(`{"key":"${id}"}`).toString('base64'),
        'x-amz-algorithm': 'AWS4-HMAC-SHA256',
        'x-amz-credential': 'SANDBOX/20260101/us-east-1/s3/aws4_request',
        'x-amz-date': '20260101T000000Z',
        'x-amz-security-token': 'sandbox',
        'x-amz-signature': signature,
      },
    })
  })

  app.post('/storage/', { config: { simulated: { operation: 'storage.put' } } }, async (request, reply) => {
    const denied = {
      status: 403,
      headers: { 'content-type': 'application/xml' },
      body: '<Error><Code>AccessDenied</Code></Error>',
    }
    if (!isMultipart(request.body)) throw refuse({ ...denied, status: 400 })
    const { fields, files } = request.body
    const upload = uploads.get(fields.key?.replace('uploads/video:', '') ?? '')
    // The form's own signature is the only credential; another one is refused as S3 does.
    if (!upload || upload.signature !== fields['x-amz-signature'] || request.headers.authorization)
      throw refuse(denied)
    const file = files.find(({ field }) => field === 'file')
    if (!file || file.bytes.length === 0) throw refuse({ ...denied, status: 400 })
    const kept = await world.media.keep(file.bytes, file)
    uploads.put(upload.id, {
      ...upload,
      fileId: kept.id,
      readyAt: new Date(world.now().getTime() + world.processingMs()).toISOString(),
      failed: file.filename.startsWith('unprocessable') || !kept.mimeType.startsWith('video/'),
    })
    return reply.code(204).send()
  })

  app.get<{ Params: { id: string } }>(
    '/media/:id',
    { config: { simulated: { operation: 'media.get' } } },
    (request, reply) => {
      const person = callers.person(request, reply, 'org_read', ['pins:read'])
      const upload = uploads.get(request.params.id)
      if (!upload || upload.owner !== person.id) throw refuse(answers.mediaNotFound)
      return entities.upload(upload)
    },
  )
}
