import { createHash } from 'node:crypto'
import type { World } from '../simulator.ts'

export interface Account {
  did: string
  handle: string
  displayName: string
  createdAt: string
  /** Access tokens issued before this (milliseconds) are dead. */
  tokensFrom: number
}

/** A refresh token by its id. */
export interface Session {
  did: string
  expiresAt: string
  /** The session that replaced it; the old token then works for two hours more and leads to the same one. */
  nextId: string | null
}

export type RecordValue = { [key: string]: unknown }

/** A record of a repository, by its at:// address. */
export interface KeptRecord {
  uri: string
  did: string
  collection: string
  rkey: string
  cid: string
  value: RecordValue
  indexedAt: string
}

/** An uploaded file by its content id. */
export interface Blob {
  cid: string
  fileId: string
  mimeType: string
  size: number
}

/** A video that is being processed, by the id of its job. */
export interface VideoJob {
  jobId: string
  did: string
  cid: string
  readyAt: string
}

export const tables = (world: World) => ({
  accounts: world.table<Account>('accounts', { max: 2_000 }),
  sessions: world.table<Session>('sessions', { max: 5_000 }),
  records: world.table<KeptRecord>('records', { max: 10_000 }),
  blobs: world.table<Blob>('blobs', { max: 2_000 }),
  jobs: world.table<VideoJob>('video_jobs', { max: 500 }),
  /** Access tokens that a test made run out, by their hash. */
  expired: world.table<true>('expired_tokens', { max: 1_000 }),
  secrets: world.table<string>('secrets', { max: 10 }),
})

export const postCollection = 'app.bsky.feed.post'

export const uriOf = (did: string, collection: string, rkey: string) => `at://${did}/${collection}/${rkey}`

/** Always the same for a handle, so that a tester who connects again is the same account. */
export const didOf = (handle: string) =>
  `did:plc:${base32(createHash('sha256').update(handle).digest()).slice(0, 24)}`

/** `ada` is `ada.test`: in the sandbox anyone may be anyone. Null for what cannot be a handle. */
export function handleFrom(identifier: string): string | null {
  const name = identifier.trim().toLowerCase().replace(/^@/, '').replace(/@.*$/, '')
  const handle = name.includes('.') ? name : `${name}.test`
  const isHandle = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(handle)
  return isHandle && handle.length <= 253 ? handle : null
}

/** The account of a handle, made on first use. */
export function accountOf(world: World, handle: string): Account {
  const { accounts } = tables(world)
  const did = didOf(handle)
  const [first = handle] = handle.split('.')
  return (
    accounts.get(did) ??
    accounts.put(did, {
      did,
      handle,
      displayName: first.charAt(0).toUpperCase() + first.slice(1),
      createdAt: world.now().toISOString(),
      tokensFrom: 0,
    })
  )
}

/** By handle or DID. */
export const findAccount = (world: World, actor: string): Account | undefined =>
  tables(world).accounts.get(actor.startsWith('did:') ? actor : didOf(actor.toLowerCase()))

/** The content id of a file, as every server computes it. */
export const blobCid = (bytes: Uint8Array) => cid(0x55, bytes)

/** Equal for equal records. Real ones hash the record's CBOR; nobody outside can tell these apart. */
export const recordCid = (value: unknown) => cid(0x71, Buffer.from(JSON.stringify(sorted(value))))

const cid = (codec: number, bytes: Uint8Array) =>
  `b${base32(Buffer.concat([Buffer.from([1, codec, 0x12, 0x20]), createHash('sha256').update(bytes).digest()]))}`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let buffer = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32Alphabet[(buffer >> bits) & 31]
    }
  }
  return bits > 0 ? text + base32Alphabet[(buffer << (5 - bits)) & 31] : text
}

const tidAlphabet = '234567abcdefghijklmnopqrstuvwxyz'

/** A key for records that come without one, and for revisions. */
export function newTid(world: World): string {
  let bits = (BigInt(world.now().getTime()) * 1000n) << 10n
  bits |= BigInt(world.nextNumber('tid') & 1023)
  let tid = ''
  for (let index = 0; index < 13; index++) {
    tid = tidAlphabet[Number(bits & 31n)] + tid
    bits >>= 5n
  }
  return tid
}

export const isTid = (text: string) => /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/.test(text)
