import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isMultipart } from '../bodies.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './callers.ts'
import { forbidden, invalid } from './refusals.ts'
import { newId, tables, type Upload, userId } from './state.ts'

const daySeconds = 86_400
const bytesMax: Record<string, number> = {
  tweet_image: 5_000_000,
  tweet_gif: 15_000_000,
  tweet_video: 512_000_000,
}
const typesTaken: Record<string, string[]> = {
  tweet_image: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
  tweet_gif: ['image/gif'],
  tweet_video: ['video/mp4', 'video/quicktime'],
}

/** Uploads: images at once, everything else in pieces that are put together and then worked on for a while. */
export function mediaRoutes(app: FastifyInstance, world: World, callers: Callers) {
  const { uploads } = tables(world)
  const named = (operation: string) => ({ config: { simulated: { operation } } })

  app.post('/2/media/upload', named('media.upload'), async (request, reply) => {
    const person = callers.person(request, reply, ['media.write'], 'uploads')
    const { media, fields, mimeType } = partsOf(request)
    const category = fields.media_category ?? ''
    if (!media) throw invalid('The media field is missing.')
    if (!typesTaken[category]) throw invalid(`media_category: [${category}] is not one of the allowed values`)
    checkSize(category, media.length)
    const file = await world.media.keep(media, { mimeType })
    if (!typesTaken[category].includes(file.mimeType)) throw invalid('The media type is not supported.')
    const id = newId(world)
    const upload = uploads.put(id, {
      id,
      owner: userId(person),
      mimeType: file.mimeType,
      category,
      fileId: file.id,
      totalBytes: media.length,
      segments: [],
      readyAt: null,
      altText: null,
    })
    return { data: { ...about(upload), size: media.length, expires_after_secs: daySeconds } }
  })

  app.post('/2/media/upload/initialize', named('media.initialize'), async (request, reply) => {
    const person = callers.person(request, reply, ['media.write'], 'uploads')
    const body = (request.body ?? {}) as {
      media_type?: string
      total_bytes?: number
      media_category?: string
    }
    const category = body.media_category ?? 'tweet_image'
    const mimeType = body.media_type ?? ''
    if (!typesTaken[category]?.includes(mimeType)) throw invalid(`media_type: [${mimeType}] is not supported`)
    const totalBytes = body.total_bytes ?? 0
    checkSize(category, totalBytes)
    const id = newId(world)
    const owner = userId(person)
    const started = { fileId: null, segments: [], readyAt: null, altText: null }
    uploads.put(id, { id, owner, mimeType, category, totalBytes, ...started })
    return { data: { id, media_key: `7_${id}`, expires_after_secs: daySeconds } }
  })

  app.post<{ Params: { id: string } }>(
    '/2/media/upload/:id/append',
    named('media.append'),
    async (request, reply) => {
      const upload = own(
        request,
        callers.person(request, reply, ['media.write'], 'uploads').id,
        request.params.id,
      )
      const { media, fields } = partsOf(request)
      const index = Number(fields.segment_index)
      if (!media || !Number.isInteger(index) || index < 0 || index > 999)
        throw invalid('segment_index is invalid')
      const file = await world.media.keep(media, { mimeType: 'application/octet-stream' })
      const others = upload.segments.filter((segment) => segment.index !== index)
      uploads.put(upload.id, { ...upload, segments: [...others, { index, fileId: file.id }] })
      return { data: { expires_at: Math.floor(world.now().getTime() / 1000) + daySeconds } }
    },
  )

  app.post<{ Params: { id: string } }>(
    '/2/media/upload/:id/finalize',
    named('media.finalize'),
    async (request, reply) => {
      const upload = own(
        request,
        callers.person(request, reply, ['media.write'], 'uploads').id,
        request.params.id,
      )
      const pieces: Buffer[] = []
      for (const { fileId } of upload.segments.toSorted((one, other) => one.index - other.index))
        pieces.push((await world.media.read(fileId)) ?? Buffer.alloc(0))
      const bytes = Buffer.concat(pieces)
      if (bytes.length !== upload.totalBytes)
        throw invalid(`The upload has ${bytes.length} bytes, not ${upload.totalBytes}.`)
      const file = await world.media.keep(bytes, { mimeType: upload.mimeType })
      const readyAt = new Date(world.now().getTime() + world.processingMs()).toISOString()
      const finished = uploads.put(upload.id, { ...upload, fileId: file.id, segments: [], readyAt })
      return { data: { ...about(finished), size: bytes.length, expires_after_secs: daySeconds } }
    },
  )

  app.get('/2/media/upload', named('media.status'), async (request, reply) => {
    const { media_id = '' } = request.query as { media_id?: string }
    const upload = own(request, callers.person(request, reply, ['media.write'], 'uploads').id, media_id)
    return { data: about(upload) }
  })

  app.post('/2/media/metadata', named('media.metadata'), async (request, reply) => {
    const person = callers.person(request, reply, ['media.write'], 'uploads')
    const { id = '', metadata } = (request.body ?? {}) as {
      id?: string
      metadata?: { alt_text?: { text?: string } }
    }
    const upload = own(request, person.id, id)
    const text = metadata?.alt_text?.text ?? ''
    if (text.length > 1000) throw invalid('alt_text is longer than 1000 characters')
    uploads.put(id, { ...upload, altText: text })
    return { data: { id, associated_metadata: { alt_text: { text } } } }
  })

  function own(_request: FastifyRequest, personId: string, id: string): Upload {
    const upload = uploads.get(id)
    if (!upload) throw invalid(`media_id: [${id}] was not found`)
    if (upload.owner !== userId({ id: personId, name: '', handle: '' }))
      throw forbidden('The media belongs to another user.')
    return upload
  }

  function about(upload: Upload) {
    const base = { id: upload.id, media_key: `${upload.category === 'tweet_image' ? 3 : 7}_${upload.id}` }
    if (upload.readyAt === null) return base
    const left = Date.parse(upload.readyAt) - world.now().getTime()
    return {
      ...base,
      processing_info:
        left > 0
          ? { state: 'in_progress', check_after_secs: Math.ceil(left / 1000), progress_percent: 50 }
          : { state: 'succeeded', progress_percent: 100 },
    }
  }
}

function checkSize(category: string, bytes: number) {
  const max = bytesMax[category] ?? 0
  if (bytes > max) throw invalid(`The media has ${bytes} bytes; at most ${max} are allowed for ${category}.`)
}

/** Multipart with the bytes, or JSON with them in base64. */
function partsOf(request: FastifyRequest) {
  const { body } = request
  if (isMultipart(body)) {
    const file = body.files.find(({ field }) => field === 'media')
    return { media: file?.bytes, mimeType: file?.mimeType ?? '', fields: body.fields }
  }
  const fields = (body ?? {}) as Record<string, string>
  return {
    media: fields.media === undefined ? undefined : Buffer.from(fields.media, 'base64'),
    mimeType: '',
    fields,
  }
}
