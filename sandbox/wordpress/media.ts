import type { FastifyReply, FastifyRequest } from 'fastify'
import type { World } from '../simulator.ts'
import { refuse } from './errors.ts'
import { requireUser } from './users.ts'

export interface Attachment {
  id: number
  fileId: string
  altText: string
  at: string
}

export const attachmentsOf = (world: World) => world.table<Attachment>('attachments')

export async function addMedia(world: World, request: FastifyRequest, reply: FastifyReply) {
  requireUser(world, request, 'rest_cannot_create')
  const disposition = String(request.headers['content-disposition'] ?? '')
  const filename = /filename="?([^"]+)"?/.exec(disposition)?.[1]
  if (!filename || !Buffer.isBuffer(request.body) || request.body.byteLength === 0)
    throw refuse(400, 'rest_upload_no_content_disposition', 'No Content-Disposition supplied.')
  const mimeType = request.headers['content-type'] ?? 'application/octet-stream'
  const { id: fileId } = await world.media.keep(request.body, { mimeType, filename })
  const attachment = { id: world.nextNumber('post', 10), fileId, altText: '', at: world.now().toISOString() }
  attachmentsOf(world).put(String(attachment.id), attachment)
  reply.code(201)
  return presentMedia(world, attachment)
}

export function describeMedia(world: World, request: FastifyRequest, _reply: FastifyReply, id: string) {
  requireUser(world, request, 'rest_cannot_edit')
  const attachment = attachmentsOf(world).get(id)
  if (!attachment) throw refuse(404, 'rest_post_invalid_id', 'Invalid post ID.')
  const { alt_text: altText = '' } = request.body as { alt_text?: string }
  return presentMedia(world, attachmentsOf(world).put(id, { ...attachment, altText }))
}

const presentMedia = (world: World, { id, fileId, altText, at }: Attachment) => ({
  id,
  date_gmt: at.slice(0, 19),
  status: 'inherit',
  type: 'attachment',
  alt_text: altText,
  media_type: world.media.get(fileId)?.mimeType.startsWith('image/') ? 'image' : 'file',
  mime_type: world.media.get(fileId)?.mimeType,
  source_url: world.media.url(fileId),
})
