import type { Network } from '../network.ts'
import { connect } from './connect.ts'
import { limits } from './limits.ts'
import { blueskyOptions, checkBluesky } from './options.ts'
import { origins } from './origins.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, lookup, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/** Bluesky, and every other server of the AT Protocol whose posts Bluesky shows. README.md has its peculiarities. */
export const bluesky: Network = {
  id: 'bluesky',
  name: 'Bluesky',
  origins,
  serverSetting: 'serviceUrl',
  limits,
  options: blueskyOptions,
  connect,
  // A server reads its own writes at once; settling covers one that was still at work when we gave up. A put under
  // the same key makes no double however late it comes, but after a day somebody may have deleted the post on purpose.
  recovery: { writeTimeoutMs, settleMs: 10_000, repeatableMs: 24 * 60 * 60_000 },
  check: checkBluesky,
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
