import { Type } from 'typebox'
import { notFound } from '../../domain/refusal.ts'

/** This dialect writes ids as a prefix and the UUID (CR20): `post_0190…`. */
export const prefixes = {
  workspace: 'ws_',
  post: 'post_',
  media: 'media_',
  schedule: 'sched_',
  slot: 'slot_',
  account: 'acc_',
  user: 'user_',
  key: 'key_',
  webhook: 'wh_',
  log: 'log_',
} as const
export type IdKind = keyof typeof prefixes

export const outId = (kind: IdKind, uuid: string) => prefixes[kind] + uuid

/** What our events call a thing, where this dialect has ids of its own for it. */
const kindsOfResources: Record<string, IdKind> = {
  account: 'account',
  api_key: 'key',
  media: 'media',
  post: 'post',
  queue: 'schedule',
  user: 'user',
  webhook: 'webhook',
  workspace: 'workspace',
}

/** The id of a thing of any kind; a kind that this dialect does not know keeps the bare UUID. */
export function outResource(type: string, uuid: string): string {
  const kind = kindsOfResources[type]
  return kind ? outId(kind, uuid) : uuid
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The UUID of an id, which may come bare too (the document calls the workspace header a UUID); null when it is none. */
export function inId(kind: IdKind, id: string): string | null {
  const uuid = id.startsWith(prefixes[kind]) ? id.slice(prefixes[kind].length) : id
  return uuidPattern.test(uuid) ? uuid.toLowerCase() : null
}

/** An id from a path: one that cannot be ours names nothing. */
export function pathId(kind: IdKind, id: string): string {
  const uuid = inId(kind, id)
  if (!uuid) throw notFound(kind[0]?.toUpperCase() + kind.slice(1), id.slice(0, 60))
  return uuid
}

export const idParams = Type.Object({ id: Type.String({ maxLength: 100 }) })
