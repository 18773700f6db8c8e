import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface ChildSandbox {
  url: string
  kill(): Promise<void>
}

/** Starts a program that prints `{"sandbox": <url>}` when it is ready; `kill` is a SIGKILL. */
export async function childSandbox(program: string, ...args: string[]): Promise<ChildSandbox> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [string | number]
  if (typeof line !== 'string') throw new Error(`${program} ended with ${line} before it was ready`)
  return {
    url: (JSON.parse(line) as { sandbox: string }).sandbox,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
