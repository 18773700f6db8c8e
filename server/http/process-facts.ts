import { readFileSync } from 'node:fs'
import { constrainedMemory, memoryUsage, uptime, versions } from 'node:process'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** What this process knows of itself. Memory in bytes; `limitBytes` is null where the system sets none. */
export function processFacts() {
  // Without a limit the system reports one larger than any machine.
  const limit = constrainedMemory()
  return {
    version,
    runtime: `Node.js ${versions.node}`,
    uptimeSeconds: Math.floor(uptime()),
    usedBytes: memoryUsage.rss(),
    limitBytes: limit > 0 && limit < 2 ** 50 ? limit : null,
  }
}
