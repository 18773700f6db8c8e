import type { FastifyInstance } from 'fastify'
import type { Context } from '../operations/context.ts'
import { publicKeys } from '../operations/signing-keys.ts'

/** How long a gateway may keep the keys. Shorter than any rotation leaves both keys up. */
const cacheSeconds = 300

/** The public keys of our access tokens, so that a gateway or another service can check them without asking us. */
export function serveJwks(app: FastifyInstance, ctx: Context): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', `public, max-age=${cacheSeconds}`)
    return { keys: await publicKeys(ctx) }
  })
}
