import { createHash } from 'node:crypto'
import type { MediaStore } from '../server/storage/media-store.ts'

export function memoryMediaStore(): MediaStore {
  const objects = new Map<string, Buffer>()
  return {
    async write(key, source, bytesMax) {
      const chunks: Uint8Array[] = []
      for await (const chunk of source) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      if (bytes.length > bytesMax) throw new Error(`More than ${bytesMax} bytes`)
      objects.set(key, bytes)
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
  }
}
