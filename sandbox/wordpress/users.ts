import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { notLoggedIn } from './errors.ts'

/** One route of the REST API; `id` is the part of the address that names a thing. */
export type Handler = (world: World, request: FastifyRequest, reply: FastifyReply, id: string) => unknown

/** An invalid or absent credential makes a stranger of the caller, as in WordPress. */
export function userOf(request: FastifyRequest): { id: number; name: string } | null {
  const credential = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const [name, ...password] = Buffer.from(credential ?? '', 'base64')
    .toString()
    .split(':')
  if (!name || password.length === 0 || /^invalid/i.test(password.join(':'))) return null
  return { id: userId(name), name }
}

export function requireUser(world: World, request: FastifyRequest, code: string) {
  const user = userOf(request)
  if (!user || world.table<true>('revoked').get(user.name)) throw new Refused(notLoggedIn(code))
  return user
}

export const userId = (name: string) =>
  1 + (createHash('sha256').update(name).digest().readUInt32BE(0) % 1_000_000)

export const readSite = (world: World) => ({
  name: 'The simulated bakery',
  description: '',
  url: world.publicUrl('/'),
  home: world.publicUrl('/'),
  namespaces: ['wp/v2'],
})

export function readMe(world: World, request: FastifyRequest) {
  const { id, name } = requireUser(world, request, 'rest_not_logged_in')
  return {
    id,
    name,
    slug: name,
    link: world.publicUrl(`/author/${name}/`),
    avatar_urls: { 96: world.publicUrl('/avatar.png') },
    capabilities: { publish_posts: true, upload_files: true },
  }
}

export function readPassword(world: World, request: FastifyRequest) {
  const { name } = requireUser(world, request, 'rest_not_logged_in')
  return { uuid: createHash('sha256').update(name).digest('hex').slice(0, 32), name: 'Fanfare' }
}

export function deletePassword(world: World, request: FastifyRequest) {
  const { name } = requireUser(world, request, 'rest_not_logged_in')
  world.table<true>('revoked').put(name, true)
  return { deleted: true }
}
