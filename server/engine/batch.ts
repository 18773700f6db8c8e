import { setTimeout as pause } from 'node:timers/promises'
import { isPassingTrouble } from '../storage/database-trouble.ts'

export interface BatchOptions<Item, Result> {
  /** Items in one flush at most. */
  sizeMax: number
  /** Records all items in one transaction. Answers in their order. */
  flush(items: Item[]): Promise<Result[]>
  /** While the database is away, a flush is tried again for so long; then its items fail. */
  patienceMs: number
  onTrouble(error: unknown): void
}

const retryMsMin = 50
const retryMsMax = 1_000

/**
 * Gathers records of many deliveries into few transactions: while one flush is under way the next items gather, and
 * when none is, an item is flushed at once, so that a single post waits for nobody.
 */
export function createBatch<Item, Result>(options: BatchOptions<Item, Result>) {
  const { sizeMax, flush, patienceMs, onTrouble } = options
  type Entry = { item: Item; done: (result: Result) => void; fail: (error: unknown) => void }
  let waiting: Entry[] = []
  let isFlushing = false

  async function flushAll() {
    // Everything of this turn of the event loop goes along: a claim's deliveries all arrive in the same one.
    await new Promise(setImmediate)
    while (waiting.length > 0) {
      const entries = waiting.slice(0, sizeMax)
      waiting = waiting.slice(sizeMax)
      await flushEntries(entries)
    }
    isFlushing = false
  }

  async function flushEntries(entries: Entry[]) {
    const startedAt = performance.now()
    for (let waitMs = retryMsMin; ; waitMs = Math.min(2 * waitMs, retryMsMax)) {
      try {
        const results = await flush(entries.map((entry) => entry.item))
        entries.forEach((entry, index) => {
          entry.done(results[index] as Result)
        })
        return
      } catch (error) {
        onTrouble(error)
        const mayPass = isPassingTrouble(error) && performance.now() - startedAt < patienceMs
        if (!mayPass && entries.length === 1) return entries[0]?.fail(error)
        if (!mayPass) {
          // One item that the database refuses must not take the others with it.
          for (const entry of entries) await flushEntries([entry])
          return
        }
        await pause(waitMs)
      }
    }
  }

  return {
    add: (item: Item): Promise<Result> =>
      new Promise((done, fail) => {
        waiting.push({ item, done, fail })
        if (isFlushing) return
        isFlushing = true
        void flushAll()
      }),
  }
}
