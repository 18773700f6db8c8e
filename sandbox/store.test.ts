import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from './store.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-store-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a table keeps its newest rows', async () => {
  const store = await openStore(folder)
  const table = store.table<string>('net', 'rows', 2)
  for (const row of ['one', 'two', 'three']) table.put(row, row)
  expect(table.all()).toEqual(['two', 'three'])
  await store.close()
  const again = await openStore(folder)
  expect(again.table<string>('net', 'rows', 2).all()).toEqual(['two', 'three'])
  await again.close()
})

test('what was saved is there after the journal was folded into snapshots, numbers go on', async () => {
  const store = await openStore(folder, { journalBytesMax: 500 })
  const table = store.table<{ n: number }>('net', 'rows', 1_000)
  for (let n = 0; n < 100; n++) {
    table.put(String(n), { n })
    if (n % 2 === 1) table.delete(String(n))
    store.nextNumber('net', 'count', 1)
    await store.saved()
  }
  expect((await readdir(folder)).toSorted()[1]).toMatch(/^state\.[1-9]\d*\.json$/)
  await store.close()
  const again = await openStore(folder)
  expect(again.table('net', 'rows', 1_000).size).toBe(50)
  expect(again.nextNumber('net', 'count', 1)).toBe(101)
  await again.close()
})

test('half a line at the end of the journal is dropped, and writing goes on after it', async () => {
  const store = await openStore(folder)
  store.table('net', 'rows', 10).put('whole', 1)
  await store.close()
  await appendFile(join(folder, 'journal.0.ndjson'), '[["net/rows","torn",')
  const second = await openStore(folder)
  second.table('net', 'rows', 10).put('after', 2)
  await second.close()
  const third = await openStore(folder)
  expect(third.table('net', 'rows', 10).entries()).toEqual([
    ['whole', 1],
    ['after', 2],
  ])
  await third.close()
})

test('forgetting one network leaves the others', async () => {
  const store = await openStore(folder)
  store.table('a', 'rows', 10).put('x', 1)
  store.table('ab', 'rows', 10).put('y', 2)
  store.reset('a')
  await store.close()
  const again = await openStore(folder)
  expect([again.table('a', 'rows', 10).size, again.table('ab', 'rows', 10).size]).toEqual([0, 1])
  await again.close()
})
