import { createHash } from 'node:crypto'
import type { OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { World } from '../simulator.ts'

export type Visibility = 'public' | 'unlisted' | 'private' | 'direct'

export interface App {
  clientId: string
  clientSecret: string
  name: string
  website: string | null
  redirectUris: string[]
  scopes: string[]
}

export interface Attachment {
  id: string
  owner: string
  /** Of the kept bytes. */
  fileId: string
  type: 'image' | 'video' | 'gifv' | 'audio'
  description: string | null
  focus: { x: number; y: number } | null
  /** Processed from this instant on; `broken` never. */
  readyAt: string
  broken: boolean
  statusId: string | null
}

export interface Poll {
  id: string
  options: string[]
  expiresAt: string
  multiple: boolean
  hideTotals: boolean
}

export interface Status {
  id: string
  author: Person
  at: string
  text: string
  spoilerText: string
  visibility: Visibility
  sensitive: boolean
  language: string
  replyTo: string | null
  mediaIds: string[]
  poll: Poll | null
  appName: string
}

/** What an Idempotency-Key stands for, for an hour. */
export interface KeptKey {
  statusId: string
  expiresAt: string
}

export const tables = (world: World) => ({
  apps: world.table<App>('apps', { max: 500 }),
  attachments: world.table<Attachment>('attachments', { max: 2_000 }),
  statuses: world.table<Status>('statuses', { max: 5_000 }),
  keys: world.table<KeptKey>('idempotency_keys', { max: 5_000 }),
  /** Status ids by `<status id>:<person id>`: who favourited what. */
  favourites: world.table<string>('favourites', { max: 5_000 }),
  settings: world.table<number>('settings', { max: 10 }),
})

export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: false }),
  pkce: 'optional',
  scopeSeparator: ' ',
  codeMs: 600_000,
  accessTokenMs: null,
  refreshTokens: 'none',
  refreshTokenMs: null,
}

/** Mastodon's ids are numbers in strings; this one is the same for a person for ever. */
export const accountId = (person: Person) =>
  BigInt(`0x${createHash('sha256').update(person.id).digest('hex').slice(0, 14)}`).toString()

/** Ids that sort by time: milliseconds in the upper bits, a counter in the lower 16, as Mastodon makes them. */
export const newStatusId = (world: World) =>
  ((BigInt(world.now().getTime()) << 16n) | BigInt(world.nextNumber('status') & 0xffff)).toString()

/** Newest first. */
export const byNewest = (one: { id: string }, other: { id: string }) => compareIds(other.id, one.id)

export function compareIds(one: string, other: string): number {
  const [a, b] = [asNumber(one), asNumber(other)]
  return a < b ? -1 : a > b ? 1 : 0
}

const asNumber = (id: string) => (/^\d{1,30}$/.test(id) ? BigInt(id) : 0n)

/** The appearance of a token of an app rather than a person. */
export const appPerson = (clientId: string): Person => ({
  id: `app:${clientId}`,
  name: clientId,
  handle: clientId,
})
export const isAppPerson = (person: Person) => person.id.startsWith('app:')
