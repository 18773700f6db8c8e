import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const fileName = 'secret-key'

/**
 * The keys that seal what the database must not show: from FANFARE_SECRET_KEY, or made at the first start and kept in
 * the data directory, readable by its owner alone. Whoever loses this file loses every connected account.
 * @returns the current key first.
 */
export async function loadSecretKeys(configured: string[] | null, dataDir: string): Promise<string[]> {
  if (configured) return configured
  const path = join(dataDir, fileName)
  const kept = await readKey(path)
  if (kept) return [kept]
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await createKey(path)
  const made = await readKey(path)
  if (!made) throw new Error(`The key file ${path} vanished while it was being made.`)
  return [made]
}

async function readKey(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Error(`Cannot read the key file ${path}: ${error.message}`)
  })
  if (text === null) return null
  const { mode } = await stat(path)
  if (mode & 0o077)
    throw new Error(`The key file ${path} can be read by others. Close it with: chmod 600 ${path}`)
  const key = text.trim()
  if (key.length < 32)
    throw new Error(`The key file ${path} is damaged. Restore it from a backup; without it no account opens.`)
  return key
}

/** Written whole and on disk before it gets its name, and never over another: two first starts agree on one key. */
async function createKey(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(32).toString('base64url')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
}
