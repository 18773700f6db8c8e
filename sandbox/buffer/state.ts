import { createHash } from 'node:crypto'
import type { World } from '../simulator.ts'

export interface Channel {
  id: string
  /** The account's id. */
  account: string
  service: Service
  /** Nobody has said which network this made-up channel stands for, so that no network's rules can be held to it. */
  isGuess: boolean
  name: string
  isDisconnected: boolean
  isLocked: boolean
  createdAt: string
  updatedAt: string
}

export interface Post {
  id: string
  account: string
  channelId: string
  text: string
  assets: Asset[]
  /** `PostInputMetaData` as it was given. */
  metadata: Record<string, Record<string, unknown>>
  tagIds: string[]
  shareMode: ShareMode
  isDraft: boolean
  createdAt: string
  updatedAt: string
  /** Null on a draft without a time. */
  dueAt: string | null
  /** When the network has it: some time after `dueAt`. */
  sentAt: string | null
  /** Why the network will not take it. */
  failure: string | null
  /** Taken away at Buffer after it was sent: the network still has it. */
  isRemoved: boolean
}

export interface Asset {
  id: string
  kind: 'image' | 'video' | 'document' | 'link'
  url: string
  thumbnailUrl: string | null
  title: string | null
  altText: string
  mimeType: string
  width: number
  height: number
  /** Of the kept bytes; null when they lie elsewhere. */
  fileId: string | null
}

/** A refusal that a test has ordered. */
export interface Ordered {
  operation: string
  /** A member of the payload (`LimitReachedError`) or a code (`UNEXPECTED`). */
  error: string
  message: string
  /** After: it is done, and the caller is told otherwise. */
  when: 'before' | 'after'
  times: number
}

export const services = [
  'instagram',
  'facebook',
  'twitter',
  'linkedin',
  'pinterest',
  'tiktok',
  'googlebusiness',
  'startPage',
  'mastodon',
  'youtube',
  'threads',
  'bluesky',
] as const
export type Service = (typeof services)[number]
export type ShareMode = 'addToQueue' | 'shareNow' | 'shareNext' | 'customScheduled'

export const tables = (world: World) => ({
  /** By `<account>/<id>`: made-up ones, and listed ones that a test has changed. */
  channels: world.table<Channel>('channels'),
  posts: world.table<Post>('posts', { max: postRowsMax }),
  ordered: world.table<Ordered>('ordered', { max: 100 }),
  settings: world.table<number>('settings', { max: 20 }),
})

const postRowsMax = 5_000

/** 24 hexadecimal digits like Buffer's, the same ones for ever. */
export const objectId = (seed: string) => createHash('sha256').update(seed).digest('hex').slice(0, 24)
