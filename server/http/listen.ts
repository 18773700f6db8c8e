import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'

/**
 * The port, taken before anything slow begins: a port in use is told at once, PORT=0 is known when addresses are made
 * from it, and whoever asks while the server starts hears 503 with Retry-After instead of a refused connection.
 */
export interface Listener {
  port: number
  /** How this process reaches itself. */
  loopbackUrl: string
  /** What a person at this machine can open. */
  shownUrl: string
  /** From now on requests go here. */
  serve(handler: Handler): void
  /** Takes no new connections, lets open requests finish for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Whoever needs longer for the head of a request is gone or hostile. Uploads may take their time with the body. */
const headersTimeoutMs = 30_000
const requestTimeoutMs = 300_000
/** Longer than the 60 s of common proxies, so that they never write into a connection that is closing. */
const keepAliveTimeoutMs = 72_000

export async function listen(host: string, port: number): Promise<Listener> {
  let handler = saying('starting')
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    },
    (request, response) => handler(request, response),
  )
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(explained(error, host, port)))
    server.listen({ host, port }, () => done())
  })
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    loopbackUrl: `http://${loopbackOf(host)}:${address.port}`,
    shownUrl: `http://${loopbackOf(host).replace(/^(127[.]0[.]0[.]1|\[::1\])$/, 'localhost')}:${address.port}`,
    serve(next) {
      handler = next
    },
    close: (graceMs) =>
      new Promise((done) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(cut)
          done()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Answers everything with 503 and closes the connection: for the time before the start is done and after a stop began. */
export function saying(status: 'starting' | 'stopping'): Handler {
  const body = JSON.stringify({ status, reasons: [`The server is ${status}.`] })
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'retry-after': '1',
    connection: 'close',
  }
  return (_request, response) => response.writeHead(503, headers).end(body)
}

function loopbackOf(host: string): string {
  if (host === '0.0.0.0' || host === 'localhost') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIPv6(host) ? `[${host}]` : host
}

function explained(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(
        `Port ${port} on ${host} is in use. Stop what uses it, or choose another with PORT=8008.`,
      )
    case 'EACCES':
      return new Error(
        `Port ${port} on ${host} is not allowed for this user. Choose one above 1023 with PORT.`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(
        `HOST is "${host}", which is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.`,
      )
    default:
      return error
  }
}
