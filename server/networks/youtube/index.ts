import type { Network } from '../network.ts'
import { accountMetrics, probe } from './channel.ts'
import { connect } from './connect.ts'
import { youtubeLimits } from './limits.ts'
import { checkYoutube, youtubeOptions } from './options.ts'
import { commit, lookup, plan, poll, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

export const youtube: Network = {
  id: 'youtube',
  name: 'YouTube',
  origins: {
    api: 'https://www.googleapis.com',
    accounts: 'https://accounts.google.com',
    oauth: 'https://oauth2.googleapis.com',
  },
  limits: youtubeLimits,
  options: youtubeOptions,
  connect,
  // Publishing sets a video to public, which is the same however often it is done; a first comment is not, so nothing is
  // repeated on the strength of a key: the lookup proves absence for both.
  recovery: { writeTimeoutMs, settleMs: 10_000, repeatableMs: 0 },
  check: checkYoutube,
  prepare,
  plan,
  commit,
  poll,
  lookup,
  remove,
  metrics,
  metricsBatchMax,
  accountMetrics,
  probe,
}
