import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

/** Sentences that say why the server cannot do its work; empty when it can. */
export type ReadReadiness = () => Promise<string[]>

/** A probe that hangs is as bad as one that fails; orchestrators ask every few seconds. */
const readinessMsMax = 5_000

/**
 * `/healthz`: the process lives and its event loop turns; says nothing of what it depends on, so that an orchestrator
 * does not restart servers because the database is away. `/readyz`: publishing works; 503 with the reasons otherwise.
 */
export const healthRoutes = (
  readReadiness: ReadReadiness,
  /** Sentences about what works with less than was asked for; no reason to send traffic elsewhere. */
  readWarnings: () => string[] = () => [],
): FastifyPluginAsync =>
  fp(async (app) => {
    const quiet = { config: { public: true, isProbe: true } } as const

    app.get('/healthz', quiet, async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { status: 'ok' }
    })

    app.get('/readyz', quiet, async (_request, reply) => {
      const reasons = await withinTime(readReadiness())
      reply.header('cache-control', 'no-store').code(reasons.length === 0 ? 200 : 503)
      const warnings = readWarnings()
      return {
        status: reasons.length === 0 ? 'ready' : 'not_ready',
        ...(reasons.length > 0 && { reasons }),
        ...(warnings.length > 0 && { warnings }),
      }
    })
  })

async function withinTime(reading: Promise<string[]>): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string[]>((done) => {
    timer = setTimeout(() => done([`No answer within ${readinessMsMax} ms.`]), readinessMsMax)
  })
  try {
    return await Promise.race([reading, late])
  } finally {
    clearTimeout(timer)
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by a machine every few seconds: not worth a line in the log. */
    isProbe?: boolean
  }
}
