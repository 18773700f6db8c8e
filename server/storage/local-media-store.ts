import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { type MediaStore, requireKey, TooManyBytes } from './media-store.ts'

/**
 * Media in a folder. An object is written beside its place and renamed into it after it is safely on disk, so that a
 * reader sees all of it or nothing, and a crash leaves at worst an unfinished file in `partial/`, which `list` shows.
 * Several processes may share the folder.
 */
export function localMediaStore(folder: string): MediaStore {
  const place = (key: string) => join(folder, ...requireKey(key).split('/'))

  return {
    async write(key, bytes, bytesMax) {
      const target = place(key)
      const partial = join(folder, partialFolder, randomUUID())
      await mkdir(dirname(partial), { recursive: true })
      try {
        const written = await writeThrough(partial, bytes, bytesMax)
        await mkdir(dirname(target), { recursive: true })
        await rename(partial, target)
        await syncFolder(dirname(target))
        return written
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
    },

    async read(key, range) {
      const file = await open(place(key)).catch(absent)
      if (!file) return null
      // The stream closes the file when it ends, breaks, or is cancelled.
      return Readable.toWeb(file.createReadStream(range)) as ReadableStream<Uint8Array>
    },

    async stat(key) {
      const facts = await stat(place(key)).catch(absent)
      return facts?.isFile() ? { bytes: facts.size } : null
    },

    async delete(key) {
      await rm(place(key), { force: true })
    },

    async move(from, to) {
      const target = place(to)
      await mkdir(dirname(target), { recursive: true })
      const moved = await rename(place(from), target).then(() => true, absent)
      if (!moved) return false
      await syncFolder(dirname(target))
      return true
    },

    async *list(prefix) {
      const entries = await opendir(join(folder, ...requireKey(prefix.replace(/\/$/, '')).split('/')), {
        recursive: true,
      }).catch(absent)
      for await (const entry of entries ?? []) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        const facts = await stat(path).catch(absent)
        if (facts) yield { key: relative(folder, path).split(sep).join('/'), modifiedAt: facts.mtime }
      }
    },
  }
}

/** Where writes under way keep their bytes; what stays there longer than a day was interrupted. */
export const partialFolder = 'partial'

async function writeThrough(path: string, bytes: AsyncIterable<Uint8Array>, bytesMax: number) {
  const file = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let total = 0
    for await (const chunk of bytes) {
      total += chunk.byteLength
      if (total > bytesMax) throw new TooManyBytes(bytesMax)
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
    return { bytes: total, sha256: hash.digest() }
  } finally {
    await file.close()
  }
}

/** The rename itself is on disk only when its folder is. */
async function syncFolder(path: string) {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** No such file is an answer; anything else is a fault of the disk. */
function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
