import { createHash } from 'node:crypto'

/** A number from 0 up to 1 that is always the same for a seed. */
export function chance(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32
}

/**
 * A count that grows with a post's age, fast at first, and is the same for everyone who asks about the same post at the
 * same age: never falls, starts at 0, approaches a ceiling that the seed decides.
 * @param seed the post's id and the metric's name, e.g. `${id}:likes`
 * @param typical the ceiling of a middling post; the luckiest gets about ten times that
 */
export function grown(seed: string, ageMs: number, typical: number): number {
  const luck = 0.1 * 100 ** chance(seed)
  const halfLifeMs = 6 * 3_600_000
  return Math.floor(typical * luck * (1 - 2 ** (-Math.max(0, ageMs) / halfLifeMs)))
}
