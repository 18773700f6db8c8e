/**
 * When a post's numbers are worth looking at again: half its age later, so that they come thick while they move and
 * thin out when they do not; some thirty snapshots in the three months that matter.
 */
export const firstMetricsMs = 10 * 60_000
const betweenMsMin = 15 * 60_000
const betweenMsMax = 7 * 24 * 3_600_000
const measuredMsMax = 90 * 24 * 3_600_000

/** @returns null when the post is old enough to be left alone. */
export function nextMetricsAt(publishedAt: Date, now: Date): Date | null {
  const ageMs = now.getTime() - publishedAt.getTime()
  if (ageMs > measuredMsMax) return null
  return new Date(now.getTime() + Math.min(Math.max(ageMs / 2, betweenMsMin), betweenMsMax))
}

/** After a failure, when the network does not say. */
export const metricsAgainMs = 30 * 60_000
