/** What a simulated network is made of. sandbox/README.md tells how to write one. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Answer } from './answer.ts'
import type { KeptMedia } from './kept-media.ts'
import type { OAuth, OAuthRules } from './oauth.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Table } from './store.ts'

export interface Simulator {
  /** The network's id and folder name; its routes are mounted at `/sandbox/<id>`. */
  id: string
  /** As a person writes it. */
  name: string
  /** The network's colour on the feed page, as CSS. */
  color: string
  /** Largest request body; bodies are held in memory. */
  bodyBytesMax: number
  /** Adds the network's routes, with paths below `/sandbox/<id>`. */
  routes(app: FastifyInstance, world: World): void | Promise<void>
  /** What is out there now, for the feed page and the tests. Deleted posts are not. Any order. */
  feed(world: World): FeedPost[]
  /** How this network says what the core decides on its own. */
  refusals: Refusals
  /** Things a test may do to this network: `POST /sandbox/_control/networks/<id>/<name>` calls `controls[name]`. */
  controls?: Record<string, (world: World, input: Record<string, unknown>) => unknown>
}

export interface Refusals {
  /** `#fail:rejected`: this content breaks a rule; sending it again changes nothing. */
  rejected(request: FastifyRequest): Answer
  rateLimited(request: FastifyRequest, retryAfterMs: number): Answer
  /** `#fail:expired`: also makes the token of this request really expire, where tokens can be renewed. */
  expired(request: FastifyRequest, world: World): Answer
  serverError(request: FastifyRequest): Answer
  /** No such route. */
  notFound(request: FastifyRequest): Answer
  /** A body that cannot be read. */
  badRequest(request: FastifyRequest, why: string): Answer
}

/** What the core gives a simulator. Everything in it survives a SIGKILL, except rate limit windows. */
export interface World {
  /** The sandbox's time: the injected clock, moved by the control API. Use it for everything. */
  now(): Date
  /** Rows by key, bounded (2,000 unless told otherwise). Changes are on disk before the answer leaves. */
  table<T>(name: string, options?: { max?: number }): Table<T>
  /** 1, 2, 3 ... (or from `first`), never twice. */
  nextNumber(name: string, first?: number): number
  /** Unguessable, in hexadecimal. */
  randomHex(bytes?: number): string
  /** Uploaded bytes. */
  media: KeptMedia
  rateLimit(rule: { limit: number; windowMs: number }): RateLimit
  /** The OAuth flow over this network's tables; making it twice with the same rules is fine. */
  oauth(rules: OAuthRules): OAuth
  /** How long this network takes for what it does later (video processing, publishing). The control API sets it. */
  processingMs(): number
  /** The absolute address of a path of this network, as the caller of `request` reaches it (upload addresses). */
  ownUrl(request: FastifyRequest, path: string): string
  /** The absolute address of a path of this network, for people (permalinks). */
  publicUrl(path: string): string
  /** Fetches media as networks that pull do; only from the server this sandbox belongs to. */
  pull(url: string): Promise<Pulled>
  /** A page that shows one post as a person sees it, for the permalink routes. */
  postPage(post: FeedPost | undefined): Answer
}

export type Pulled =
  | { outcome: 'done'; bytes: Buffer; mimeType: string }
  /** `isElsewhere`: it was not asked for, because the address belongs to somebody else's server. */
  | { outcome: 'failed'; why: string; isElsewhere?: boolean }

/** A post as people see it. */
export interface FeedPost {
  /** Unique within the network. */
  id: string
  author: { name: string; handle: string }
  text: string
  /** When it became visible. */
  at: string
  /** The permalink, as the network's API tells it. */
  url: string | null
  title?: string | null
  /** The channel, board, page or group it stands in, where that is not the author. */
  place?: string | null
  media?: FeedMedia[]
  /** A link card. */
  link?: { url: string; title: string | null; description?: string | null } | null
  /** The id of the post it answers: shown beneath it, as a thread. */
  replyTo?: string | null
  /** `likes: 12` and so on, shown as they are. */
  counts?: Record<string, number>
  /** Short remarks shown beside the time: `unlisted`, `content warning: spiders`, `reel`. */
  notes?: string[]
}

export interface FeedMedia {
  kind: 'image' | 'video' | 'document'
  /** Of kept media: `media.url(id)`; null when the bytes are gone. */
  url: string | null
  mimeType: string
  filename?: string | null
  altText: string | null
}

/** What the core must know of a request to make faults happen: `{ config: { simulated: {...} } }` on the route. */
export interface SimulatedRoute {
  /** The operation's name for faults and recordings: `sendMessage`, `statuses.create`. */
  operation: string | ((request: FastifyRequest) => string)
  /**
   * On a request that would make something visible: its text, in which `#fail:...` words are looked for, '' when it has
   * none. Undefined or null on any other request.
   */
  text?: (request: FastifyRequest) => string | undefined | null
  /** Whose post it is (never a token that may be renewed): a `#fail:...` word counts per account and text. */
  account?: (request: FastifyRequest) => string | undefined | null
}

declare module 'fastify' {
  interface FastifyContextConfig {
    simulated?: SimulatedRoute
  }
}
