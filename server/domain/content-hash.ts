import { createHash } from 'node:crypto'
import type { PostContent } from './draft.ts'

/** Everything an approval is bound to (answers 1.2). The time is not part of it: moving a post needs no new approval. */
export interface HashedContent extends PostContent {
  media: HashedMedia[]
  mediaUrls: string[]
  /** In any order. */
  targets: HashedTarget[]
}

export interface HashedMedia {
  id: string
  altText: string | null
}

export interface HashedTarget {
  accountId: string
  text: string | null
  media: HashedMedia[] | null
  options: Record<string, unknown> | null
}

/**
 * SHA-256 of exactly what would be published. Equal content gives equal hashes whatever the order of object keys or
 * of targets; the order of media counts, because people see it.
 */
export function contentHash(content: HashedContent): Buffer {
  const { text, title, link, hashtags, contentType, options, media, mediaUrls } = content
  const targets = content.targets
    .map(({ accountId, ...override }) => ({ accountId, ...override }))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1))
  return createHash('sha256')
    .update(canonical({ text, title, link, hashtags, contentType, options, media, mediaUrls, targets }))
    .digest()
}

/** JSON with sorted keys and without `undefined`, so that one value has one text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if (value instanceof Date) return JSON.stringify(value)
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
      .join(',')}}`
  return JSON.stringify(value ?? null)
}
