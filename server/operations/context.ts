import type { JWTVerifyGetKey } from 'jose'
import type { AddressPolicy } from '../net/address-policy.ts'
import type { Http } from '../net/http.ts'
import type { Mailer } from '../net/mail.ts'
import type { Origins } from '../net/origins.ts'
import type { Vault } from '../net/vault.ts'
import type { Network, NetworkId } from '../networks/network.ts'
import type { Db } from '../storage/database.ts'
import type { MediaStore } from '../storage/media-store.ts'

/** What every operation may use. Made once in main.ts; tests make their own with another clock. */
export interface Context {
  db: Db
  clock: Clock
  /** A UUIDv7 of the clock's present. */
  newId(): string
  /** Random bytes for tokens and keys. */
  randomBytes(count: number): Buffer
  vault: Vault
  http: Http
  networks: ReadonlyMap<NetworkId, Network>
  /** Where a network is reached for an account: override, sandbox, the account's own server, or the real one. */
  origins: Origins
  /** The operator's OAuth app for a network (`<NETWORK>_CLIENT_ID`), if set. */
  appCredentials(network: NetworkId): { clientId: string; clientSecret: string | null } | null
  media: MediaStore
  /** Null: this server sends no mail. */
  mailer: Mailer | null
  /** Whose tokens the content API (dialect D) takes beside ours, and the keys they are signed with; null or absent: nobody's. */
  contentIssuer?: { issuer: string; keyOf: JWTVerifyGetKey } | null
  settings: Settings
}

/** One clock for everything: the database's, with an offset that tests inject (answers 3.6). */
export interface Clock {
  now(): Date
}

export interface Settings {
  /** Without a trailing slash. */
  publicUrl: string
  firstWorkspaceMode: 'live' | 'sandbox'
  mediaBytesMax: number
  /** All media of the instance together; null or absent: no limit. */
  storageBytesMax?: number | null
  /** Posts of one workspace that are not out yet; null or absent: no limit. */
  planSlots?: number | null
  /** Shared with the content gateway (dialect D), whose identity headers are believed with it alone; null or absent: no gateway. */
  contentGatewayKey?: string | null
  /** Where webhooks may go; their sender holds to the same. No origin is trusted, not even this server's own. */
  webhookAddresses: AddressPolicy
}
