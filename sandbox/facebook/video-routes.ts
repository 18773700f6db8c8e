import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isMultipart } from '../bodies.ts'
import { graphParams, missing, personNumber, refuseGraph } from '../graph-api.ts'
import type { OAuth } from '../oauth.ts'
import type { World } from '../simulator.ts'
import { ownPage, tables, type Video, videoOf } from './pages.ts'

/** What Facebook asks for at a time; the real one asks for more. */
const pieceBytes = 1_000_000

/** Videos come in three phases: start, bytes, finish; only the last one publishes. */
export function videoRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  for (const [edge, form] of [
    ['video_reels', 'reel'],
    ['video_stories', 'story'],
  ] as const)
    app.post(`/:version/:page/${edge}`, publishing(`${edge}.post`), (request) => {
      const { id: pageId } = ownPage(world, oauth, request)
      const params = graphParams(request)
      if (params.upload_phase === 'start') {
        const video = addVideo(world, pageId, form, 0)
        return {
          video_id: video.id,
          upload_url: world.ownUrl(request, `/upload/video-upload/v25.0/${video.id}`),
        }
      }
      if (params.upload_phase !== 'finish') throw invalid('upload_phase must be start or finish')
      if (form === 'reel' && params.video_state !== 'PUBLISHED')
        throw invalid('video_state must be PUBLISHED here')
      finish(world, videoOf(world, params.video_id ?? '', pageId), params)
      return { success: true, post_id: params.video_id }
    })

  app.post('/upload/video-upload/:version/:id', as('rupload'), async (request) => {
    const token = /^OAuth\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const checked = oauth.check(token)
    const { id } = request.params as { id: string }
    const video = tables(world).videos.get(id)
    if (checked.outcome !== 'valid' || video?.pageId !== personNumber(world, checked.grant.person))
      throw missing(id)
    const bytes = request.body as Buffer
    if (Number(request.headers.file_size) !== bytes.byteLength || request.headers.offset !== '0')
      throw invalid('file_size differs from the bytes that came')
    const file = await world.media.keep(bytes, { mimeType: 'video/mp4' })
    tables(world).videos.put(id, { ...video, fileId: file.id, size: bytes.byteLength })
    return { success: true }
  })

  app.post('/video/:version/:page/videos', publishing('videos.post'), async (request) => {
    const { id: pageId } = ownPage(world, oauth, request)
    const params = graphParams(request)
    const { videos, pieces } = tables(world)
    if (params.upload_phase === 'start') {
      const size = Number(params.file_size)
      if (!(size > 0)) throw invalid('file_size is required')
      const video = addVideo(world, pageId, 'video', size)
      pieces.put(video.sessionId, '')
      return {
        video_id: video.id,
        upload_session_id: video.sessionId,
        start_offset: '0',
        end_offset: String(Math.min(size, pieceBytes)),
      }
    }
    const video = videos
      .all()
      .find((one) => one.sessionId === params.upload_session_id && one.pageId === pageId)
    if (!video) throw missing(params.upload_session_id ?? '')
    if (params.upload_phase === 'finish') {
      if (!video.fileId) throw invalid('The video was not uploaded completely')
      finish(world, video, params)
      return { success: true }
    }
    return await takePiece(world, video, request, params)
  })
}

async function takePiece(
  world: World,
  video: Video,
  request: FastifyRequest,
  params: Record<string, string>,
) {
  const { videos, pieces } = tables(world)
  const chunk = isMultipart(request.body) ? request.body.files[0]?.bytes : undefined
  const before = Buffer.from(pieces.get(video.sessionId) ?? '', 'base64')
  if (!chunk || Number(params.start_offset) !== before.byteLength)
    throw refuseGraph({
      code: 6001,
      subcode: 1_363_037,
      message: 'There was a problem with your upload session',
    })
  const bytes = Buffer.concat([before, chunk])
  const end = Math.min(video.size, bytes.byteLength + pieceBytes)
  if (bytes.byteLength < video.size) pieces.put(video.sessionId, bytes.toString('base64'))
  else {
    const file = await world.media.keep(bytes, { mimeType: 'video/mp4' })
    pieces.delete(video.sessionId)
    videos.put(video.id, { ...video, fileId: file.id })
  }
  return { start_offset: String(bytes.byteLength), end_offset: String(end) }
}

function addVideo(world: World, pageId: string, form: Video['form'], size: number): Video {
  const id = String(world.nextNumber('object', 17_900_000_000_001))
  return tables(world).videos.put(id, {
    id,
    pageId,
    form,
    sessionId: `session-${id}`,
    size,
    fileId: null,
    description: '',
    title: null,
    finishedAt: null,
    readyAt: 0,
    likes: 0,
  })
}

function finish(world: World, video: Video, params: Record<string, string>) {
  if (!video.fileId) throw invalid('The video was not uploaded')
  tables(world).videos.put(video.id, {
    ...video,
    description: params.description ?? '',
    title: params.title ?? null,
    finishedAt: video.finishedAt ?? world.now().toISOString(),
    readyAt: world.now().getTime() + world.processingMs(),
  })
}

const as = (operation: string) => ({ config: { simulated: { operation } } })

/** Only the finish makes something visible. */
const publishing = (operation: string) => ({
  config: {
    simulated: {
      operation,
      text: (request: FastifyRequest) => {
        const params = graphParams(request)
        return params.upload_phase === 'finish' ? (params.description ?? '') : undefined
      },
      account: (request: FastifyRequest) => (request.params as { page: string }).page,
    },
  },
})

const invalid = (message: string) => refuseGraph({ code: 100, message: `(#100) ${message}` })
