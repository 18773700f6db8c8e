/** What an engine needs, outside of a test runner: for child processes that are killed, and for measuring. */
import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { EngineContext } from '../server/engine/engine-context.ts'
import { createHttp } from '../server/net/http.ts'
import { createVault } from '../server/net/vault.ts'
import type { Network } from '../server/networks/network.ts'
import { openDatabase } from '../server/storage/database.ts'
import { memoryMediaStore } from './memory-media-store.ts'

export function bareContext(connectionString: string, networks: Network[]) {
  const { db, pool } = openDatabase({ connectionString })
  const http = createHttp({ allowPrivate: true, trustedOrigins: [] })
  const ctx: EngineContext = {
    db,
    clock: { now: () => new Date() },
    newId: () => uuidv7(),
    randomBytes,
    vault: createVault(['a key for tests, with more than 32 characters']),
    http,
    networks: new Map(networks.map((network) => [network.id, network])),
    origins: (network) => String(network.origins.api),
    appCredentials: () => null,
    media: memoryMediaStore(),
    settings: { publicUrl: 'http://localhost', mediaBytesMax: 10_000_000 },
  }
  return {
    ctx,
    pool,
    async close() {
      await http.close()
      await pool.end()
    },
  }
}
