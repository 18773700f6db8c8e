import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { clientAddress } from './client-address.ts'

/**
 * One line per request once it is answered; its log adds the request id that the answer carries too. The route's pattern and
 * the path are told and the query is not: it may hold codes and tokens. Probes are left out.
 */
export const requestLog: FastifyPluginAsync = fp(async (app) => {
  app.addHook('onResponse', async (request, reply) => {
    const { config, url: route } = request.routeOptions
    if (config.isProbe) return
    const line = {
      method: request.method,
      path: request.url.split('?', 1)[0]?.slice(0, 300),
      route: route ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ip: clientAddress(request),
    }
    if (reply.statusCode >= 500) request.log.warn(line, 'request')
    else request.log.info(line, 'request')
  })
  app.addHook('onRequestAbort', async (request) => {
    request.log.info({ method: request.method }, 'the caller hung up')
  })
})
