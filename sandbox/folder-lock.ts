import { createHash } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * One process per sandbox folder, or two memories would overwrite each other. The lock is a unix socket that is listened
 * on, so it ends with its process however that dies, and no process number can be mistaken for another.
 * The socket lives in the system's temporary folder because its path may have 107 bytes at most.
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const name = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 24)
  const path = join(tmpdir(), `fanfare-sandbox-${name}.sock`)
  let server = await listen(path)
  if (!server) {
    if (await answers(path))
      throw new Error(
        `Another running process keeps the sandbox in ${folder}. Stop it, give this one another data directory, or set FANFARE_SANDBOX_URL to the address of the one that runs.`,
      )
    await unlink(path)
    server = await listen(path)
    if (!server) throw new Error(`The sandbox folder ${folder} was taken by another process just now.`)
  }
  const held = server
  held.unref()
  return { release: () => new Promise((done) => held.close(() => done())) }
}

/** Null when the path is taken, by a live process or by the remains of a dead one. */
function listen(path: string): Promise<Server | null> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(null) : fail(error),
    )
    server.listen(path, () => done(server))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
