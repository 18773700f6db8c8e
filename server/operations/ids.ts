import { randomInt } from 'node:crypto'
import { v7 } from 'uuid'
import type { Clock } from './context.ts'

/**
 * UUIDv7 ids that sort in the order they were made, also within one millisecond and when the clock steps back a
 * little: lists are ordered by id, and the events of one change must read in the order they happened.
 */
export function createIds(clock: Clock): () => string {
  let lastMs = 0
  let sequence = 0
  return () => {
    const now = clock.now().getTime()
    // A clock set back far (a test, a corrected machine) is followed; ids of the present must not name the future.
    if (now > lastMs || now < lastMs - stepBackMsMax) {
      lastMs = now
      sequence = randomInt(sequenceStart)
    } else sequence++
    return v7({ msecs: lastMs, seq: sequence })
  }
}

const stepBackMsMax = 1000
/** The sequence has 32 bits; it starts in the lower half, so that it cannot run out within a millisecond. */
const sequenceStart = 2 ** 31
