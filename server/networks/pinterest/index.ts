import type { Network } from '../network.ts'
import { connect } from './connect.ts'
import { pinterestLimits } from './limits.ts'
import { lookup } from './lookup.ts'
import { checkPinterest, pinterestOptions } from './options.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

export const pinterest: Network = {
  id: 'pinterest',
  name: 'Pinterest',
  origins: { api: 'https://api.pinterest.com/v5', web: 'https://www.pinterest.com' },
  limits: pinterestLimits,
  options: pinterestOptions,
  connect,
  // No idempotency of any kind (platforms' table of 22 November 2026): only the board can tell.
  recovery: { writeTimeoutMs, settleMs: 30_000, repeatableMs: 0 },
  check: checkPinterest,
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
