import type { KeyScope, Tier } from './api-key.ts'
import type { Permission } from './permission.ts'

/** Who asks. Made at the edge from a credential that was checked; operations decide what it may do. */
export type Actor = UserActor | ApiKeyActor | GatewayActor | EngineActor

/** A person with a login; what they may do comes from their role in each workspace. */
export interface UserActor extends Origin {
  kind: 'user'
  userId: string
  sessionId: string
  isInstanceAdmin: boolean
}

/** A program with an API key (dialect C). `workspaceIds: null` means every workspace of the instance. */
export interface ApiKeyActor extends Origin {
  kind: 'api_key'
  apiKeyId: string
  workspaceIds: string[] | null
  /** What it was given, in dialect C's words; `permissions` is what that means in ours. */
  scopes: KeyScope[]
  permissions: Permission[]
  /** How many requests a minute it may make. */
  tier: Tier
}

/** A caller vouched for by the content gateway or its token issuer (dialect D); its user need not be ours. */
export interface GatewayActor extends Origin {
  kind: 'gateway'
  workspaceId: string
  externalUserId: string
  permissions: Permission[]
}

/** The server itself: the engine, recurrences, chores. */
export interface EngineActor extends Origin {
  kind: 'engine'
}

/** Where the request came from; kept with every event. */
export interface Origin {
  dialect: Dialect
  requestId: string
  ip?: string
  userAgent?: string
}

export type Dialect = 'mypost' | 'social-media-service' | 'oui-post' | 'content' | 'engine'

export const theEngine: EngineActor = { kind: 'engine', dialect: 'engine', requestId: 'engine' }
