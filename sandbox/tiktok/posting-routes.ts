import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { begin, isUploadOver, type Publish, publishesOf, publishOf, statusOf } from './publishes.ts'
import { fine, refuse } from './refusals.ts'

/** Titles in UTF-16 units (content-posting-api-reference-direct-post, -photo-post; a digest of September 2026). */
const videoTitleMax = 2200
const photoTitleMax = 90
const descriptionMax = 4000
const photosMax = 35
/** content-posting-api-media-transfer-guide */
const chunkBytesMin = 5_000_000
const chunkBytesMax = 64_000_000
const lastChunkBytesMax = 128_000_000

interface PostInfo {
  title?: string
  description?: string
  privacy_level?: string
}

interface Init {
  post_info?: PostInfo
  source_info?: {
    source?: string
    video_size?: number
    chunk_size?: number
    total_chunk_count?: number
    video_url?: string
    photo_images?: string[]
    photo_cover_index?: number
  }
  post_mode?: string
  media_type?: string
}

/** What an account may do, as `creator_info` tells it; `setCreator` changes it. */
export interface Creator {
  privacyLevels: string[]
  videoSecondsMax: number
}

export const creatorOf = (world: World): Creator =>
  world.table<Creator>('creator').get('all') ?? {
    privacyLevels: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    videoSecondsMax: 600,
  }

export function postingRoutes(
  app: FastifyInstance,
  world: World,
  personOf: (request: FastifyRequest, scope: string) => Person,
  count: (request: FastifyRequest) => void,
) {
  app.post('/v2/post/publish/creator_info/query/', as('creator_info'), (request) => {
    const person = personOf(request, 'video.publish')
    const creator = creatorOf(world)
    return fine({
      creator_avatar_url: world.publicUrl('/web/avatar.png'),
      creator_username: person.handle,
      creator_nickname: person.name,
      privacy_level_options: creator.privacyLevels,
      comment_disabled: false,
      duet_disabled: false,
      stitch_disabled: false,
      max_video_post_duration_sec: creator.videoSecondsMax,
    })
  })

  const initVideo = (toInbox: boolean) => (request: FastifyRequest) => {
    const person = personOf(request, toInbox ? 'video.upload' : 'video.publish')
    count(request)
    const body = request.body as Init
    const info = body.post_info ?? {}
    if (!toInbox) checkInfo(world, info)
    if ((info.title ?? '').length > videoTitleMax) throw invalid('title is too long')
    const publish = begin(world, {
      kind: 'video',
      toInbox,
      person,
      title: info.title ?? '',
      description: '',
      privacy: info.privacy_level ?? 'SELF_ONLY',
    })
    const upload = checkUpload(body.source_info)
    publishesOf(world).put(publish.id, { ...publish, ...upload })
    return fine({
      publish_id: publish.id,
      upload_url: world.ownUrl(request, `/upload/${encodeURIComponent(publish.id)}`),
    })
  }
  app.post('/v2/post/publish/video/init/', as('video.init'), initVideo(false))
  app.post('/v2/post/publish/inbox/video/init/', as('inbox.video.init'), initVideo(true))

  app.put('/upload/:publish', uploadConfig(world), async (request, reply) => {
    const publish = publishOf(world, param(request, 'publish'))
    if (isUploadOver(world, publish)) throw new Refused({ status: 403, body: 'Request has expired' })
    const status = await receive(world, publish, request)
    return reply
      .code(status)
      .headers({ 'content-range': `bytes 0-${publish.received}/${publish.size}` })
      .send('')
  })

  app.post(
    '/v2/post/publish/content/init/',
    {
      config: {
        simulated: {
          operation: 'content.init',
          text: (request) => {
            const { title = '', description = '' } = (request.body as Init).post_info ?? {}
            return `${title} ${description}`
          },
        },
      },
    },
    async (request) => initPhotos(world, personOf(request, 'video.publish'), request, count),
  )

  app.post('/v2/post/publish/status/fetch/', as('status.fetch'), (request, reply) => {
    personOf(request, 'video.publish')
    const publish = publishOf(world, String((request.body as { publish_id?: string }).publish_id))
    const status = statusOf(world, publish)
    const data = {
      status,
      ...(publish.failReason !== null && { fail_reason: publish.failReason }),
      uploaded_bytes: publish.received,
    }
    const isPublic = status === 'PUBLISH_COMPLETE' && publish.privacy === 'PUBLIC_TO_EVERYONE'
    // The ids are 64-bit numbers in JSON, which no JavaScript number can carry: written by hand.
    const ids = `"publicaly_available_post_id":[${isPublic ? publish.postId : ''}]`
    const text = JSON.stringify(fine(data)).replace('"uploaded_bytes"', `${ids},"uploaded_bytes"`)
    return reply.type('application/json').send(text)
  })
}

async function initPhotos(
  world: World,
  person: Person,
  request: FastifyRequest,
  count: (request: FastifyRequest) => void,
) {
  count(request)
  const {
    post_info: info = {},
    source_info: source = {},
    post_mode: mode,
    media_type: type,
  } = request.body as Init
  const toInbox = mode === 'MEDIA_UPLOAD'
  if (type !== 'PHOTO' || !['DIRECT_POST', 'MEDIA_UPLOAD'].includes(String(mode)))
    throw invalid('media_type must be PHOTO and post_mode DIRECT_POST or MEDIA_UPLOAD')
  if (!toInbox) checkInfo(world, info)
  if ((info.title ?? '').length > photoTitleMax) throw invalid('title is too long')
  if ((info.description ?? '').length > descriptionMax) throw invalid('description is too long')
  const images = source.photo_images ?? []
  if (source.source !== 'PULL_FROM_URL' || images.length === 0 || images.length > photosMax)
    throw invalid(`photo_images must have 1 to ${photosMax} addresses and source PULL_FROM_URL`)
  const publish = begin(world, {
    kind: 'photo',
    toInbox,
    person,
    title: info.title ?? '',
    description: info.description ?? '',
    privacy: info.privacy_level ?? 'SELF_ONLY',
  })
  const files: string[] = []
  let failReason: string | null = null
  for (const address of images) {
    const pulled = await world.pull(address)
    if (pulled.outcome === 'failed') failReason = 'photo_pull_failed'
    else if (!['image/jpeg', 'image/webp'].includes(pulled.mimeType)) failReason = 'file_format_check_failed'
    else files.push((await world.media.keep(pulled.bytes, { mimeType: pulled.mimeType })).id)
  }
  const readyAt = new Date(world.now().getTime() + world.processingMs()).toISOString()
  publishesOf(world).put(publish.id, { ...publish, files, failReason, readyAt })
  return fine({ publish_id: publish.id })
}

function checkInfo(world: World, { privacy_level: privacy }: PostInfo) {
  const { privacyLevels } = creatorOf(world)
  if (!privacy) throw invalid('privacy_level is required')
  if (privacyLevels.includes(privacy)) return
  if (privacyLevels.length === 1)
    throw refuse(
      403,
      'unaudited_client_can_only_post_to_private_accounts',
      'Please review our integration guidelines',
    )
  throw refuse(400, 'privacy_level_option_mismatch', 'privacy_level is none of the options of the creator')
}

function checkUpload(source: Init['source_info'] = {}): Pick<Publish, 'size' | 'chunkSize' | 'chunkCount'> {
  const { video_size: size = 0, chunk_size: chunkSize = 0, total_chunk_count: chunkCount = 0 } = source
  if (source.source !== 'FILE_UPLOAD') throw invalid('source must be FILE_UPLOAD')
  if (size <= 0 || chunkCount !== Math.max(1, Math.floor(size / chunkSize)))
    throw invalid('The total chunk count is invalid')
  const isWhole = chunkCount === 1 && chunkSize === size
  if (!isWhole && (chunkSize < chunkBytesMin || chunkSize > chunkBytesMax))
    throw invalid('The chunk size is invalid')
  return { size, chunkSize, chunkCount }
}

/** 206 while more is to come, 201 when all is there; chunks come in order. */
async function receive(world: World, publish: Publish, request: FastifyRequest): Promise<201 | 206> {
  const bytes = request.body as Buffer
  const [, from, to, total] =
    /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(request.headers['content-range'])) ?? []
  const isInOrder = Number(from) === publish.received && Number(total) === publish.size
  if (
    !isInOrder ||
    Number(to) - Number(from) + 1 !== bytes.byteLength ||
    bytes.byteLength > lastChunkBytesMax
  )
    throw new Refused({ status: 416, body: 'The range is not what is missing' })
  const { id } = await world.media.keep(bytes, { mimeType: 'video/mp4' })
  const chunkFiles = [...publish.chunkFiles, id]
  const received = publish.received + bytes.byteLength
  if (received < publish.size) {
    publishesOf(world).put(publish.id, { ...publish, received, chunkFiles })
    return 206
  }
  const parts = await Promise.all(chunkFiles.map((file) => world.media.read(file)))
  const whole = Buffer.concat(parts.filter((part) => part !== null))
  const file = await world.media.keep(whole, { mimeType: 'video/mp4' })
  const readyAt = new Date(world.now().getTime() + world.processingMs()).toISOString()
  publishesOf(world).put(publish.id, { ...publish, received, readyAt, chunkFiles: [], files: [file.id] })
  for (const chunk of chunkFiles) await world.media.drop(chunk)
  return 201
}

/** Only the chunk that completes the upload makes something visible. */
const uploadConfig = (world: World) => ({
  config: {
    simulated: {
      operation: 'upload',
      text: (request: FastifyRequest) => {
        const publish = publishesOf(world).get(param(request, 'publish'))
        const bytes = Buffer.isBuffer(request.body) ? request.body.byteLength : 0
        return publish && publish.received + bytes >= publish.size ? publish.title : undefined
      },
    },
  },
})

const invalid = (why: string) => refuse(400, 'invalid_params', why)
const as = (operation: string) => ({ config: { simulated: { operation } } })
const param = (request: FastifyRequest, name: string) =>
  (request.params as Record<string, string>)[name] ?? ''
