/**
 * Something between us and a real server that breaks one request on purpose: before it was passed on, so that the server
 * never heard of it, or after, so that it was done and nobody learns so.
 */

import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ProxyFault =
  /** The connection is destroyed. */
  | { kind: 'cut'; when: 'before' | 'after' }
  /** Nothing is ever answered; the connection stays open until the proxy closes. */
  | { kind: 'silence'; when: 'before' | 'after' }
  /** This answer instead of the server's own. */
  | {
      kind: 'answer'
      when: 'before' | 'after'
      status: number
      headers?: Record<string, string>
      body?: unknown
    }

export interface FaultProxy {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** The next request that matches meets the fault, once. Arming again replaces what was armed. */
  breakNext(fault: ProxyFault, matches?: (request: { method: string; path: string }) => boolean): void
  /** `METHOD /path` of every request so far, in order. */
  seen: string[]
  close(): Promise<void>
}

/** Larger bodies than this are for no test. */
const bodyBytesMax = 400_000_000

/** @param target the origin of the real server. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let armed: { fault: ProxyFault; matches: (request: { method: string; path: string }) => boolean } | null =
    null
  const seen: string[] = []

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy())
  })

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse) {
    const method = incoming.method ?? 'GET'
    const path = incoming.url ?? '/'
    seen.push(`${method} ${path.split('?')[0]}`)
    const fault = armed?.matches({ method, path }) ? armed.fault : null
    if (fault) armed = null
    const body = await read(incoming)
    if (fault?.when === 'before') return happen(fault, incoming, outgoing)
    const answer = await forward(method, new URL(path, target), incoming, body)
    if (fault) return happen(fault, incoming, outgoing)
    outgoing.writeHead(answer.status, answer.headers).end(answer.body)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakNext(fault, matches = () => true) {
      armed = { fault, matches }
    },
    seen,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function happen(fault: ProxyFault, incoming: IncomingMessage, outgoing: ServerResponse) {
  if (fault.kind === 'cut') return void incoming.socket.destroy()
  if (fault.kind === 'silence') return
  outgoing
    .writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
    .end(fault.body === undefined ? '' : JSON.stringify(fault.body))
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new Error('The body is too large for the proxy')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function forward(method: string, url: URL, incoming: IncomingMessage, body: Buffer) {
  const { 'transfer-encoding': _, connection: __, ...headers } = incoming.headers
  const outgoing = httpRequest(url, {
    method,
    // A connection for each: small servers (snac2) close theirs after an answer without saying so.
    agent: false,
    headers: { ...headers, host: url.host, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
  })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const { 'transfer-encoding': ___, connection: ____, ...answered } = response.headers
  return { status: response.statusCode ?? 502, headers: answered, body: await read(response) }
}
