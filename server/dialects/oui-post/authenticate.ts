import type { FastifyRequest } from 'fastify'
import type { Actor, ApiKeyActor } from '../../domain/actor.ts'
import type { KeyScope } from '../../domain/api-key.ts'
import { forbidden, Refusal } from '../../domain/refusal.ts'
import { authenticateBearer, originOf } from '../../http/authenticate.ts'
import { authenticateApiKey } from '../../operations/authenticate-api-key.ts'
import type { Context } from '../../operations/context.ts'
import { inId } from './ids.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the API key must have been given. */
    scope?: KeyScope
  }
}

/** `/admin` takes the bearer token of its own login, `/api` an API key. */
export async function authenticate(ctx: Context, request: FastifyRequest): Promise<Actor> {
  if (request.url.startsWith('/admin')) return authenticateBearer(ctx, 'oui-post', request)
  const text = request.headers['x-api-key']
  if (typeof text !== 'string' || text === '')
    throw new Refusal('unauthenticated', 'Send your API key in the header X-API-Key', {
      rule: 'api_key_missing',
    })
  const actor = await authenticateApiKey(ctx, text, originOf('oui-post', request))
  const { scope } = request.routeOptions.config
  if (scope && !actor.scopes.includes(scope)) throw forbidden(`This API key was not given ${scope}`)
  return actor
}

/** The key that a request under `/api` was made with. */
export function keyOf(request: FastifyRequest): ApiKeyActor {
  const { actor } = request
  if (actor.kind !== 'api_key') throw new Error('This address is for API keys')
  return actor
}

/**
 * The workspace a request is about: the header X-Workspace-ID, as UUID or with its prefix, checked against the key.
 * A workspace that the key does not reach is refused alike whether it exists or not.
 */
export function workspaceOf(request: FastifyRequest): string {
  const header = request.headers['x-workspace-id']
  if (typeof header !== 'string' || header === '')
    throw new Refusal('invalid', 'Send the workspace in the header X-Workspace-ID', {
      rule: 'workspace_required',
    })
  const workspaceId = inId('workspace', header)
  const { workspaceIds } = keyOf(request)
  if (!workspaceId || (workspaceIds && !workspaceIds.includes(workspaceId)))
    throw forbidden('This API key does not reach that workspace', 'workspace_not_allowed')
  return workspaceId
}
