import { createHash } from 'node:crypto'
import { type MediaStore, TooManyBytes } from '../server/storage/media-store.ts'

export function memoryMediaStore(): MediaStore {
  const objects = new Map<string, Buffer>()
  const modified = new Map<string, Date>()
  return {
    async write(key, source, bytesMax) {
      const chunks: Uint8Array[] = []
      for await (const chunk of source) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      if (bytes.length > bytesMax) throw new TooManyBytes(bytesMax)
      objects.set(key, bytes)
      modified.set(key, new Date())
      return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest() }
    },
    async read(key, range) {
      const bytes = objects.get(key)
      if (!bytes) return null
      const part = range
        ? bytes.subarray(range.start, range.end === undefined ? undefined : range.end + 1)
        : bytes
      return new Blob([new Uint8Array(part)]).stream()
    },
    async stat(key) {
      const bytes = objects.get(key)
      return bytes ? { bytes: bytes.length } : null
    },
    async delete(key) {
      objects.delete(key)
    },
    async move(from, to) {
      const bytes = objects.get(from)
      if (!bytes) return false
      objects.set(to, bytes)
      modified.set(to, new Date())
      return objects.delete(from)
    },
    async *list(prefix) {
      for (const key of objects.keys())
        if (key.startsWith(prefix)) yield { key, modifiedAt: modified.get(key) ?? new Date(0) }
    },
  }
}
