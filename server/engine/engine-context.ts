import type { Http } from '../net/http.ts'
import type { Origins } from '../net/origins.ts'
import type { Vault } from '../net/vault.ts'
import type { AppCredentials, Network, NetworkId } from '../networks/network.ts'
import type { Db } from '../storage/database.ts'
import type { MediaStore } from '../storage/media-store.ts'
import type { EngineObserver } from './observer.ts'
import type { Timing } from './timing.ts'

/** What the engine may use: the part of the operations' `Context` that publishing needs; that one fits. */
export interface EngineContext {
  db: Db
  clock: { now(): Date }
  newId(): string
  randomBytes(count: number): Buffer
  vault: Vault
  http: Http
  networks: ReadonlyMap<NetworkId, Network>
  origins: Origins
  appCredentials(network: NetworkId): AppCredentials | null
  media: MediaStore
  settings: { publicUrl: string; mediaBytesMax: number }
}

export interface EngineOptions {
  /** For LISTEN: DATABASE_DIRECT_URL, or DATABASE_URL where no pooler stands between. */
  listenUrl: string
  /** `engine` or `all`; shown in the processes table. */
  role?: string
  host?: string
  observer?: EngineObserver
  timing?: Partial<Timing>
  /** A signed address from which a network may fetch a stored file for at least an hour (networks that pull). */
  publicMediaUrl?(file: { storageKey: string; mimeType: string; filename: string }): string
  /** Called at the named points of each delivery's life; tests end the process there. */
  at?: AtPoint
}

export const killPoints = [
  'before-claim',
  'after-claim',
  'during-prepare',
  'after-prepare',
  'after-fence',
  'after-accept',
  'before-settle',
  'after-settle',
] as const
export type KillPoint = (typeof killPoints)[number]
export type AtPoint = (point: KillPoint, deliveryId: string | null) => void | Promise<void>
