import { createHash } from 'node:crypto'
import type { Store, Table } from './store.ts'

/**
 * Faults on demand: by words in the text (for people) and by rules of the control API (for tests).
 * This file decides which fault a request meets; sandbox.ts makes it happen.
 */
export interface Fault {
  kind: FaultKind
  /** Before: the network does nothing. After: it has done it, durably, and the caller does not learn so. */
  when: 'before' | 'after'
  delayMs: number
  retryAfterMs: number
}

/**
 * `delay` only waits; `outage` answers like `server_error` until it ends; `cut` destroys the connection; `silence` keeps it
 * open and never answers.
 */
export const faultKinds = [
  'rejected',
  'rate_limit',
  'expired',
  'server_error',
  'cut',
  'silence',
  'delay',
  'outage',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface FaultRule extends Fault {
  id: string
  /** Undefined: any. */
  network?: string
  operation?: string
  account?: string
  textIncludes?: string
  /** Only requests that would make something visible. */
  writes?: boolean
  /** How many more requests it meets; null: until it is deleted or `until` has passed. */
  times: number | null
  until: string | null
}

export interface Met {
  network: string
  operation: string
  account: string
  /** Null when the request makes nothing visible. */
  text: string | null
}

export interface Faults {
  /** The fault this request meets, and counts it as met. */
  next(met: Met): Fault | null
  add(rule: Omit<FaultRule, 'id'>): FaultRule
  list(): FaultRule[]
  remove(id: string): boolean
  clear(): void
}

const slowMs = 5_000
const retryAfterMsDefault = 2_000

/**
 * What the words mean, and how often each fires for one text of one account unless `*<n>` follows it
 * (`#fail:server_error*3`): once, so that a retry succeeds where it would after a real fault; a rejection always,
 * because the same content is refused again.
 */
const words: Record<string, { fault: Fault; times: number }> = {
  rejected: { fault: fault('rejected', 'before'), times: Number.POSITIVE_INFINITY },
  rate_limit: { fault: fault('rate_limit', 'before'), times: 1 },
  expired: { fault: fault('expired', 'before'), times: 1 },
  server_error: { fault: fault('server_error', 'before'), times: 1 },
  cut_before_accept: { fault: fault('cut', 'before'), times: 1 },
  cut_after_accept: { fault: fault('cut', 'after'), times: 1 },
  slow: { fault: { ...fault('delay', 'before'), delayMs: slowMs }, times: 1 },
}

export function createFaults(store: Store, now: () => Date, newId: () => string): Faults {
  const rules: Table<FaultRule> = store.table('_core', 'fault_rules', 1_000)
  /** How often a word has fired for a text; kept, so that a killed sandbox does not fire it again. */
  const fired: Table<number> = store.table('_core', 'fault_words', 10_000)

  function next(met: Met): Fault | null {
    return byRule(met) ?? byWord(met)
  }

  function byRule(met: Met): Fault | null {
    for (const rule of list()) {
      if (!meets(rule, met)) continue
      if (rule.times !== null) {
        if (rule.times > 1) rules.put(rule.id, { ...rule, times: rule.times - 1 })
        else rules.delete(rule.id)
      }
      return rule
    }
    return null
  }

  function byWord(met: Met): Fault | null {
    for (const [, name, count] of (met.text ?? '').matchAll(/#fail:([a-z_]+)(?:\*(\d{1,3}))?/g)) {
      const word = words[name as string]
      if (!word) continue
      const times = count === undefined ? word.times : Number(count)
      const key = digest([met.network, met.account, name, met.text])
      const already = fired.get(key) ?? 0
      if (already >= times) continue
      if (times !== Number.POSITIVE_INFINITY) fired.put(key, already + 1)
      return word.fault
    }
    return null
  }

  function list() {
    const at = now().toISOString()
    for (const rule of rules.all()) if (rule.until !== null && rule.until <= at) rules.delete(rule.id)
    return rules.all()
  }

  return {
    next,
    add(rule) {
      const id = newId()
      return rules.put(id, { ...rule, id })
    },
    list,
    remove: (id) => rules.delete(id),
    clear() {
      for (const rule of rules.all()) rules.delete(rule.id)
      for (const [key] of fired.entries()) fired.delete(key)
    },
  }
}

export function fault(kind: FaultKind, when: Fault['when']): Fault {
  return { kind, when, delayMs: 0, retryAfterMs: retryAfterMsDefault }
}

function meets(rule: FaultRule, met: Met): boolean {
  return (
    (rule.network ?? met.network) === met.network &&
    (rule.operation ?? met.operation) === met.operation &&
    (rule.account ?? met.account) === met.account &&
    (!rule.writes || met.text !== null) &&
    (rule.textIncludes === undefined || (met.text ?? '').includes(rule.textIncludes))
  )
}

const digest = (parts: unknown[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27)
