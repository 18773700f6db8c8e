import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { imageSize } from 'image-size'
import type { Table } from './store.ts'

/** Uploaded files of one network: facts in its tables, bytes in a folder, the oldest dropped beyond the bound. */
export interface KeptMedia {
  keep(bytes: Buffer, facts: { mimeType?: string; filename?: string | null }): Promise<KeptFile>
  get(id: string): KeptFile | undefined
  /** Null once the bytes were dropped to make room. */
  read(id: string): Promise<Buffer | null>
  /** The absolute address at which the feed page shows it. */
  url(id: string): string
  /** Forgets a file: a part of an upload that is whole now. */
  drop(id: string): Promise<void>
  /** Removes bytes that no row knows: a process killed between the two, or a reset. */
  tidy(): Promise<void>
}

export interface KeptFile {
  id: string
  /** As told by the bytes where they are an image, else by the uploader. */
  mimeType: string
  filename: string | null
  bytes: number
  sha256: string
  /** Pixels; null for anything but images. */
  width: number | null
  height: number | null
}

/** Per network. A gigabyte of test videos would surprise the person whose disk it is. */
const bytesKeptMax = 250_000_000
const filesKeptMax = 2_000
/** The table itself never drops a row: its bytes would stay behind. */
export const fileRowsMax = Number.MAX_SAFE_INTEGER

export function keepMedia(options: {
  folder: string
  files: Table<KeptFile>
  newId(): string
  urlOf(id: string): string
}): KeptMedia {
  const { folder, files } = options
  const pathOf = (id: string) => join(folder, id)

  async function dropOldest(keep: string) {
    let total = files.all().reduce((sum, file) => sum + file.bytes, 0)
    for (const file of files.all()) {
      if (total <= bytesKeptMax && files.size <= filesKeptMax) break
      if (file.id === keep) continue
      total -= file.bytes
      files.delete(file.id)
      await rm(pathOf(file.id), { force: true })
    }
  }

  return {
    async keep(bytes, facts) {
      const id = options.newId()
      const image = measure(bytes)
      await mkdir(folder, { recursive: true })
      const handle = await open(pathOf(id), 'w')
      try {
        await handle.writeFile(bytes)
        await handle.datasync()
      } finally {
        await handle.close()
      }
      const kept = files.put(id, {
        id,
        mimeType: image?.mimeType ?? facts.mimeType ?? 'application/octet-stream',
        filename: facts.filename ?? null,
        bytes: bytes.byteLength,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        width: image?.width ?? null,
        height: image?.height ?? null,
      })
      await dropOldest(id)
      return kept
    },
    get: (id) => files.get(id),
    async read(id) {
      if (!files.get(id)) return null
      try {
        return await readFile(pathOf(id))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    url: options.urlOf,
    async drop(id) {
      files.delete(id)
      await rm(pathOf(id), { force: true })
    },
    async tidy() {
      await mkdir(folder, { recursive: true })
      for (const id of await readdir(folder)) if (!files.get(id)) await rm(pathOf(id), { force: true })
    },
  }
}

const imageTypes: Record<string, string> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heif: 'image/heif',
  tiff: 'image/tiff',
  bmp: 'image/bmp',
}

function measure(bytes: Buffer): { mimeType: string; width: number; height: number } | null {
  try {
    const { type, width, height } = imageSize(bytes)
    const mimeType = imageTypes[type ?? '']
    return mimeType ? { mimeType, width, height } : null
  } catch {
    return null // not an image: imageSize throws on anything else
  }
}
