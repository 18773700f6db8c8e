import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Exchange } from '../sandbox/recorder.ts'
import { sandbox } from '../sandbox/sandbox.ts'

export interface SandboxAtRoot extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: the network's own paths begin right behind it. */
  origin: string
  exchanges: Exchange[]
  /** A POST to the control API. */
  control(path: string, body: Record<string, unknown>): Promise<unknown>
  close(): Promise<void>
}

/** One simulated network as a whole server, for public client libraries that take an origin but no path. */
export async function sandboxAtRoot(network: string): Promise<SandboxAtRoot> {
  const folder = await mkdtemp(join(tmpdir(), `sandbox-${network}-`))
  const exchanges: Exchange[] = []
  const app = Fastify({
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/sandbox/') ? url : `/sandbox/${network}${url}`),
  })
  await app.register(sandbox, {
    prefix: '/sandbox',
    folder,
    observe: (exchange) => exchanges.push(exchange),
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const close = async () => {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
  async function control(path: string, body: Record<string, unknown>): Promise<unknown> {
    const answer = await fetch(`${origin}/sandbox/_control/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  await control('settings', { processingMs: 50 })
  return { origin, exchanges, control, close, [Symbol.asyncDispose]: close }
}
