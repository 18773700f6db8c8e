import type { Limits } from '../../domain/limits.ts'
import type { Network } from '../network.ts'
import { accountMetrics, connect, probe } from './connect.ts'
import { wordpressOptions } from './options.ts'
import { commit, lookup, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/** Sites set their own upload limit (often 2 to 64 MB) and tell it to nobody; what is too large is refused with 413. */
const fileBytesMax = 64_000_000

/** WordPress itself has no limit on a text; this keeps one post readable and one request bounded. */
const limits: Limits = {
  text: { unit: 'codepoints', max: 100_000, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'link'],
  mediaMax: 50,
  mediaRequired: false,
  mixedMedia: true,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
    bytesMax: fileBytesMax,
    countMax: 50,
  },
  video: {
    mimeTypes: ['video/mp4', 'video/webm', 'video/quicktime'],
    bytesMax: fileBytesMax,
    countMax: 10,
    durationMsMax: Number.MAX_SAFE_INTEGER,
  },
  document: { mimeTypes: ['application/pdf'], bytesMax: fileBytesMax, countMax: 10 },
  altTextMax: 10_000,
  titleMax: 1_000,
  hashtagsMax: null,
  threads: false,
  firstComment: false,
  pullsMedia: false,
}

/** A WordPress site, by its REST API and an application password. See README.md for its quirks. */
export const wordpress: Network = {
  id: 'wordpress',
  name: 'WordPress',
  // Every account has a site of its own; this one is never asked.
  origins: { api: 'https://wordpress.invalid' },
  serverSetting: 'siteUrl',
  limits,
  options: wordpressOptions,
  connect,
  // The slug is chosen here, so that looking for it is exact; the site reads what it wrote.
  recovery: { writeTimeoutMs, settleMs: 5_000, repeatableMs: 0 },
  prepare,
  plan,
  commit,
  lookup,
  remove,
  metrics,
  metricsBatchMax,
  accountMetrics,
  probe,
}
