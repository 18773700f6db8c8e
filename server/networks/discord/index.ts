import type { AccountView, Network, Recovery } from '../network.ts'
import { accountMetrics, connect, probe } from './connect.ts'
import { limits } from './limits.ts'
import { lookup } from './lookup.ts'
import { checkDiscord, discordOptions } from './options.ts'
import { commit, plan, prepare, writeTimeoutMs } from './publish.ts'
import { metrics, metricsBatchMax, remove } from './published.ts'

/** A webhook has nothing against doubles. */
const recovery: Recovery = { writeTimeoutMs, settleMs: 5_000, repeatableMs: 0 }

/** A nonce is unique "in the past few minutes" (resources/message, read 2026-11-22); nobody says how many, so two. */
const nonceKeptMs = 2 * 60_000

/** Discord channels through a webhook or a bot. See README.md for the quirks of each. */
export const discord: Network = {
  id: 'discord',
  name: 'Discord',
  origins: {
    api: 'https://discord.com/api/v10',
    web: 'https://discord.com',
    cdn: 'https://cdn.discordapp.com',
  },
  limits,
  options: discordOptions,
  connect,
  recovery,
  recoveryFor: (account: AccountView) =>
    account.settings.kind === 'bot' ? { ...recovery, repeatableMs: nonceKeptMs } : recovery,
  check: checkDiscord,
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
