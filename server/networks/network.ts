/**
 * The contract of a network: everything the engine and the operations know about Bluesky, Mastodon or any other.
 * A network is a plain value of this type in a folder of its own. It keeps no state: what must survive goes through
 * `ctx.step` (the checkpoint), `Write.key` (the idempotency key) or the account's sealed secret.
 *
 * Who promises what:
 * - The engine calls `check`, `prepare`, `plan`, then for each write: fence on disk, `commit`, record.
 * - `prepare` makes nothing visible and may be repeated from its last finished step.
 * - `plan` is pure; its result is stored with the first fence and reused on every later try.
 * - `commit` makes exactly one visible mutation with at most one request that can make it, and never retries that
 *   request itself (a retry after a refused token is fine: the first one did nothing).
 * - `lookup` only reads.
 */
import type { TSchema } from 'typebox'
import type { Failure } from '../domain/delivery.ts'
import type { Draft, MediaFacts } from '../domain/draft.ts'
import type { Limits } from '../domain/limits.ts'
import type { Issue } from '../domain/refusal.ts'
import type { Http } from '../net/http.ts'

export type NetworkId = string
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface Network {
  /** As in the public APIs: `bluesky`, `mastodon`, `twitter`. */
  id: NetworkId
  /** As a person writes it: `Bluesky`, `X`. */
  name: string
  /** Real addresses by role; `api` is required. A base-URL override or the sandbox replaces them all, see `ctx.origin`. */
  origins: { api: string } & Record<string, string>
  /** The connect setting that names the account's own server (`instanceUrl`); it wins over `origins.api` in live workspaces. */
  serverSetting?: string
  limits: Limits
  /** What can be set per post or per account beyond text and media: visibility, content warning, board ... */
  options: TSchema
  connect: Connect
  recovery: Recovery
  /** The account's own protection, for networks whose servers differ (Mastodon); without it, `recovery` holds for all. */
  recoveryFor?(account: AccountView): Recovery
  /** The draft against the limits that `domain/check-draft.ts` cannot express as data. No I/O. */
  check?(draft: Draft, limits: Limits): Issue[]
  /** How long the text is in the unit of `limits.text`, when `domain/text-length.ts` does not know the unit (X). */
  measure?(text: string): number
  /** Splits a text over the limit into a thread, when the user asked for it (`options.thread: true`). */
  prepare(ctx: PublishContext, delivery: DeliveryInput): Promise<Prepared>
  plan(delivery: DeliveryInput, prepared: Json, keys: KeySource): Write[]
  commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult>
  /** For networks that finish later: asks once whether the pending write is done. */
  poll?(ctx: PublishContext, write: Write, token: Json): Promise<WriteResult>
  /** After a crash or a lost answer: did this write happen? `absent` only when the network can prove it. */
  lookup(ctx: PublishContext, write: Write, done: Written[], fencedAt: Date): Promise<Lookup>
  remove?(ctx: AccountContext, published: Published): Promise<Done>
  /** At most `metricsBatchMax` at a time. A metric that the network does not offer is left out, never 0. */
  metrics?(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>>
  metricsBatchMax?: number
  accountMetrics?(ctx: AccountContext): Promise<Outcome<AccountMetrics>>
  /** Is the credential still good? Also brings the profile and the limits up to date. */
  probe(ctx: AccountContext): Promise<Outcome<AccountProfile>>
}

/** How the network protects against doubles; the engine's take-over follows from it (design 5.6, answers 3.2). */
export interface Recovery {
  /** No request of `commit` stays unanswered longer than this; the engine's lease outlasts it. */
  writeTimeoutMs: number
  /** How long after the timeout a write may still become visible to `lookup`. */
  settleMs: number
  /** For how long after the fence the same write with the same key can be sent again without a double; 0 = never. */
  repeatableMs: number
  /** The kinds of write that this holds for; absent: all of them. */
  repeatableKinds?: Write['kind'][]
}

// ---------------------------------------------------------------- publishing

export interface DeliveryInput {
  deliveryId: string
  draft: Draft
  /** In the order of `draft.media`, already fitted to `limits` by the engine. */
  media: MediaFile[]
  limits: Limits
}

/** A file to send. `open` may be called more than once; each call reads from the start. */
export interface MediaFile extends MediaFacts {
  open(): Promise<Buffer>
  stream(): Promise<ReadableStream<Uint8Array>>
  /** A signed address the network can fetch from, valid for at least an hour. Only for networks that pull. */
  publicUrl(): string
}

export type Prepared = { outcome: 'ready'; prepared: Json } | { outcome: 'failed'; failure: Failure }

/** One visible mutation, complete and serialisable: what is on disk is enough to send or look it up. */
export interface Write {
  kind: 'post' | 'reply' | 'comment'
  /** Idempotency key or record key, chosen before the fence. */
  key: string
  /** The request, in the network's own words. */
  payload: Json
}

/** A write that was accepted, for the writes after it (the parent of a reply). */
export interface Written {
  write: Write
  externalId: string
  url: string | null
  /** What later writes need beyond the id (Bluesky: the cid). */
  data: Json
}

export type WriteResult =
  | { outcome: 'accepted'; externalId: string; url: string | null; data?: Json }
  | { outcome: 'pending'; token: Json; pollAfterMs: number }
  | { outcome: 'rejected'; failure: Failure } // certainly did not happen
  | { outcome: 'unknown'; why: string } // may have happened: look before asking again

export type Lookup =
  | { outcome: 'published'; externalId: string; url: string | null; data?: Json }
  | { outcome: 'absent' }
  | { outcome: 'unknown'; why: string }

/** Random material for keys, so that networks own no random source. */
export interface KeySource {
  uuid(): string
  now(): Date
  /** A whole number from 0 to `below` - 1. */
  random(below: number): number
}

// ---------------------------------------------------------------- contexts

/** What a network gets to act for one account. */
export interface AccountContext {
  http: Http
  /** The origin for a role of `Network.origins`, without a trailing slash; honours the account's own server, overrides and the sandbox. */
  origin(role?: string): string
  account: AccountView
  secret: SecretBox
  /** The registered app for OAuth networks. */
  app: AppCredentials | null
  now(): Date
  /**
   * Reports what an answer's headers said of this account's budget: `left` requests until `resetsAt`. The engine
   * publishes nothing more for the account while none are left. Absent where nobody keeps count.
   */
  budget?(left: number, resetsAt: Date): void
  /**
   * The same for the budget that all accounts of the app share: none of them publishes while nothing is left, and
   * metrics are collected only while it is not low. For OAuth networks where the operator registers the app.
   */
  appBudget?(told: AppBudget): void
  /** Ends the work: the lease is lost, the server stops. Every request takes it. */
  signal: AbortSignal
}

/** `left` of `limit` requests, points or percent until `resetsAt`; no limit where the network does not say. */
export interface AppBudget {
  left: number
  limit?: number | undefined
  resetsAt: Date
}

export interface PublishContext extends AccountContext {
  /**
   * The delivery's files, in the order of `draft.media` and fitted to the limits, for networks that send the bytes with
   * the visible request itself (Telegram, Discord). The same on every try; empty where the caller has none to give.
   */
  media: MediaFile[]
  /**
   * Runs `work` once per delivery and content, however often the process dies: the JSON it returns is checkpointed.
   * `validMs` bounds how long the result is good (an unreferenced upload is deleted by the network after a while).
   */
  step<T extends Json>(name: string, work: () => Promise<T>, options?: { validMs?: number }): Promise<T>
}

/** What a network may know of the account it acts for. */
export interface AccountView {
  id: string
  externalId: string
  name: string
  handle: string | null
  /** Not secret: `instanceUrl`, `serviceUrl`, `chatId`. */
  settings: Record<string, Json>
  limits: Limits
}

/**
 * The account's credential. `refresh` runs at most one exchange at a time per account across all processes, commits
 * what `exchange` returns before anyone uses it, and hands out the newer secret when somebody else was faster.
 */
export interface SecretBox {
  current(): Promise<Json>
  refresh(stale: Json, exchange: (secret: Json) => Promise<Outcome<FreshSecret>>): Promise<Outcome<Json>>
}

export interface FreshSecret {
  secret: Json
  expiresAt: Date | null
}

export interface AppCredentials {
  clientId: string
  clientSecret: string | null
}

// ---------------------------------------------------------------- connecting

export type Connect = OAuthConnect | CredentialsConnect

/** Connecting without an account yet: only the addresses and the app are known. */
export interface ConnectContext {
  http: Http
  origin(role?: string): string
  settings: Record<string, Json>
  app: AppCredentials | null
  now(): Date
  signal: AbortSignal
}

export interface OAuthConnect {
  kind: 'oauth'
  pkce: boolean
  scopes: string[]
  /** What must be known before the consent page: Mastodon's `{ instanceUrl }`. */
  settings: TSchema
  /** For networks where an app is registered per server, by us (Mastodon). The result is kept, sealed, per origin. */
  registerApp?(ctx: ConnectContext, redirectUri: string): Promise<Outcome<AppCredentials>>
  authorizeUrl(
    ctx: ConnectContext,
    request: { redirectUri: string; state: string; codeChallenge: string; scopes: string[] },
  ): string
  exchange(
    ctx: ConnectContext,
    grant: { code: string; redirectUri: string; codeVerifier: string },
  ): Promise<Outcome<Connected[]>>
  refresh?(ctx: AccountContext): Promise<Outcome<FreshSecret>>
  /** Refresh this long before the token runs out; null where tokens do not expire. */
  refreshBeforeMs: number | null
  revoke?(ctx: AccountContext): Promise<Done>
}

export interface CredentialsConnect {
  kind: 'credentials'
  /** What a person types in: `{ identifier, appPassword, serviceUrl? }`. */
  credentials: TSchema
  /** Takes the parsed credentials; answers every account they open. */
  open(ctx: ConnectContext, credentials: Record<string, Json>): Promise<Outcome<Connected[]>>
  revoke?(ctx: AccountContext): Promise<Done>
}

/** One account that a consent or credential opened. More than one: the person chooses. */
export interface Connected extends AccountProfile {
  externalId: string
  /** `profile`, `page`, `channel`, `board`, `organization`. */
  kind: string
  /** Sealed before it touches the disk. */
  secret: Json
  tokenExpiresAt: Date | null
  scopes: string[]
  settings: Record<string, Json>
}

export interface AccountProfile {
  name: string
  handle: string | null
  profileImageUrl: string | null
  profileUrl: string | null
  /** The account's own limits, where the network tells them. */
  limits?: Limits
  metadata?: Record<string, Json>
}

// ---------------------------------------------------------------- outcomes

export type Outcome<T> = { outcome: 'done'; value: T } | { outcome: 'failed'; failure: Failure }
export type Done = Outcome<null>

/** A post that is out, as networks need it to remove or measure it. */
export interface Published {
  externalId: string
  url: string | null
  data: Json
}

/** Counts since publication. Absent = the network does not say. */
export interface PostMetrics {
  externalId: string
  impressions?: number
  reach?: number
  views?: number
  likes?: number
  comments?: number
  shares?: number
  saves?: number
  clicks?: number
  /** The network's own numbers under its own names. */
  raw: Record<string, Json>
}

export interface AccountMetrics {
  followers?: number
  following?: number
  posts?: number
  raw: Record<string, Json>
}
