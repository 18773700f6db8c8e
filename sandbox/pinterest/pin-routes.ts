import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { metricsAsked, ownBoard } from './board-routes.ts'
import type { Callers } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, invalid, refuse } from './errors.ts'
import { type Pin, tables } from './state.ts'

/** Official description 5.23.0; the size of an image is assumed. */
const most = { title: 100, description: 800, link: 2_048, alt_text: 500, imageBytes: 20_000_000 }

type Body = Record<string, unknown>

export function pinRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { pins, uploads } = tables(world)

  const create = {
    simulated: {
      operation: 'pins.create',
      text: (request: FastifyRequest) =>
        ['title', 'description'].map((name) => (request.body as Body)[name] ?? '').join(' '),
      account: (request: FastifyRequest) => callers.nameOf(request),
    },
  }
  app.post('/pins', { config: create }, async (request, reply) => {
    const scopes = ['boards:read', 'boards:write', 'pins:read', 'pins:write']
    const person = callers.person(request, reply, 'org_write', scopes)
    const body = request.body as Body
    const board = ownBoard(world, person, textIn(body, 'board_id') ?? '')
    const texts = {
      title: bounded(body, 'title'),
      description: bounded(body, 'description'),
      link: bounded(body, 'link'),
      altText: bounded(body, 'alt_text'),
    }
    if (texts.link !== null && !/^https?:\/\//.test(texts.link)) throw invalid('Invalid URL: link')
    const media = await mediaFrom(body.media_source, person)
    const id = String(world.nextNumber('pin', 813_744_226_420_795))
    const pin = pins.put(id, {
      id,
      author: person,
      boardId: board.id,
      boardSectionId: textIn(body, 'board_section_id') ?? null,
      ...texts,
      ...media,
      at: world.now().toISOString(),
    })
    return reply.code(201).send(entities.pin(pin))
  })

  async function mediaFrom(given: unknown, person: Person): Promise<Pick<Pin, 'mediaType' | 'fileIds'>> {
    if (given === null || typeof given !== 'object')
      throw invalid("Invalid request: 'media_source' is a required property")
    const source = given as Body
    switch (source.source_type) {
      case 'image_base64':
        return { mediaType: 'image', fileIds: [await imageFrom(source)] }
      case 'multiple_image_base64': {
        const items = Array.isArray(source.items) ? (source.items as Body[]) : []
        if (items.length < 2 || items.length > 5)
          throw invalid('Invalid request: a carousel has 2 to 5 images')
        const fileIds: string[] = []
        for (const item of items) fileIds.push(await imageFrom(item))
        return { mediaType: 'multiple_images', fileIds }
      }
      case 'video_id':
        return { mediaType: 'video', fileIds: [videoFrom(source, person)] }
      default:
        throw invalid(`Invalid request: ${String(source.source_type)} is not a source_type of the sandbox`)
    }
  }

  async function imageFrom({ content_type: contentType, data }: Body): Promise<string> {
    if (contentType !== 'image/jpeg' && contentType !== 'image/png')
      throw invalid("Invalid request: 'content_type' must be one of ['image/jpeg', 'image/png']")
    if (typeof data !== 'string' || !/^[a-zA-Z0-9+/=]+$/.test(data)) throw invalid('Invalid request: data')
    const bytes = Buffer.from(data, 'base64')
    if (bytes.length > most.imageBytes) throw invalid('Your image is too large.')
    const kept = await world.media.keep(bytes, { filename: 'image' })
    if (kept.mimeType !== contentType)
      throw invalid('Sorry! Your image could not be read. It may be of another type than it says.')
    return kept.id
  }

  function videoFrom(source: Body, person: Person): string {
    const upload = uploads.get(textIn(source, 'media_id') ?? '')
    if (!upload || upload.owner !== person.id) throw refuse(answers.mediaNotFound)
    if (entities.statusOf(upload) !== 'succeeded' || upload.fileId === null)
      throw invalid(`Media ${upload.id} is ${entities.statusOf(upload)}, not succeeded`)
    const covers = ['cover_image_url', 'cover_image_data', 'cover_image_key_frame_time']
    if (covers.every((name) => source[name] === undefined)) throw invalid('A video Pin needs a cover image.')
    return upload.fileId
  }

  app.get<{ Params: { id: string } }>(
    '/pins/:id',
    { config: { simulated: { operation: 'pins.get' } } },
    (request, reply) => {
      callers.person(request, reply, 'org_read', ['boards:read', 'pins:read'])
      const pin = pins.get(request.params.id)
      if (!pin) throw refuse(answers.pinNotFound)
      return entities.pin(pin, metricsAsked(request))
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/pins/:id',
    { config: { simulated: { operation: 'pins.delete' } } },
    (request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) => {
      const person = callers.person(request, reply, 'org_write', ['pins:read', 'pins:write'])
      const pin = pins.get(request.params.id)
      if (!pin) throw refuse(answers.pinNotFound)
      if (pin.author.id !== person.id) throw refuse(answers.notPermitted)
      pins.delete(pin.id)
      return reply.code(204).send()
    },
  )
}

const textIn = (body: Body, name: string) =>
  typeof body[name] === 'string' ? (body[name] as string) : undefined

function bounded(body: Body, name: 'title' | 'description' | 'link' | 'alt_text'): string | null {
  const text = textIn(body, name) ?? null
  if (text !== null && Array.from(text).length > most[name])
    throw invalid(`Invalid request: '${name}' is too long (the most is ${most[name]})`)
  return text
}
