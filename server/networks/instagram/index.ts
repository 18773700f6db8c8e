import type { Network, Recovery } from '../network.ts'
import { connect } from './connect.ts'
import { limits } from './limits.ts'
import { lookup } from './lookup.ts'
import { checkInstagram, instagramOptions } from './options.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax } from './published.ts'

/** The container tells whether it was published; publishing is probed, never repeated. */
const recovery: Recovery = { writeTimeoutMs, settleMs: 30_000, repeatableMs: 0 }

/** Professional accounts of Instagram, by Instagram Login. See README.md for its quirks. */
export const instagram: Network = {
  id: 'instagram',
  name: 'Instagram',
  origins: {
    api: 'https://graph.instagram.com',
    oauth: 'https://api.instagram.com',
    web: 'https://www.instagram.com',
  },
  limits,
  options: instagramOptions,
  connect,
  recovery,
  check: checkInstagram,
  prepare,
  plan,
  commit,
  lookup,
  metrics,
  metricsBatchMax,
  accountMetrics,
  probe,
}
