import type { Network, Recovery } from '../network.ts'
import { connect } from './connect.ts'
import { limits } from './limits.ts'
import { lookup } from './lookup.ts'
import { checkFacebook, facebookOptions } from './options.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'
import { poll } from './video.ts'

/** Nothing protects against doubles; a post stands in the page's listing as soon as it is answered. */
const recovery: Recovery = { writeTimeoutMs, settleMs: 20_000, repeatableMs: 0 }

/** Facebook pages. See README.md for the quirks. */
export const facebook: Network = {
  id: 'facebook',
  name: 'Facebook',
  origins: {
    api: 'https://graph.facebook.com',
    video: 'https://graph-video.facebook.com',
    upload: 'https://rupload.facebook.com',
    web: 'https://www.facebook.com',
  },
  limits,
  options: facebookOptions,
  connect,
  recovery,
  check: checkFacebook,
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
