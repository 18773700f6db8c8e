/** An operations context for tests: a database of its own, a clock that is set by hand, media in memory. */
import { randomBytes } from 'node:crypto'
import { createHttp } from '../server/net/http.ts'
import type { Mailer } from '../server/net/mail.ts'
import { createVault } from '../server/net/vault.ts'
import type { Network } from '../server/networks/network.ts'
import type { Clock, Context } from '../server/operations/context.ts'
import { createIds } from '../server/operations/ids.ts'
import { openDatabase } from '../server/storage/database.ts'
import { memoryMediaStore } from './memory-media-store.ts'
import { testDatabase } from './postgres.ts'

export interface TestClock extends Clock {
  set(at: Date): void
  advance(ms: number): void
}

export async function testContext({ networks = [] as Network[], mailer = null as Mailer | null } = {}) {
  const database = await testDatabase()
  const { db, pool } = openDatabase({ connectionString: database.connectionString, poolMax: 5 })
  const addressPolicy = { allowPrivate: true, trustedOrigins: [] }
  const http = createHttp(addressPolicy)
  const clock = testClock()
  const ctx: Context = {
    db,
    clock,
    newId: createIds(clock),
    randomBytes,
    vault: createVault(['a key for tests, with more than 32 characters']),
    http,
    networks: new Map(networks.map((network) => [network.id, network])),
    origins: (network, _mode, settings, role = 'api') =>
      String((network.serverSetting && settings[network.serverSetting]) || network.origins[role]),
    appCredentials: () => ({ clientId: 'client', clientSecret: 'secret' }),
    media: memoryMediaStore(),
    mailer,
    settings: {
      publicUrl: 'http://localhost:8007',
      firstWorkspaceMode: 'live',
      mediaBytesMax: 300_000_000,
      webhookAddresses: addressPolicy,
    },
  }
  return {
    ctx,
    clock,
    connectionString: database.connectionString,
    async close() {
      await http.close()
      await pool.end()
      await database.drop()
    },
  }
}

function testClock(): TestClock {
  let offsetMs = 0
  return {
    now: () => new Date(Date.now() + offsetMs),
    set: (at) => {
      offsetMs = at.getTime() - Date.now()
    },
    advance: (ms) => {
      offsetMs += ms
    },
  }
}
