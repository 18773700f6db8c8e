/**
 * What a network is tried against: a simulator, or a real server with something in between that breaks connections.
 * Whoever adds a network writes one of these (a screen of code) and gets the whole suite of conformance.ts for it.
 */
import type { AppCredentials, Connected, Json } from './network.ts'

export interface World {
  /** Where each role of `Network.origins` is reached, without a trailing slash. */
  origin(role: string): string
  /** The account's settings before connecting (`instanceUrl`); `{}` when there are none. */
  settings: Record<string, Json>
  /** The registered app, for OAuth networks without `registerApp`. */
  app: AppCredentials | null
  /** How a person connects a fresh account here: for `credentials` networks what they type, for OAuth the consent. */
  person: Person
  /** What anyone can see of the account, oldest first. */
  visible(account: Connected): Promise<Seen[]>
  /**
   * Lets the next request that would make something visible go wrong in this way, once. Requests that make nothing
   * visible (uploads, reads, refreshing) are not touched. A real server gets it from something in between.
   */
  breakNextWrite(fault: WriteFault): Promise<void>
  /** Makes the access token expire, for networks whose tokens do; the refresh token stays good. */
  expireToken?(account: Connected): Promise<void>
  /** Takes all access away, as the person would in the network's settings. */
  revokeAccess?(account: Connected): Promise<void>
  /** Somebody likes the post: the metrics must show it. */
  like?(account: Connected, externalId: string): Promise<void>
  /** A video the network accepts, when the suite's own few bytes are not enough. */
  video?(): Promise<SampleFile>
  close(): Promise<void>
}

/** What a world can do beyond the necessary. */
export type Ability = 'expireToken' | 'revokeAccess' | 'like'

export type Person =
  | {
      kind: 'credentials'
      /** Credentials of an account that no earlier call answered. */
      credentials(): Promise<Record<string, Json>>
      /** The same form, filled in wrongly. */
      wrongCredentials(): Promise<Record<string, Json>>
    }
  | {
      kind: 'oauth'
      /** Opens the consent page as a person who allows, and answers the `code` of the redirect. */
      consent(authorizeUrl: string): Promise<string>
    }

/** A post as a reader finds it. */
export interface Seen {
  externalId: string
  text: string
  /** How many images and videos it shows. */
  media: number
  /** The alternative texts of its media, in order; absent where readers cannot see them. */
  altTexts?: string[]
  /** The external id of the post it answers. */
  replyTo?: string | null
}

/**
 * - `rate_limited`: refused with the network's own "too many requests", to be tried again in `rateLimitSeconds`;
 * - `rejected`: refused as the network refuses content it does not want, so that repeating is useless;
 * - `error_before`, `error_after`: a 5xx answer, and the write was not done, or was;
 * - `cut_before`, `cut_after`: the connection breaks after the request was sent, and the write was not done, or was;
 * - `silence_before`, `silence_after`: no answer ever comes, and the write was not done, or was.
 */
export type WriteFault =
  | 'rate_limited'
  | 'rejected'
  | 'error_before'
  | 'error_after'
  | 'cut_before'
  | 'cut_after'
  | 'silence_before'
  | 'silence_after'

/** What a world's `rate_limited` fault tells the caller to wait. */
export const rateLimitSeconds = 77

export interface SampleFile {
  mimeType: string
  filename: string
  bytes: Buffer
  width: number
  height: number
  durationMs: number | null
}
