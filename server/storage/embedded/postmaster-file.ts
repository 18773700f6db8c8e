import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The process id in `postmaster.pid`, which PostgreSQL keeps for as long as it runs; null when there is none. */
export async function postmasterPid(cluster: string): Promise<number | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => null)
  const pid = Number(text?.split('\n', 1)[0])
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null
}

/** A process that has ended and was not yet collected by its parent (a container's first process may never) is dead. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

/**
 * Removes a `postmaster.pid` whose number now belongs to another program, as happens after a power failure and in
 * containers, where the same few numbers come back at each start, or to a process that is dead and was never collected.
 * PostgreSQL itself would refuse to start for ever. Every process of a server works inside its data folder, so when
 * none does there is no server. Linux only, where that can be seen.
 */
export async function removeForeignPid(cluster: string): Promise<void> {
  const pid = await postmasterPid(cluster)
  if (process.platform !== 'linux' || pid === null) return
  const own = await realpath(cluster)
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const places = await Promise.all(processes.map((id) => readlink(`/proc/${id}/cwd`).catch(() => null)))
  if (!places.includes(own)) await rm(join(cluster, 'postmaster.pid'), { force: true })
}
