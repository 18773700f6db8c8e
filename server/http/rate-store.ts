/**
 * Token buckets: each holds up to `limit` tokens, a request takes one, and `limit` flow in over `perMs`. So whoever was
 * quiet may send `limit` requests at once, and nobody gets more than the documented rate for long (answers 1.14).
 */
export interface Bucket {
  /** Who is counted: `mypost:user:<id>`. Counters of two dialects never meet. */
  key: string
  limit: number
  /** The time in which `limit` tokens flow in. */
  perMs: number
}

export interface RateStore {
  /** Takes one token from each bucket, or, when one is empty, none from any. */
  take(buckets: Bucket[], now: Date): Promise<Taken>
  /** Gives one token back to each: what was taken turned out not to count. */
  giveBack(buckets: Bucket[], now: Date): Promise<void>
  /** Asks the place that processes share; rejects while it is away. Absent where counts live in this process. */
  ping?(): Promise<void>
  close(): Promise<void>
}

export interface Taken {
  allowed: boolean
  /** The bucket with the fewest tokens left, which is what the headers tell of. */
  tightest: { limit: number; remaining: number; fullAt: Date }
  /** Until every bucket has a token; 0 when the request was allowed. */
  retryAfterMs: number
}

/** What a bucket holds now, and how the headers tell of it. */
export function takenOf(buckets: Bucket[], tokensLeft: number[], allowed: boolean, now: Date): Taken {
  let tightest = { limit: 0, remaining: Number.POSITIVE_INFINITY, fullAt: now }
  let retryAfterMs = 0
  for (const [index, { limit, perMs }] of buckets.entries()) {
    const tokens = tokensLeft[index] ?? 0
    const msPerToken = perMs / limit
    if (tokens < tightest.remaining)
      tightest = { limit, remaining: tokens, fullAt: new Date(now.getTime() + (limit - tokens) * msPerToken) }
    if (!allowed && tokens < 1) retryAfterMs = Math.max(retryAfterMs, (1 - tokens) * msPerToken)
  }
  return { allowed, tightest: { ...tightest, remaining: Math.floor(tightest.remaining) }, retryAfterMs }
}

interface Held {
  tokens: number
  at: number
  fullAt: number
}

/** Buckets of this process alone. Full ones are forgotten, so memory follows who is active, not who ever was. */
export function memoryRateStore(held = new Map<string, Held>()): RateStore {
  let sweepAt = sweepSizeMin

  const tokensIn = ({ key, limit, perMs }: Bucket, nowMs: number) => {
    const bucket = held.get(key)
    if (!bucket) return limit
    return Math.min(limit, bucket.tokens + (Math.max(0, nowMs - bucket.at) * limit) / perMs)
  }

  const keep = ({ key, limit, perMs }: Bucket, tokens: number, nowMs: number) =>
    held.set(key, { tokens, at: nowMs, fullAt: nowMs + ((limit - tokens) * perMs) / limit })

  function sweep(nowMs: number) {
    for (const [key, { fullAt }] of held) if (fullAt <= nowMs) held.delete(key)
    sweepAt = Math.max(sweepSizeMin, held.size * 2)
  }

  return {
    async take(buckets, now) {
      const nowMs = now.getTime()
      const before = buckets.map((bucket) => tokensIn(bucket, nowMs))
      const allowed = before.every((tokens) => tokens >= 1)
      const left = allowed ? before.map((tokens) => tokens - 1) : before
      for (const [index, bucket] of buckets.entries()) keep(bucket, left[index] ?? 0, nowMs)
      if (held.size > sweepAt) sweep(nowMs)
      return takenOf(buckets, left, allowed, now)
    },
    async giveBack(buckets, now) {
      const nowMs = now.getTime()
      for (const bucket of buckets) keep(bucket, Math.min(bucket.limit, tokensIn(bucket, nowMs) + 1), nowMs)
    },
    async close() {
      held.clear()
    },
  }
}

const sweepSizeMin = 10_000
