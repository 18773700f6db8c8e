/** What every media store promises, held against each of them; S3 against s3rver, which checks no signatures. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryMediaStore } from '../../test/memory-media-store.ts'
import { openS3 } from '../../test/s3-store.ts'
import { localMediaStore } from './local-media-store.ts'
import { type MediaStore, TooManyBytes } from './media-store.ts'

interface Opened {
  store: MediaStore
  /** Names of whatever is there, also what no key shows. */
  left?: () => Promise<string[]>
  close: () => Promise<unknown>
}

const kinds: Record<string, () => Promise<Opened>> = {
  'in memory, for tests': async () => ({ store: memoryMediaStore(), close: async () => undefined }),
  async 'in a folder'() {
    const folder = await mkdtemp(join(tmpdir(), 'fanfare-store-'))
    return {
      store: localMediaStore(join(folder, 'media')),
      async left() {
        const entries = await readdir(folder, { recursive: true, withFileTypes: true })
        return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
      },
      close: () => rm(folder, { recursive: true, force: true }),
    }
  },
  async 'on S3'() {
    const { store, unfinished, close } = await openS3()
    return { store, left: unfinished, close }
  },
}

async function* chunks(...parts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield Buffer.from(part)
  }
}

async function text(stream: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (!stream) return null
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function keysBelow(store: MediaStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key, modifiedAt } of store.list(prefix)) {
    expect(Math.abs(modifiedAt.getTime() - Date.now())).toBeLessThan(600_000)
    keys.push(key)
  }
  return keys.sort()
}

describe.each(Object.keys(kinds))('media %s', (kind) => {
  let opened: Opened
  beforeAll(async () => {
    opened = await (kinds[kind] as () => Promise<Opened>)()
  })
  afterAll(() => opened.close())

  test('what was written is read back, whole and in parts', async () => {
    const { store } = opened
    const written = await store.write('media/a/one', chunks('Hello, ', 'world'), 100)
    expect(written).toEqual({ bytes: 12, sha256: createHash('sha256').update('Hello, world').digest() })
    expect(await store.stat('media/a/one')).toEqual({ bytes: 12 })
    expect(await text(await store.read('media/a/one'))).toBe('Hello, world')
    expect(await text(await store.read('media/a/one', { start: 7 }))).toBe('world')
    expect(await text(await store.read('media/a/one', { start: 0, end: 4 }))).toBe('Hello')
    await store.write('media/a/one', chunks('Other'), 100)
    expect(await text(await store.read('media/a/one'))).toBe('Other')
  })

  test('what is not there is null, and deleting it is no error', async () => {
    const { store } = opened
    expect(await store.read('media/none')).toBeNull()
    expect(await store.stat('media/none')).toBeNull()
    expect(await store.move('media/none', 'media/other')).toBe(false)
    await store.delete('media/none')
    expect(await keysBelow(store, 'nowhere/')).toEqual([])
  })

  test('a write that breaks off or is too long leaves what was there before', async () => {
    const { store, left } = opened
    await store.write('media/b', chunks('first'), 100)
    const before = await left?.()
    await expect(
      store.write('media/b', chunks('half', new Error('the line went dead')), 100),
    ).rejects.toThrow('the line went dead')
    await expect(store.write('media/b', chunks('12345', '6'), 5)).rejects.toThrow(TooManyBytes)
    await expect(store.write('media/c', chunks('x', new Error('again')), 100)).rejects.toThrow('again')
    expect(await text(await store.read('media/b'))).toBe('first')
    expect(await store.stat('media/c')).toBeNull()
    expect(await left?.()).toEqual(before)
  })

  test('a moved object is under its new key alone, and lists show what there is', async () => {
    const { store } = opened
    await store.write('uploads/d', chunks('bytes'), 100)
    expect(await keysBelow(store, 'uploads/')).toEqual(['uploads/d'])
    expect(await store.move('uploads/d', 'kept/d/final')).toBe(true)
    expect(await store.stat('uploads/d')).toBeNull()
    expect(await text(await store.read('kept/d/final'))).toBe('bytes')
    expect(await keysBelow(store, 'kept/')).toEqual(['kept/d/final'])
    await store.delete('kept/d/final')
    expect(await keysBelow(store, 'kept/')).toEqual([])
  })
})

test('a key that climbs out of its folder is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-store-'))
  const store = localMediaStore(folder)
  for (const key of [
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    '.hidden',
    'a/.b',
    '',
    'a\0b',
    'x'.repeat(301),
  ])
    await expect(store.read(key), key).rejects.toThrow('Not a key of the media store')
  await rm(folder, { recursive: true })
})

test('a file of several parts that breaks off on S3 leaves none of them; one whose writer was killed is dropped when it is old', async () => {
  const { store, unfinished, leaveUnfinished, close } = await openS3()
  const part = 'x'.repeat(9 * 1024 * 1024)
  await store.write('media/large', chunks(part, part), 30_000_000)
  expect(await store.stat('media/large')).toEqual({ bytes: 2 * part.length })
  await expect(
    store.write('media/broken', chunks(part, new Error('the line went dead')), 30_000_000),
  ).rejects.toThrow('the line went dead')
  await expect(store.write('media/endless', chunks(part, part), part.length)).rejects.toThrow(TooManyBytes)
  expect(await unfinished()).toEqual([])

  const yesterday = new Date(Date.now() - 25 * 3_600_000)
  await leaveUnfinished('media/killed', yesterday)
  await leaveUnfinished('media/under-way', new Date())
  await leaveUnfinished('elsewhere/killed', yesterday)
  const before = new Date(Date.now() - 24 * 3_600_000)
  expect(await store.dropUnfinished?.('media/', before)).toBe(1)
  expect(await unfinished()).toHaveLength(2)
  expect(await store.dropUnfinished?.('media/', before)).toBe(0)
  await close()
})

test('a direct upload is signed for its type, its length and an hour', async () => {
  const { store, close } = await openS3()
  const upload = await store.presignUpload?.('uploads/e', {
    mimeType: 'image/png',
    bytes: 5,
    validMs: 3_600_000,
  })
  const url = new URL(upload?.url as string)
  expect(url.searchParams.get('X-Amz-Expires')).toBe('3600')
  expect(url.searchParams.get('X-Amz-SignedHeaders')?.split(';')).toEqual([
    'content-length',
    'content-type',
    'host',
  ])
  const sent = await fetch(url, { method: 'PUT', headers: upload?.headers ?? {}, body: 'bytes' })
  expect(sent.status).toBe(200)
  expect(await text(await store.read('uploads/e'))).toBe('bytes')
  await close()
})
