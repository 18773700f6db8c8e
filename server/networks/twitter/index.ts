import type { Network } from '../network.ts'
import { accountMetrics, connect, probe } from './connect.ts'
import { limits, measure } from './limits.ts'
import { checkTwitter, twitterOptions } from './options.ts'
import { commit, lookup, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/** X. README.md has its peculiarities. */
export const twitter: Network = {
  id: 'twitter',
  name: 'X',
  origins: { api: 'https://api.x.com', authorize: 'https://x.com', web: 'https://x.com' },
  limits,
  options: twitterOptions,
  connect,
  // No key protects a repeat. A post is in its author's list within seconds; a minute is for a bad day.
  recovery: { writeTimeoutMs, settleMs: 60_000, repeatableMs: 0 },
  check: checkTwitter,
  measure,
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
