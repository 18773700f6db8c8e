import type { Network } from '../network.ts'
import { accountMetrics, connect, probe } from './connect.ts'
import { limits } from './limits.ts'
import { lookup } from './lookup.ts'
import { metrics, metricsBatchMax } from './metrics.ts'
import { checkTikTok, tiktokOptions } from './options.ts'
import { commit, plan, prepare } from './publish.ts'
import { poll } from './status.ts'
import { writeTimeoutMs } from './uploads.ts'

/** TikTok: videos and photos. See README.md for its quirks. */
export const tiktok: Network = {
  id: 'tiktok',
  name: 'TikTok',
  origins: { api: 'https://open.tiktokapis.com', web: 'https://www.tiktok.com' },
  limits,
  options: tiktokOptions,
  connect,
  // Nothing protects a request from being made twice; a video's upload can be asked how far it came.
  recovery: { writeTimeoutMs, settleMs: 30_000, repeatableMs: 0 },
  check: checkTikTok,
  prepare,
  plan,
  commit,
  poll,
  lookup,
  metrics,
  metricsBatchMax,
  accountMetrics,
  probe,
}
