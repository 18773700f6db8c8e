import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/**
 * Who may use the control API, and who may look at the feed. The simulated networks themselves are as open as the real
 * ones: each asks for its own (simulated) credentials.
 *
 * - Control: a program on this machine, or one with the control key.
 * - Feed and permalinks: the same, and machines of a private network (a container's host), and whoever `mayLook` lets in.
 *   Posts of several workspaces stand in one feed, so it is not simply open; `feed: 'open'` makes it so.
 *
 * "On this machine" means: the connection comes from a loopback address, the request was made to a loopback name (a page
 * of another site that had its name pointed here is not), no other site's page sent it, no proxy forwarded it, and the
 * server is not published under a public address, in which case everything may come through a proxy that says nothing.
 */
export interface AccessRules {
  publicUrl: string | null
  controlKey: string | null
  feed: 'local' | 'open'
  mayLook?: (request: FastifyRequest) => boolean | Promise<boolean>
}

export function mayControl(request: FastifyRequest, rules: AccessRules): boolean {
  return hasKey(request, rules.controlKey) || isFrom(request, rules, isLoopback)
}

export async function maySeeFeed(request: FastifyRequest, rules: AccessRules): Promise<boolean> {
  if (rules.feed === 'open' || mayControl(request, rules)) return true
  if (isFrom(request, rules, isPrivate)) return true
  return (await rules.mayLook?.(request)) ?? false
}

function isFrom(request: FastifyRequest, rules: AccessRules, matches: (ip: string) => boolean): boolean {
  if (rules.publicUrl !== null && !isLoopbackName(new URL(rules.publicUrl).hostname)) return false
  const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip', 'via']
  if (forwarded.some((name) => request.headers[name] !== undefined)) return false
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && request.method !== 'GET')
    return false
  const { origin } = request.headers
  if (origin !== undefined && origin !== `${request.protocol}://${request.host}`) return false
  return isLoopbackName(request.hostname) && matches(request.socket.remoteAddress ?? '')
}

export const isLoopbackName = (name: string) =>
  name === 'localhost' || name.endsWith('.localhost') || isLoopback(name.replace(/^\[|\]$/g, ''))

const plain = (ip: string) => ip.replace(/^::ffff:/i, '')
const isLoopback = (ip: string) => plain(ip) === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain(ip))
const isPrivate = (ip: string) =>
  isLoopback(ip) ||
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(plain(ip)) ||
  /^f[cd][0-9a-f]{2}:/i.test(ip)

function hasKey(request: FastifyRequest, controlKey: string | null): boolean {
  const given = request.headers['x-sandbox-key']
  if (controlKey === null || typeof given !== 'string') return false
  const [a, b] = [Buffer.from(given), Buffer.from(controlKey)]
  return a.length === b.length && timingSafeEqual(a, b)
}
