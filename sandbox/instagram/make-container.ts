import { refuseGraph } from '../graph-api.ts'
import { addContainer } from '../graph-containers.ts'
import type { KeptFile } from '../kept-media.ts'
import type { World } from '../simulator.ts'
import { type Content, containers, type MediaType } from './posts.ts'

const captionMax = 2200
const hashtagsMax = 30
const altTextMax = 1000
const imageBytesMax = 8 * 1024 * 1024
const childrenMax = 10
const ratio = { min: 0.8, max: 1.91 }

/** `POST /<account>/media`: takes the parameters, fetches the file, and keeps what will be published. */
export async function makeContainer(
  world: World,
  owner: string,
  params: Record<string, string>,
): Promise<{ id: string }> {
  const content = contentOf(world, owner, params)
  const source = params.video_url ?? params.image_url
  const pulled = source ? await pull(world, source, content, params.video_url !== undefined) : null
  const { id } = addContainer<Content>(
    world,
    owner,
    { ...content, fileId: pulled?.file.id ?? null },
    { hasFiles: source !== undefined, error: pulled?.error ?? null },
  )
  return { id }
}

function contentOf(world: World, owner: string, params: Record<string, string>): Content {
  const caption = params.caption ?? ''
  const isVideo = params.video_url !== undefined
  const mediaType = (params.media_type ?? (isVideo ? 'VIDEO' : 'IMAGE')) as MediaType
  const isCarouselItem = params.is_carousel_item === 'true'
  if (!['IMAGE', 'VIDEO', 'REELS', 'STORIES', 'CAROUSEL'].includes(mediaType))
    throw refuse(100, 2_207_023, 'Unknown media type')
  if (mediaType === 'VIDEO' && !isCarouselItem)
    throw refuse(100, 2_207_023, 'The VIDEO value for media_type is no longer supported. Use REELS.')
  if (isCarouselItem && caption !== '') throw invalid('Carousel items have no captions')
  if (mediaType !== 'CAROUSEL' && !isVideo && !params.image_url)
    throw invalid('The parameter image_url is required')
  if (mediaType === 'REELS' && !isVideo) throw invalid('The parameter video_url is required')
  if (params.alt_text !== undefined && (isVideo || mediaType === 'STORIES'))
    throw invalid('alt_text is for images in the feed only')
  if ((params.alt_text ?? '').length > altTextMax) throw invalid('alt_text is too long')
  if (caption.length > captionMax || (caption.match(/#\w+/g) ?? []).length > hashtagsMax)
    throw refuse(36_004, 2_207_010, 'The caption is too long')
  return {
    mediaType,
    // A story shows no caption; the parameter is ignored.
    caption: mediaType === 'STORIES' ? '' : caption,
    fileId: null,
    altText: params.alt_text ?? null,
    children: mediaType === 'CAROUSEL' ? childrenOf(world, owner, params.children ?? '') : [],
    isCarouselItem,
    collaborators: params.collaborators ? (JSON.parse(params.collaborators) as string[]) : [],
  }
}

function childrenOf(world: World, owner: string, list: string): string[] {
  const ids = list.split(',').filter(Boolean)
  if (ids.length < 2 || ids.length > childrenMax) throw refuse(100, 2_207_028, 'Carousels have 2 to 10 items')
  for (const id of ids) {
    const child = containers(world).get(id)
    if (child?.owner !== owner || !child.content.isCarouselItem)
      throw refuse(24, 2_207_006, `The carousel item ${id} cannot be found`)
  }
  return ids
}

/** A picture is looked at when the container is made; a video when it is processed. */
async function pull(
  world: World,
  url: string,
  content: Content,
  isVideo: boolean,
): Promise<{ file: KeptFile; error: string | null }> {
  const pulled = await world.pull(url)
  if (pulled.outcome === 'failed')
    throw refuse(9004, 2_207_052, 'The media could not be fetched from this URI', pulled.why)
  const file = await world.media.keep(pulled.bytes, { mimeType: pulled.mimeType })
  if (isVideo) {
    const isMovie = ['video/mp4', 'video/quicktime'].includes(file.mimeType)
    return { file, error: isMovie ? null : 'Error: Media upload has failed with error code 2207026' }
  }
  if (file.mimeType !== 'image/jpeg') throw refuse(36_001, 2_207_005, 'The image format is not supported')
  if (file.bytes > imageBytesMax) throw refuse(36_000, 2_207_004, 'The image is too large')
  const shape = (file.width ?? 1) / (file.height ?? 1)
  if (content.mediaType !== 'STORIES' && (shape < ratio.min - 0.01 || shape > ratio.max + 0.01))
    throw refuse(36_003, 2_207_009, 'The aspect ratio is not supported')
  return { file, error: null }
}

const refuse = (code: number, subcode: number, message: string, userMessage?: string) =>
  refuseGraph({ code, subcode, message, userMessage })

const invalid = (message: string) => refuseGraph({ code: 100, message: `(#100) ${message}` })
