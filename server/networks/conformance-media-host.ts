/** Serves the suite's files to networks that fetch media by address, as the server's own signed addresses do. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const files = new Map<string, { bytes: Buffer; mimeType: string }>()
let host: { server: Server; origin: string } | null = null
let users = 0

/** Where a file will be found while a host is open. */
export function hostedAddress(
  id: string,
  file: { bytes: Buffer; mimeType: string; filename: string },
): string {
  files.set(id, file)
  return `${host?.origin ?? 'https://media.example'}/${id}/${encodeURIComponent(file.filename)}`
}

/** One host for all trials of a test file; the last one to close takes it away. */
export async function openMediaHost(): Promise<{ close(): Promise<void> }> {
  users++
  host ??= await listen()
  return {
    async close() {
      users--
      if (users > 0 || !host) return
      const { server } = host
      host = null
      files.clear()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function listen() {
  const server = createServer((request, response) => {
    const file = files.get(request.url?.split('/')[1] ?? '')
    if (!file) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length })
    response.end(request.method === 'HEAD' ? undefined : file.bytes)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
