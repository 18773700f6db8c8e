/** Every wait and bound of publishing, in one place, with its reason. Tests make them shorter. */
export interface Timing {
  /** A claim is good for this long without a heartbeat: long enough for a pause of the machine, short enough to wait for. */
  leaseMs: number
  /** Heartbeat and look for work to take over: a dead process' deliveries go on within seconds. */
  beatMs: number
  /** A process that has not beaten for so long counts as dead: two beats may be lost. */
  silentMs: number
  /** The table is looked at this often whatever is heard: the safety net for a lost NOTIFY (answers 3.4). */
  rescanMs: number
  /** The same while no messages can be heard. */
  rescanDeafMs: number
  /** A lane that somebody else holds locked is asked again after this. */
  lockedLaneMs: number
  /** A whole prepare with all its uploads; its single requests have limits of their own. */
  prepareMsMax: number
  /** A request may end this much after `writeTimeoutMs` before its answer counts as unknown. */
  answerGraceMs: number
  /** While the fate of a write is open, a look for good news this often. */
  lookEveryMs: number
  /** Two proofs of absence are at least this far apart (answers 3.2). */
  absentTwiceMs: number
  /** A lookup that tells nothing is asked again so often ... */
  looksMax: number
  /** ... with a wait that starts here and triples: some two minutes, to outlive a short outage. */
  lookAgainMs: number
  /** A write whose account must be connected again before it can be looked up is tried so often. */
  lockedLookMs: number
  /** Bounds for the polls of a pending write. */
  pollMsMin: number
  pollMsMax: number
  /** A pending write that is not done by then is uncertain; the slowest networks process a video for hours. */
  pendingMsMax: number
  /** A graceful stop waits so long for answers that are under way, then leaves them to a take-over. */
  stopMs: number
}

export const timingDefault: Timing = {
  leaseMs: 15_000,
  beatMs: 2_000,
  silentMs: 6_000,
  rescanMs: 60_000,
  rescanDeafMs: 1_000,
  lockedLaneMs: 20,
  prepareMsMax: 30 * 60_000,
  answerGraceMs: 1_000,
  lookEveryMs: 5_000,
  absentTwiceMs: 3_000,
  looksMax: 4,
  lookAgainMs: 3_000,
  lockedLookMs: 60_000,
  pollMsMin: 1_000,
  pollMsMax: 5 * 60_000,
  pendingMsMax: 24 * 60 * 60_000,
  stopMs: 20_000,
}

/**
 * Deliveries in work at once. Most of that time is spent waiting for a network, so it is far more than the cores; at
 * 10 s an answer it still makes 50 a second, and a few hundred hung networks do not stop the others.
 */
export const publishingMax = 500

/** Lanes asked in one claim: a statement of some 20 ms, short enough that the first of them does not wait long. */
export const claimBatchMax = 100

/** Fences and settlements in one transaction, likewise. */
export const recordBatchMax = 200
