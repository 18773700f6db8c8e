import { createHash } from 'node:crypto'
import type { OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { World } from '../simulator.ts'

export interface Upload {
  id: string
  owner: string
  mimeType: string
  category: string
  /** Of the kept bytes; null until it is complete. */
  fileId: string | null
  totalBytes: number
  /** Kept pieces by their index, until it is complete. */
  segments: { index: number; fileId: string }[]
  readyAt: string | null
  altText: string | null
}

export interface Post {
  id: string
  author: Person
  /** As it was written. */
  text: string
  at: string
  mediaIds: string[]
  replyTo: string | null
  poll: { options: string[]; durationMinutes: number } | null
  replySettings: string | null
}

export const tables = (world: World) => ({
  uploads: world.table<Upload>('uploads', { max: 2_000 }),
  posts: world.table<Post>('posts', { max: 5_000 }),
  likes: world.table<number>('likes', { max: 5_000 }),
  settings: world.table<number>('settings'),
})

/** Codes are good for 30 seconds, access for two hours (docs.x.com, oauth-2-0); refresh tokens are used up. */
export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: false }),
  pkce: 'required',
  scopeSeparator: ' ',
  codeMs: 30_000,
  accessTokenMs: 7_200_000,
  refreshTokens: 'single_use',
  refreshTokenMs: 180 * 86_400_000,
}

/** A number in a string, the same for a person for ever. */
export const userId = (person: Person) =>
  BigInt(`0x${createHash('sha256').update(person.id).digest('hex').slice(0, 14)}`).toString()

/** Ids that sort by time, as X makes them: milliseconds since 2010 in the upper bits, a counter in the lower 22. */
export const newId = (world: World) =>
  (
    (BigInt(world.now().getTime() - 1_288_834_974_657) << 22n) |
    BigInt(world.nextNumber('snowflake') & 0x3fffff)
  ).toString()
