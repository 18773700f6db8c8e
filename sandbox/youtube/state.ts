import { createHash } from 'node:crypto'
import type { OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { World } from '../simulator.ts'

export type Privacy = 'public' | 'unlisted' | 'private'

export interface Snippet {
  title: string
  description: string
  tags: string[]
  categoryId: string
  defaultLanguage: string | null
}

export interface Status {
  privacyStatus: Privacy
  license: string
  embeddable: boolean
  publicStatsViewable: boolean
  selfDeclaredMadeForKids: boolean
  containsSyntheticMedia: boolean
}

export interface Session {
  id: string
  owner: Person
  snippet: Snippet
  status: Status
  bytes: number
  mimeType: string
  /** Kept media of the chunks that have arrived, in order. */
  chunkIds: string[]
  received: number
  videoId: string | null
}

export interface Video {
  id: string
  owner: Person
  snippet: Snippet
  status: Status
  fileId: string
  sha256: string
  uploadedAt: string
  /** Processed from this instant on. */
  readyAt: string
  /** What processing will find. */
  trouble: { uploadStatus: 'failed' | 'rejected'; reason: string } | null
  publishedAt: string
}

export interface Comment {
  id: string
  videoId: string
  author: Person
  text: string
  at: string
}

export const tables = (world: World) => ({
  sessions: world.table<Session>('sessions', { max: 500 }),
  videos: world.table<Video>('videos', { max: 2_000 }),
  comments: world.table<Comment>('comments', { max: 5_000 }),
  /** Video ids by `<video id>:<n>`: likes a test gave. */
  likes: world.table<string>('likes', { max: 5_000 }),
  settings: world.table<number>('settings', { max: 20 }),
})

export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: false }),
  pkce: 'optional',
  scopeSeparator: ' ',
  codeMs: 600_000,
  accessTokenMs: 3_600_000,
  refreshTokens: 'reusable',
  refreshTokenMs: null,
}

const hash = (text: string, encoding: 'base64url' | 'hex' = 'base64url') =>
  createHash('sha256').update(text).digest(encoding)

/** `UC` and 22 characters, the same for a person for ever. */
export const channelId = (person: Person) => `UC${hash(person.id).slice(0, 22)}`

export const newVideoId = (world: World) => hash(world.randomHex(16)).slice(0, 11)
