import { createHash } from 'node:crypto'
import type { OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { World } from '../simulator.ts'

export interface Board {
  id: string
  owner: Person
  name: string
  createdAt: string
}

export interface Upload {
  id: string
  owner: string
  /** Of the kept bytes; null until they were sent. */
  fileId: string | null
  /** What the form must repeat to be let in. */
  signature: string
  /** Processed from this instant on; null until the file was sent. */
  readyAt: string | null
  failed: boolean
}

export interface Pin {
  id: string
  author: Person
  boardId: string
  boardSectionId: string | null
  title: string | null
  description: string | null
  link: string | null
  altText: string | null
  mediaType: 'image' | 'multiple_images' | 'video'
  fileIds: string[]
  at: string
}

export const tables = (world: World) => ({
  boards: world.table<Board>('boards'),
  uploads: world.table<Upload>('uploads'),
  pins: world.table<Pin>('pins', { max: 5_000 }),
  /** Pin ids by `<pin id>:<n>`: reactions a test gave. */
  reactions: world.table<string>('reactions', { max: 5_000 }),
  settings: world.table<number>('settings', { max: 10 }),
})

const day = 24 * 60 * 60_000

export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: false }),
  pkce: 'ignored',
  scopeSeparator: ',',
  codeMs: 600_000,
  accessTokenMs: 30 * day,
  refreshTokens: 'reusable',
  refreshTokenMs: 60 * day,
}

/** Pinterest's ids are numbers in strings; this one is the same for a person for ever. */
export const userId = (person: Person) =>
  BigInt(`0x${createHash('sha256').update(person.id).digest('hex').slice(0, 14)}`).toString()

/** Everybody has two boards from the beginning. */
export function boardsOf(world: World, person: Person): Board[] {
  const { boards } = tables(world)
  const own = boards.all().filter(({ owner }) => owner.id === person.id)
  if (own.length > 0) return own
  return ['Recipes', 'Places to go'].map((name) => newBoard(world, person, name))
}

export function newBoard(world: World, owner: Person, name: string): Board {
  const id = String(world.nextNumber('board', 549_755_885_175))
  return tables(world).boards.put(id, { id, owner, name, createdAt: world.now().toISOString() })
}
