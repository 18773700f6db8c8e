import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/**
 * Whose X-Forwarded-For is believed (FANFARE_TRUST_PROXY); null: nobody's, the connection's own address counts.
 * `hops`: the last so many proxies, whatever their addresses; only safe where nobody but the proxy reaches the port.
 * `ranges`: proxies at these addresses, and nobody else.
 */
export type TrustedProxies = { hops: number } | { ranges: string[] } | null

/** The same in Fastify's words. */
export function trustProxyOption(trusted: TrustedProxies) {
  if (trusted === null) return false
  return 'ranges' in trusted ? trusted.ranges : (_address: string, hop: number) => hop < trusted.hops
}

/**
 * The address that a request comes from, for limits, the audit log and the log. A proxy may forward words that are no
 * address (`unknown`, or one with a port); the proxy's own address stands in for those.
 */
export const clientAddress = (request: FastifyRequest): string =>
  isIP(request.ip) ? request.ip : (request.socket.remoteAddress ?? 'unknown')
