/** Child processes of the crash tests. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { EngineProcessOptions } from './engine-process.ts'

export interface VisiblePost {
  id: string
  key: string
  account: string
  text: string
}

export async function startNetworkServer() {
  const child = fork(join(import.meta.dirname, 'network-server.ts'), [], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [url] = (await once(child.stdout as NodeJS.ReadableStream, 'data')).map((chunk) =>
    String(chunk).trim(),
  )
  return {
    url: url as string,
    async all(): Promise<{ posts: VisiblePost[]; requests: number }> {
      return (await (await fetch(`${url}/all`)).json()) as { posts: VisiblePost[]; requests: number }
    },
    stop: () => end(child),
  }
}

/** @returns once the engine runs; `died` when it is gone, with the signal that ended it. */
export async function startEngineProcess(options: EngineProcessOptions) {
  const child = fork(join(import.meta.dirname, 'engine-process.ts'), [JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const died = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null)
  await Promise.race([once(child, 'message'), died])
  return {
    died,
    kill: () => {
      child.kill('SIGKILL')
      return died
    },
    stop: () => end(child),
  }
}

async function end(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
