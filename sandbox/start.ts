import Fastify from 'fastify'
import { type SandboxOptions, sandbox } from './sandbox.ts'

export interface RunningSandbox {
  /** `http://127.0.0.1:<port>/sandbox`, to which `/<network>` is added. */
  url: string
  close(): Promise<void>
}

/** A server with nothing but the sandbox, on loopback. `port` 0 picks a free one. */
export async function startSandbox(options: SandboxOptions & { port?: number }): Promise<RunningSandbox> {
  const app = Fastify({ routerOptions: { maxParamLength: 500 }, forceCloseConnections: true })
  await app.register(sandbox, { ...options, prefix: '/sandbox' })
  const address = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  return { url: `${address}/sandbox`, close: () => app.close() }
}
