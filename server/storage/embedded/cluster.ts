import { spawn } from 'node:child_process'
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isAlive } from './postmaster-file.ts'
import { canReach, type SystemUser } from './system-user.ts'

/** The version of the binaries we ship; a cluster is of one major version for its life. */
const majorVersion = '18'

export interface Cluster {
  /** The data folder as this process knows it. */
  path: string
  /** The data folder as the server's user reaches it from inside: see `pathFor`. */
  pathForServer: string
  user: SystemUser | null
}

/**
 * Finds the data folder, or makes it with initdb. That goes on under another name until it is whole, so that a start
 * killed half-way leaves nothing that looks like a database.
 */
export async function prepareCluster(folder: string, bin: string, user: SystemUser | null): Promise<Cluster> {
  const path = join(folder, 'cluster')
  await removeUnfinished(folder)
  if (!(await versionOf(path))) await createCluster(folder, path, bin, user)
  const version = await versionOf(path)
  if (version !== majorVersion)
    throw new Error(
      version
        ? `The database in ${path} was made by PostgreSQL ${version}; this Fanfare brings ${majorVersion}. ` +
            'Export it with the Fanfare that made it, or run that version of PostgreSQL and set DATABASE_URL.'
        : `${path} is not a whole PostgreSQL data folder. Restore it from a backup, or move it away to begin anew.`,
    )
  return { path, pathForServer: await pathFor(path, user), user }
}

/**
 * Root's data often lie below a folder that only root may enter (/root), and the server's user has to get in. A
 * process that was started inside a folder may use it whatever lies above, so the server is given its own working
 * folder for a name. Linux only; elsewhere root must choose another place.
 */
async function pathFor(path: string, user: SystemUser | null): Promise<string> {
  if (await canReach(user, path)) return path
  if (process.platform === 'linux') return '/proc/self/cwd'
  throw new Error(
    `PostgreSQL does not run as root, and another user cannot enter ${path}. ` +
      'Set FANFARE_DATA_DIR to a folder that everyone can pass through, or run Fanfare as an ordinary user.',
  )
}

async function versionOf(path: string): Promise<string | null> {
  const [version] = await Promise.all([
    readFile(join(path, 'PG_VERSION'), 'utf8').catch(() => null),
    readdir(path).then(
      (files) => {
        // An empty folder is a mount point or a first try; anything else without a version is not ours to overwrite.
        if (files.length > 0 && !files.includes('PG_VERSION'))
          throw new Error(`${path} holds something that is no PostgreSQL data folder. Move it away.`)
      },
      () => undefined,
    ),
  ])
  return version?.trim() ?? null
}

/**
 * The initdb of a start that was killed may still be writing into what is removed here. It ends by itself, since its
 * files vanish below it; until then the removal is tried again, for about ten seconds in all.
 */
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }

async function removeUnfinished(folder: string) {
  for (const name of await readdir(folder)) {
    const maker = /^cluster\.new-(\d+)$/.exec(name)?.[1]
    if (maker && (Number(maker) === process.pid || !(await isAlive(Number(maker)))))
      await rm(join(folder, name), removal)
  }
}

async function createCluster(folder: string, path: string, bin: string, user: SystemUser | null) {
  const draft = join(folder, `cluster.new-${process.pid}`)
  await mkdir(draft, { mode: 0o700 })
  try {
    if (user) await chown(draft, user.uid, user.gid)
    await initdb(draft, bin, user)
    await rename(draft, path)
    const parent = await open(dirname(path))
    await parent.sync().finally(() => parent.close())
  } catch (error) {
    // Another start on this folder was faster; which of the two may go on is decided by the lock.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  } finally {
    await rm(draft, removal)
  }
}

/** initdb takes a second; on a machine that starves, longer. */
const initdbMsMax = 120_000

/** The collation is PostgreSQL's own C.UTF-8: the same on every system, and no update of the C library changes it. */
const initdbOptions = [
  ...['-U', 'fanfare', '-A', 'trust', '-E', 'UTF8', '--no-instructions'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
]

async function initdb(path: string, bin: string, user: SystemUser | null) {
  const data = await pathFor(path, user)
  await new Promise<void>((done, fail) => {
    const child = spawn(join(bin, 'initdb'), ['-D', data, ...initdbOptions], {
      ...user,
      cwd: path,
      env: { PATH: process.env.PATH, TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: initdbMsMax,
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-4000)
    })
    child.once('error', (error) => fail(new Error(`PostgreSQL's initdb cannot run: ${error.message}`)))
    child.once('exit', (code, signal) =>
      code === 0 ? done() : fail(initdbFailure(code ?? signal, said.trim())),
    )
  })
}

function initdbFailure(ending: number | string | null, said: string): Error {
  if (said.includes('could not look up effective user ID'))
    return new Error(
      'PostgreSQL wants a user with a name, and this one is only a number. Add it to /etc/passwd, start as root ' +
        '(the database then runs as another user by itself), or set DATABASE_URL.',
    )
  return new Error(`PostgreSQL's initdb ended with ${ending}: ${said}`)
}
