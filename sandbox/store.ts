import { mkdir, open, readdir, readFile, rename, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What the simulated networks remember. Read from memory, written to an append-only journal: one line per flush, fsynced
 * before the answer that depends on it leaves (`saved`). A process killed at any moment finds everything it ever
 * answered for; a line torn by the kill was never answered for and is dropped.
 *
 * Why no database: the sandbox must not depend on the server's, its state is small and bounded, and this is one file.
 * Files: `state.<n>.json` is a whole snapshot, `journal.<n>.ndjson` what came after it. A journal over
 * `journalBytesMax` is folded into snapshot n + 1.
 */
export interface Store {
  /** Values are plain JSON (times as ISO strings or numbers). `max` rows are kept; the oldest go first. */
  table<T>(network: string, name: string, max: number): Table<T>
  /** Counts up from `first`, across restarts. */
  nextNumber(network: string, name: string, first: number): number
  /** Forgets one network, or everything. */
  reset(network?: string): void
  /** Resolves when every change made before this call is on disk. */
  saved(): Promise<void>
  close(): Promise<void>
}

export interface Table<T> {
  get(key: string): T | undefined
  put(key: string, value: T): T
  delete(key: string): boolean
  /** Oldest first. */
  all(): T[]
  entries(): [string, T][]
  readonly size: number
}

/** `[table, key, value]` puts, `[table, key]` deletes, `[prefix]` forgets every table that starts so. */
type Change = [string, string, unknown] | [string, string] | [string]
type Tables = Map<string, Map<string, unknown>>

/** 16 MB of journal is read back in well under a second. */
const journalBytesMaxDefault = 16_000_000

export async function openStore(
  folder: string,
  { journalBytesMax = journalBytesMaxDefault } = {},
): Promise<Store> {
  await mkdir(folder, { recursive: true })
  let { generation, tables } = await readLatest(folder)
  let journal = await open(join(folder, `journal.${generation}.ndjson`), 'a')
  let journalBytes = (await journal.stat()).size
  await removeOthers(folder, generation)

  let unsaved: Change[] = []
  let changes = 0 // made so far
  let durable = 0 // of them on disk
  let flushing: Promise<void> | null = null
  /** After a failed write the journal may end in half a line; only a new snapshot makes the folder whole again. */
  let needsSnapshot = false

  function record(change: Change) {
    changes += 1
    unsaved.push(change)
  }

  async function saved() {
    const wanted = changes
    while (durable < wanted) {
      flushing ??= flush().finally(() => {
        flushing = null
      })
      await flushing
    }
  }

  async function flush() {
    if (needsSnapshot || journalBytes > journalBytesMax) return snapshot()
    const batch = unsaved
    const upTo = changes
    unsaved = []
    try {
      const line = `${JSON.stringify(batch)}\n`
      await journal.appendFile(line)
      await journal.datasync()
      journalBytes += line.length
      durable = upTo
    } catch (error) {
      needsSnapshot = true
      throw error
    }
  }

  async function snapshot() {
    const upTo = changes
    const text = JSON.stringify([...tables].map(([name, rows]) => [name, [...rows]]))
    unsaved = []
    needsSnapshot = true // until all of the below has worked
    const next = generation + 1
    const draft = join(folder, `state.${next}.draft`)
    const file = await open(draft, 'w')
    try {
      await file.writeFile(text)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(draft, join(folder, `state.${next}.json`))
    await syncFolder(folder)
    await journal.close()
    journal = await open(join(folder, `journal.${next}.ndjson`), 'a')
    generation = next
    journalBytes = 0
    durable = upTo
    needsSnapshot = false
    await removeOthers(folder, generation)
  }

  function table<T>(network: string, name: string, max: number): Table<T> {
    const key = `${network}/${name}`
    return {
      get: (row) => rowsIn(tables, key).get(row) as T | undefined,
      put(row, value) {
        const rows = rowsIn(tables, key)
        const kept = frozenCopy(value)
        rows.set(row, kept)
        record([key, row, kept])
        for (const oldest of rows.keys()) {
          if (rows.size <= max) break
          rows.delete(oldest)
          record([key, oldest])
        }
        return kept
      },
      delete(row) {
        const existed = rowsIn(tables, key).delete(row)
        if (existed) record([key, row])
        return existed
      },
      all: () => [...rowsIn(tables, key).values()] as T[],
      entries: () => [...rowsIn(tables, key)] as [string, T][],
      get size() {
        return rowsIn(tables, key).size
      },
    }
  }

  return {
    table,
    nextNumber(network, name, first) {
      const numbers = table<number>(network, 'numbers', 1_000)
      return numbers.put(name, (numbers.get(name) ?? first - 1) + 1)
    },
    reset(network) {
      const prefix = network === undefined ? '' : `${network}/`
      forget(tables, prefix)
      record([prefix])
    },
    saved,
    async close() {
      await saved()
      await journal.close()
    },
  }
}

/** A copy as it will be after a restart, so that a Date or undefined that JSON cannot keep shows in the first test. */
function frozenCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, inner) =>
    typeof inner === 'object' && inner !== null ? Object.freeze(inner) : inner,
  )
}

function forget(tables: Tables, prefix: string) {
  for (const name of tables.keys()) if (name.startsWith(prefix)) tables.delete(name)
}

async function readLatest(folder: string): Promise<{ generation: number; tables: Tables }> {
  const generations = (await readdir(folder))
    .map((name) => /^state\.(\d+)\.json$/.exec(name)?.[1])
    .filter((found) => found !== undefined)
    .map(Number)
  const generation = Math.max(0, ...generations)
  const tables: Tables = new Map()
  if (generation > 0) {
    const snapshot = JSON.parse(await readFile(join(folder, `state.${generation}.json`), 'utf8'))
    for (const [name, rows] of snapshot as [string, [string, unknown][]][]) tables.set(name, new Map(rows))
  }
  await replay(join(folder, `journal.${generation}.ndjson`), tables)
  return { generation, tables }
}

async function replay(path: string, tables: Tables) {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  let start = 0
  for (let end = bytes.indexOf(10, start); end !== -1; end = bytes.indexOf(10, start)) {
    const changes = parseLine(bytes.toString('utf8', start, end))
    if (!changes) break
    for (const change of changes) apply(tables, change)
    start = end + 1
  }
  // What is left was never answered for: the kill came in the middle of the write.
  if (start < bytes.length) await truncate(path, start)
}

function parseLine(line: string): Change[] | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function apply(tables: Tables, change: Change) {
  const [table, key, value] = change
  if (key === undefined) return forget(tables, table)
  const rows = rowsIn(tables, table)
  if (change.length === 3) rows.set(key, value)
  else rows.delete(key)
}

function rowsIn(tables: Tables, name: string) {
  const rows = tables.get(name) ?? new Map<string, unknown>()
  tables.set(name, rows)
  return rows
}

async function removeOthers(folder: string, generation: number) {
  for (const name of await readdir(folder)) {
    const found = /^(?:state|journal)\.(\d+)\.(?:json|ndjson|draft)$/.exec(name)
    if (found && Number(found[1]) !== generation) await unlink(join(folder, name))
  }
}

/** The rename itself is on disk only once the folder is. */
async function syncFolder(folder: string) {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
