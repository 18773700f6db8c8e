import type { Network } from '../network.ts'
import { accountMetrics, probe } from './chat.ts'
import { connect } from './connect.ts'
import { limits } from './limits.ts'
import { checkTelegram, telegramOptions } from './options.ts'
import { commit, lookup, plan, prepare, writeTimeoutMs } from './publish.ts'
import { remove } from './remove.ts'

/** Telegram channels and groups through a bot. See README.md for its quirks. */
export const telegram: Network = {
  id: 'telegram',
  name: 'Telegram',
  origins: { api: 'https://api.telegram.org', web: 'https://t.me' },
  limits,
  options: telegramOptions,
  connect,
  // No key protects a message from being sent twice, and no lookup finds it: an unanswered write is for a person.
  recovery: { writeTimeoutMs, settleMs: 0, repeatableMs: 0 },
  check: checkTelegram,
  prepare,
  plan,
  commit,
  lookup,
  remove,
  accountMetrics,
  probe,
}
