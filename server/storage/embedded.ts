import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findBinaries } from './embedded/binaries.ts'
import { prepareCluster } from './embedded/cluster.ts'
import { takeOwnership } from './embedded/ownership.ts'
import { ensurePostmaster, type PostmasterOptions, stopPostmaster } from './embedded/postmaster.ts'
import { canReach, ownUid, type SystemUser, serverUser } from './embedded/system-user.ts'

/**
 * A real PostgreSQL of our own, on a unix socket that only its user and root can open. Kept running while this process
 * lives; when this process is killed it lives on, and the next start adopts it.
 */
export interface EmbeddedPostgres {
  connectionString: string
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Holds the cluster, the socket and the log. */
  folder: string
  /** Extra `name=value` server settings; tests switch fsync off. They do not reach a server that is adopted. */
  settings?: Record<string, string>
  /** The server went away while it should run, and could not be brought back. */
  onGone?: (error: Error) => void
}

/** More often than this within `restartsWithinMs` and something is wrong that another start will not mend. */
const restartsMax = 5
const restartsWithinMs = 300_000

/** @throws Error for the operator: another Fanfare on the folder, no binaries, a folder that cannot be used. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const user = await serverUser(join(folder, 'cluster'))
  if (user) await chown(folder, user.uid, user.gid)
  const binaries = await findBinaries(folder, user)
  const bin = join(binaries, 'bin')
  const cluster = await prepareCluster(folder, bin, user)
  const socket = await socketFolders(folder, user)
  const postmaster: PostmasterOptions = {
    cluster,
    bin,
    socketFolder: socket.forServer,
    connectionString: `postgresql://fanfare@/postgres?host=${encodeURIComponent(socket.forUs)}`,
    logFile: join(folder, 'postgres.log'),
    settings: options.settings ?? {},
  }

  let isStopping = false
  const own = async () => {
    await ensurePostmaster(postmaster)
    return takeOwnership(postmaster.connectionString)
  }
  let ownership = await own()

  /** The ownership's session is the first to feel that the server ended; whoever uses the pool just sees it come back. */
  async function keepRunning() {
    const restarts: number[] = []
    for (;;) {
      await ownership.lost
      if (isStopping) return
      const now = performance.now()
      restarts.push(now)
      if (restarts.filter((at) => now - at < restartsWithinMs).length > restartsMax)
        throw new Error(`PostgreSQL ended ${restarts.length} times. Its log: ${postmaster.logFile}`)
      ownership = await own()
    }
  }
  keepRunning().catch((error) => {
    if (!isStopping) options.onGone?.(error)
  })

  return {
    connectionString: postmaster.connectionString,
    async stop() {
      isStopping = true
      await stopPostmaster(cluster)
      await ownership.release().catch(() => undefined) // The server's end has ended the session.
    },
  }
}

/** The length of a unix socket's address is limited to 107 bytes on Linux and 103 elsewhere, less the end. */
const socketPathBytesMax = process.platform === 'linux' ? 107 : 103
const socketName = '.s.PGSQL.5432'

/** Beside the cluster, or in the temporary folder when that path is too long for a socket. */
async function socketFolders(folder: string, user: SystemUser | null) {
  const beside = join(folder, 'run')
  const fits = Buffer.byteLength(join(beside, socketName)) <= socketPathBytesMax
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const place = fits ? beside : join(tmpdir(), `fanfare-run-${hash}`)
  await makePrivate(place, user)
  // From inside the data folder, where the server works, for a user who cannot come by the whole path.
  return { forUs: place, forServer: (await canReach(user, place)) ? place : '../run' }
}

async function makePrivate(place: string, user: SystemUser | null) {
  await mkdir(place, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(place)
  if (!found.isDirectory() || ![ownUid(), user?.uid].includes(found.uid))
    throw new Error(`${place}, where the database's socket should be, belongs to somebody else. Remove it.`)
  await chmod(place, 0o700)
  if (user) await chown(place, user.uid, user.gid)
}
