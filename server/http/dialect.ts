import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { Actor, Dialect } from '../domain/actor.ts'
import type { HttpFailure } from './failure.ts'

/**
 * One documented API, mounted beside the others on one port: its routes, how it knows who asks, and how it says no.
 * `createApp` takes a list of them and does the rest the same way for each.
 */
export interface HttpDialect {
  id: Dialect
  /** For the docs page. */
  title: string
  description: string
  /** Each plugin and the path it is mounted at. */
  mounts: { prefix: string; routes: FastifyPluginAsync }[]
  /**
   * The shape of this dialect's ids, where another one serves the same paths (`sharedResources` in id-shape.ts).
   * Its routes there match such ids only.
   */
  idShape?: IdShape
  /** A body with a field that its schema does not name is refused instead of read past. */
  refusesUnknownFields?: boolean
  /** Whether an address that no route matches is this dialect's to answer for. Asked in the order of mounting. */
  owns(path: string): boolean
  /** Who asks; throws a Refusal for a missing or bad credential. Not called for routes with `config.public`. */
  authenticate(request: FastifyRequest): Promise<Actor>
  /** For the documentation, where a bearer token from the login is not what its clients send. */
  securitySchemes?: Record<string, SecurityScheme>
  securityOf?(url: string): { [scheme: string]: string[] }[]
  /** For the documentation: the examples of the document that this API comes from. */
  examples?: Examples
  /** For the documentation: what a parameter means, by its name, where its route does not say. */
  parameters: Record<string, string>
  /** For the documentation: every POST with a credential takes an Idempotency-Key. */
  acceptsIdempotencyKeys?: boolean
  /** For the documentation: the error answers of a route, `errors(400, 404)`, each with what it means. */
  errors(...statuses: number[]): Record<number, TSchema>
  /** The status of a request with a wrong field, and those of a body that is too large or not JSON. */
  statuses: { invalid: number; unreadable: number[] }
  /** The dialect's own words for a failure. Called for everything that goes wrong on its paths. */
  present(failure: HttpFailure, request: FastifyRequest): Answer
}

/** By operation, `POST /api/posts/{id}/schedule`: a body to send, and the body of the success. */
export type Examples = Record<string, { body?: unknown; answer?: unknown }>

export type IdShape = 'integer' | 'uuid'

export interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

export type SecurityScheme =
  | { type: 'http'; scheme: 'bearer'; bearerFormat?: string; description?: string }
  | { type: 'apiKey'; in: 'header'; name: string; description?: string }
