/**
 * When a delivery that failed in passing is tried again. The first retry comes after about 5 s, because most hiccups
 * are over by then; each wait is three times the last, up to half an hour; eight tries together outlive an outage of
 * one hour. Spread by a fifth either way, so that posts that failed together do not return together.
 */
export const triesMax = 8
const firstWaitMs = 5_000
const waitGrowth = 3
const waitMsMax = 30 * 60_000
const spread = 0.2

/** A server that asks for more patience than this is not believed. */
export const retryAfterMsMax = 24 * 60 * 60_000

/** How long a rate limit lasts when the network does not say; the shortest window of a known one. */
export const rateLimitMsDefault = 60_000

/**
 * The wait before the next try, or null when the last has been used.
 * @param tries how many have failed, 1 or more
 * @param retryAfterMs what the network asked for, if it did
 * @param random from 0 to 1
 */
export function nextTryMs(tries: number, retryAfterMs: number | undefined, random: number): number | null {
  if (tries >= triesMax) return null
  const wait = Math.min(firstWaitMs * waitGrowth ** (tries - 1), waitMsMax)
  const spreadWait = wait * (1 + spread * (2 * random - 1))
  return Math.round(Math.max(spreadWait, Math.min(retryAfterMs ?? 0, retryAfterMsMax)))
}

/** How long an account stays off its network after a rate limit. */
export const rateLimitMs = (retryAfterMs: number | undefined) =>
  Math.min(Math.max(retryAfterMs ?? rateLimitMsDefault, 1_000), retryAfterMsMax)
