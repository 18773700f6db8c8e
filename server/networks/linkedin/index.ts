import type { Network, Recovery } from '../network.ts'
import { checkLinkedin } from './check.ts'
import { connect } from './connect.ts'
import { limits } from './limits.ts'
import { lookup } from './lookup.ts'
import { linkedinOptions } from './options.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/** The refusal of the same post lasts "about" ten minutes; a third of it is left unused. Comments have no such protection. */
const recovery: Recovery = {
  writeTimeoutMs,
  settleMs: 20_000,
  repeatableMs: 7 * 60_000,
  repeatableKinds: ['post'],
}

/** LinkedIn: members, and company pages where the app may. README.md has its peculiarities. */
export const linkedin: Network = {
  id: 'linkedin',
  name: 'LinkedIn',
  origins: {
    api: 'https://api.linkedin.com',
    oauth: 'https://www.linkedin.com',
    web: 'https://www.linkedin.com',
  },
  limits,
  options: linkedinOptions,
  connect,
  recovery,
  check: checkLinkedin,
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
