import type { Network, Recovery } from '../network.ts'
import { connect } from './connect.ts'
import { limits, measure } from './limits.ts'
import { lookup } from './lookup.ts'
import { checkThreads, threadsOptions } from './options.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/** The container tells whether it was published; nobody says that publishing it twice is safe. */
const recovery: Recovery = { writeTimeoutMs, settleMs: 30_000, repeatableMs: 0 }

/** Threads. See README.md for its quirks. */
export const threads: Network = {
  id: 'threads',
  name: 'Threads',
  origins: { api: 'https://graph.threads.net', web: 'https://www.threads.net' },
  limits,
  options: threadsOptions,
  connect,
  recovery,
  check: checkThreads,
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
