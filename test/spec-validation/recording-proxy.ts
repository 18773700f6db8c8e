import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf, type Exchange } from './exchange.ts'

export interface RecordingProxy extends AsyncDisposable {
  /** Give this to the client instead of the simulator's address; paths are the same. */
  origin: string
  exchanges: Exchange[]
  close(): Promise<void>
}

/**
 * Stands in front of a server and keeps what passes: for public client libraries, which bring their own HTTP.
 * @param target scheme, host and port of the server, without a path.
 */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const exchanges: Exchange[] = []
  const server = createServer(async (request, reply) => {
    const bytes = await collect(request)
    const headers = plainHeaders(request.headers)
    const url = new URL(request.url ?? '/', target)
    const answer = await fetch(url, {
      method: request.method,
      headers: forwarded(headers),
      body: bytes.byteLength > 0 ? new Uint8Array(bytes) : undefined,
      redirect: 'manual',
    })
    const answerBytes = new Uint8Array(await answer.arrayBuffer())
    const answerHeaders = Object.fromEntries(answer.headers)
    exchanges.push({
      request: {
        method: request.method ?? 'GET',
        url: url.href,
        headers,
        body: await bodyOf(bytes, headers),
      },
      response: {
        status: answer.status,
        headers: answerHeaders,
        body: await bodyOf(answerBytes, answerHeaders),
      },
    })
    reply.writeHead(answer.status, forwarded(answerHeaders)).end(answerBytes)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, exchanges, close, [Symbol.asyncDispose]: close }
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  return plain
}

/** What belongs to one connection stays with it; bodies travel decoded. */
function forwarded(headers: Record<string, string>): Record<string, string> {
  const ofTheConnection = [
    'connection',
    'keep-alive',
    'transfer-encoding',
    'content-length',
    'content-encoding',
    'host',
    'expect',
  ]
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheConnection.includes(name)))
}
