export interface RateLimit {
  /** Takes one request from the window of `key` (a token, an account, a chat). */
  take(key: string, cost?: number): Taken
}

export interface Taken {
  allowed: boolean
  limit: number
  remaining: number
  /** When the window ends. */
  resetAt: Date
  retryAfterMs: number
}

/** Windows of callers not heard of for longest are dropped beyond this many. */
const keysMax = 10_000

/**
 * A fixed window per key, counted in memory: a restart forgives. Each network turns `Taken` into its own headers and
 * refusal.
 */
export function rateLimit(rule: { limit: number; windowMs: number }, now: () => Date): RateLimit {
  const windows = new Map<string, { used: number; endsAt: number }>()
  return {
    take(key, cost = 1) {
      const at = now().getTime()
      let window = windows.get(key)
      if (!window || window.endsAt <= at) window = { used: 0, endsAt: at + rule.windowMs }
      const allowed = window.used + cost <= rule.limit
      if (allowed) window.used += cost
      windows.delete(key)
      windows.set(key, window)
      for (const oldest of windows.keys()) {
        if (windows.size <= keysMax) break
        windows.delete(oldest)
      }
      return {
        allowed,
        limit: rule.limit,
        remaining: rule.limit - window.used,
        resetAt: new Date(window.endsAt),
        retryAfterMs: allowed ? 0 : window.endsAt - at,
      }
    },
  }
}
