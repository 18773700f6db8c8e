import { memoryRateStore, type RateStore } from './rate-store.ts'

/** A rate store shared by all processes that counts in this one alone while the shared place is away. */
export interface SharedRateStore extends RateStore {
  /** What is wrong, for an operator; null while counts are shared. */
  problem(): string | null
}

export interface SharedRateStoreOptions {
  /** Rejects while it is away. */
  shared: RateStore
  /** Milliseconds that only go forward. */
  monotonicMs(): number
  /** Called when sharing ends and when it begins again, not at each request. */
  away(error: unknown): void
  back(): void
}

/** After a failure, requests do not ask again for this long, so that one that hangs costs few of them a wait. */
const pauseMs = 1_000

/**
 * A limit is worth less than an answer: when Valkey fails, requests are counted by this process, which lets through at
 * most as many times the limit as there are processes, and go back to the shared counts within a second of its return.
 */
export function sharedRateStore({
  shared,
  monotonicMs,
  away,
  back,
}: SharedRateStoreOptions): SharedRateStore {
  const own = memoryRateStore()
  let isAway = false
  let askAgainAtMs = 0

  async function ask<T>(act: (store: RateStore) => Promise<T>): Promise<T> {
    if (isAway && monotonicMs() < askAgainAtMs) return act(own)
    // Of those that come while it is away, one tries; the others need not wait with it.
    if (isAway) askAgainAtMs = monotonicMs() + pauseMs
    try {
      const answer = await act(shared)
      if (isAway) back()
      isAway = false
      return answer
    } catch (error) {
      if (!isAway) away(error)
      isAway = true
      askAgainAtMs = monotonicMs() + pauseMs
      return act(own)
    }
  }

  return {
    take: (buckets, now) => ask((store) => store.take(buckets, now)),
    giveBack: (buckets, now) => ask((store) => store.giveBack(buckets, now)),
    ping: async () => shared.ping?.(),
    problem: () => (isAway ? 'Valkey does not answer: each process counts requests for itself.' : null),
    async close() {
      await Promise.all([shared.close(), own.close()])
    },
  }
}
