import { refuseGraph } from '../graph-api.ts'
import { addContainer } from '../graph-containers.ts'
import type { World } from '../simulator.ts'
import { type Content, containers } from './posts.ts'

const textMax = 500
const altTextMax = 1000
const childrenMin = 2
const childrenMax = 20
const linksMax = 5
const imageBytesMax = 8_000_000

/** `POST /me/threads`: takes the parameters, fetches the file, and keeps what will be published (docs/threads/posts). */
export async function makeContainer(
  world: World,
  owner: string,
  params: Record<string, string>,
): Promise<{ id: string }> {
  const content = contentOf(world, owner, params)
  const pulled = content.fileId === null && sourceOf(params) ? await pull(world, params) : null
  const { id } = addContainer<Content>(
    world,
    owner,
    { ...content, fileId: pulled?.fileId ?? null },
    { hasFiles: pulled !== null, error: pulled?.error ?? null },
  )
  return { id }
}

function contentOf(world: World, owner: string, params: Record<string, string>): Content {
  const mediaType = params.media_type as Content['mediaType']
  if (!['TEXT', 'IMAGE', 'VIDEO', 'CAROUSEL'].includes(mediaType))
    throw invalid(
      `Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL} - got "${params.media_type}".`,
    )
  const text = params.text ?? ''
  const isCarouselItem = params.is_carousel_item === 'true'
  if (lengthOf(text) > textMax) throw invalid('Param text must be at most 500 characters long.')
  if (mediaType === 'TEXT' && text === '' && !params.link_attachment)
    throw invalid('The parameter text is required.')
  if (lengthOf(params.alt_text ?? '') > altTextMax) throw invalid('Param alt_text is too long.')
  if (new Set(text.match(/https?:\/\/\S+/g) ?? []).size > linksMax)
    throw refuseGraph({
      code: 100,
      subcode: 4_279_049,
      message: 'Too many links',
      userMessage: 'A post can have at most 5 links.',
    })
  if (mediaType !== 'TEXT' && (params.poll_attachment || params.link_attachment))
    throw invalid('Polls and link attachments are only available for text posts.')
  if (mediaType === 'IMAGE' && !params.image_url) throw invalid('The parameter image_url is required.')
  if (mediaType === 'VIDEO' && !params.video_url) throw invalid('The parameter video_url is required.')
  return {
    mediaType,
    text,
    fileId: null,
    altText: params.alt_text ?? null,
    children: mediaType === 'CAROUSEL' ? childrenOf(world, owner, params.children ?? '') : [],
    isCarouselItem,
    replyTo: params.reply_to_id ?? null,
    quotes: params.quote_post_id ?? null,
    replyControl: params.reply_control ?? 'everyone',
    topicTag: params.topic_tag ?? null,
    link: params.link_attachment ?? null,
    poll: pollOf(params.poll_attachment),
  }
}

function childrenOf(world: World, owner: string, list: string): string[] {
  const ids = list.split(',').filter(Boolean)
  if (ids.length < childrenMin || ids.length > childrenMax)
    throw invalid(`Carousels need ${childrenMin} to ${childrenMax} children.`)
  for (const id of ids) {
    const child = containers(world).get(id)
    if (child?.owner !== owner || !child.content.isCarouselItem)
      throw invalid(`The child ${id} is not a carousel item of this account.`)
  }
  return ids
}

function pollOf(json: string | undefined): string[] {
  if (!json) return []
  try {
    const answers = Object.values(JSON.parse(json) as Record<string, string>)
    if (answers.length >= 2 && answers.length <= 4 && answers.every((answer) => answer.length <= 25))
      return answers
  } catch {
    throw invalid('poll_attachment is not JSON.')
  }
  throw invalid('A poll has two to four answers of at most 25 characters.')
}

const sourceOf = (params: Record<string, string>) => params.image_url ?? params.video_url

async function pull(
  world: World,
  params: Record<string, string>,
): Promise<{ fileId: string | null; error: string | null }> {
  const isVideo = params.video_url !== undefined
  const pulled = await world.pull(sourceOf(params) ?? '')
  if (pulled.outcome === 'failed')
    return { fileId: null, error: isVideo ? 'FAILED_DOWNLOADING_VIDEO' : 'FAILED_DOWNLOADING_IMAGE' }
  const file = await world.media.keep(pulled.bytes, { mimeType: pulled.mimeType })
  const types = isVideo ? ['video/mp4', 'video/quicktime'] : ['image/jpeg', 'image/png']
  if (!types.includes(file.mimeType))
    return { fileId: null, error: isVideo ? 'INVALID_VIDEO_FORMAT' : 'INVALID_IMAGE_FORMAT' }
  if (!isVideo && file.bytes > imageBytesMax) return { fileId: null, error: 'IMAGE_TOO_LARGE' }
  return { fileId: file.id, error: null }
}

/** Emoji count as their UTF-8 bytes (docs/threads/overview). */
const lengthOf = (text: string) =>
  Array.from(text).reduce(
    (sum, character) =>
      sum +
      (/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f]/u.test(character)
        ? Buffer.byteLength(character)
        : 1),
    0,
  )

const invalid = (message: string) =>
  refuseGraph({ code: 100, message: `(#100) ${message}`, type: 'THApiException' })
