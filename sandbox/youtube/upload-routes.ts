import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { type Callers, scopes } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, bad, error, refuse } from './errors.ts'
import { partsOf, snippetFrom, statusFrom } from './metadata.ts'
import { relatedParts } from './multipart-related.ts'
import { newVideoId, type Session, tables, type Video } from './state.ts'

/** The resumable protocol wants every chunk but the last to be a multiple of this. */
const chunkUnit = 256 * 1024
const bytesMax = 274_877_906_944

type Query = Record<string, string | undefined>

/** videos.insert: resumable sessions, and metadata with bytes in one request (`uploadType=multipart`). */
export function uploadRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { sessions, videos } = tables(world)
  const path = '/upload/youtube/v3/videos'

  app.post(path, { config: { simulated: { operation: 'videos.insert' } } }, async (request, reply) => {
    const query = request.query as Query
    partsOf(query, ['snippet', 'status', 'id', 'processingDetails', 'statistics', 'contentDetails'])
    if (query.uploadType === 'resumable') return beginSession(request, reply)
    if (query.uploadType === 'multipart') return insertAtOnce(request)
    throw bad('mediaBodyRequired', 'The request does not include the video content.', 'youtube.video')
  })

  function beginSession(request: FastifyRequest, reply: FastifyReply) {
    const owner = callers.uploader(request)
    const bytes = Number(request.headers['x-upload-content-length'] ?? Number.NaN)
    const mimeType = String(request.headers['x-upload-content-type'] ?? 'application/octet-stream')
    if (!(bytes > 0 && bytes <= bytesMax))
      throw bad('badRequest', 'X-Upload-Content-Length is wrong', 'global')
    checkType(mimeType)
    const { snippet, status } = request.body as { snippet?: unknown; status?: unknown }
    const id = world.randomHex(24)
    sessions.put(id, {
      id,
      owner,
      snippet: snippetFrom(snippet),
      status: statusFrom(status),
      bytes,
      mimeType,
      chunkIds: [],
      received: 0,
      videoId: null,
    })
    return reply
      .header('location', `${world.ownUrl(request, path)}?uploadType=resumable&upload_id=${id}`)
      .header('x-guploader-uploadid', id)
      .code(200)
      .send('')
  }

  app.put(path, { config: { simulated: { operation: 'videos.insert.chunk' } } }, async (request, reply) => {
    const session = sessions.get((request.query as Query).upload_id ?? '')
    if (!session) throw refuse(answers.notFound)
    callers.signedIn(request, scopes.upload)
    const finished = session.videoId && videos.get(session.videoId)
    if (finished) return reply.code(201).send(entities.video(finished, ['snippet', 'status']))
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(String(request.headers['content-range'] ?? ''))
    if (!range || Number(range[3]) !== session.bytes)
      throw bad('badRequest', 'Failed to parse Content-Range header.', 'global')
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    if (range[1] === undefined) return goOn(reply, session)
    const [from, to] = [Number(range[1]), Number(range[2])]
    if (to - from + 1 !== body.length)
      throw bad('badRequest', 'The body is not what Content-Range says', 'global')
    // Bytes from elsewhere are not taken; the answer tells where to go on.
    if (from !== session.received) return goOn(reply, session)
    const isLast = to + 1 === session.bytes
    if (!isLast && body.length % chunkUnit !== 0)
      throw bad('badRequest', `A chunk must be a multiple of ${chunkUnit} bytes`, 'global')
    return takeChunk(reply, session, body, isLast)
  })

  /** 308 and how much has arrived; nothing at all without a Range. */
  function goOn(reply: FastifyReply, { received }: Session) {
    if (received > 0) reply.header('range', `bytes=0-${received - 1}`)
    return reply.code(308).send('')
  }

  async function takeChunk(reply: FastifyReply, session: Session, body: Buffer, isLast: boolean) {
    const chunk = await world.media.keep(body, { mimeType: 'application/octet-stream' })
    const grownSession = sessions.put(session.id, {
      ...session,
      chunkIds: [...session.chunkIds, chunk.id],
      received: session.received + body.length,
    })
    if (!isLast) return goOn(reply, grownSession)
    const chunks = await Promise.all(grownSession.chunkIds.map((id) => world.media.read(id)))
    const whole = Buffer.concat(chunks.map((one) => one ?? Buffer.alloc(0)))
    const { owner, snippet, status, mimeType } = session
    const video = await makeVideo({ owner, snippet, status }, whole, mimeType)
    sessions.put(session.id, { ...grownSession, videoId: video.id })
    return reply.code(201).send(entities.video(video, ['snippet', 'status']))
  }

  async function insertAtOnce(request: FastifyRequest) {
    const owner = callers.uploader(request)
    const parts = relatedParts(String(request.headers['content-type'] ?? ''), request.body)
    const [metadata, media] = parts
    if (!metadata || !media)
      throw bad('mediaBodyRequired', 'The request does not include the video content.', 'youtube.video')
    checkType(media.type)
    const { snippet, status } = JSON.parse(metadata.bytes.toString('utf8')) as Record<string, unknown>
    const made = { owner, snippet: snippetFrom(snippet), status: statusFrom(status) }
    return entities.video(await makeVideo(made, media.bytes, media.type), ['snippet', 'status'])
  }

  function checkType(mimeType: string) {
    if (!/^video\/|^application\/octet-stream$/.test(mimeType))
      throw refuse(
        error(
          415,
          'badContent',
          `Media type '${mimeType}' is not supported. Valid media types: [video/*, application/octet-stream]`,
          'global',
        ),
      )
  }

  async function makeVideo(
    made: { owner: Person } & Pick<Video, 'snippet' | 'status'>,
    bytes: Buffer,
    mimeType: string,
  ): Promise<Video> {
    const file = await world.media.keep(bytes, { mimeType })
    const id = newVideoId(world)
    const now = world.now()
    return videos.put(id, {
      id,
      ...made,
      fileId: file.id,
      sha256: file.sha256,
      uploadedAt: now.toISOString(),
      readyAt: new Date(now.getTime() + world.processingMs()).toISOString(),
      trouble: troubleWith(made.owner, bytes, file.sha256),
      publishedAt: now.toISOString(),
    })
  }

  /** The very same file again is taken, and rejected once it is processed; one that begins with `unprocessable` fails. */
  function troubleWith(owner: Person, bytes: Buffer, sha256: string): Video['trouble'] {
    if (bytes.subarray(0, 13).toString('latin1') === 'unprocessable')
      return { uploadStatus: 'failed', reason: 'invalidFile' }
    const isDuplicate = videos.all().some((one) => one.owner.id === owner.id && one.sha256 === sha256)
    return isDuplicate ? { uploadStatus: 'rejected', reason: 'duplicate' } : null
  }

  app.post(
    '/youtube/v3/videos',
    { config: { simulated: { operation: 'videos.insert' } } },
    (_request, reply) =>
      send(
        reply,
        error(400, 'mediaBodyRequired', 'The request does not include the video content.', 'youtube.video'),
      ),
  )
}
