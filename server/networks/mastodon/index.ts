import type { AccountView, Network, Recovery } from '../network.ts'
import { connect } from './connect.ts'
import { defaultLimits } from './instance.ts'
import { lookup } from './lookup.ts'
import { checkMastodon, mastodonOptions } from './options.ts'
import { accountMetrics, probe } from './profile.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/**
 * A post is in the author's listing as soon as it is answered; servers that read from a replica show it a little later.
 * Nothing is repeated unless the server is known to keep keys.
 */
const recovery: Recovery = { writeTimeoutMs, settleMs: 10_000, repeatableMs: 0 }

/** Mastodon keeps a key for an hour after the post was made (PostStatusService, read 2026-11-22); five minutes to spare. */
const keyKeptMs = 55 * 60_000

/** Mastodon, and the servers that speak its API. See README.md for what they do differently. */
export const mastodon: Network = {
  id: 'mastodon',
  name: 'Mastodon',
  origins: { api: 'https://mastodon.social' },
  serverSetting: 'instanceUrl',
  limits: defaultLimits,
  options: mastodonOptions,
  connect,
  recovery,
  recoveryFor: (account: AccountView) =>
    account.settings.keepsIdempotencyKeys === true ? { ...recovery, repeatableMs: keyKeptMs } : recovery,
  check: checkMastodon,
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
