import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Who a process runs as; for `spawn`. */
export interface SystemUser {
  uid: number
  gid: number
}

/**
 * Who runs PostgreSQL, which refuses to run as root: null for an ordinary user, who runs it; for root the owner of the
 * data that is there, else the user `postgres` where there is one, else `nobody`.
 */
export async function serverUser(cluster: string): Promise<SystemUser | null> {
  const owner = await stat(cluster).catch(() => null)
  if (ownUid() !== 0) {
    if (owner && owner.uid !== ownUid())
      throw new Error(
        `The database in ${cluster} belongs to another user (uid ${owner.uid}, this is ${ownUid()}). ` +
          'Run Fanfare as that user, or give the folder to this one with chown -R.',
      )
    return null
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] =
      users
        .split('\n')
        .map((line) => line.split(':'))
        .find(([user]) => user === name) ?? []
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  return { uid: 65_534, gid: 65_534 }
}

/** Works for users without a name, as in containers that are given a bare number. */
export const ownUid = (): number => process.geteuid?.() ?? 0

/** Whether the user may pass through every folder down to `path`, and list or read what is there. */
export async function canReach(user: SystemUser | null, path: string): Promise<boolean> {
  if (user === null) return true
  if (!(await allows(user, path, 0o5))) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!(await allows(user, folder, 0o1))) return false
    if (folder === dirname(folder)) return true
  }
}

async function allows(user: SystemUser, path: string, wanted: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path)
  const bits = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode
  return (bits & wanted) === wanted
}
