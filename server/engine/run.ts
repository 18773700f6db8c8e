import type { Failure } from '../domain/delivery.ts'
import type {
  AppBudget,
  AppCredentials,
  Json,
  MediaFile,
  Network,
  Recovery,
  SecretBox,
  Write,
  Written,
} from '../networks/network.ts'
import type { AttemptRow, WriteRow } from '../storage/attempts.ts'
import type { Settlement, WriteAnswer } from '../storage/settlements.ts'
import type { Lease } from './lease.ts'

/** One attempt at one delivery, in the hands of this process. */
export interface Run {
  row: AttemptRow
  network: Network
  recovery: Recovery
  app: AppCredentials | null
  secret: SecretBox
  lease: Lease
  /** Taken from another process: its lease may have been believed in for so long. */
  takenOver: { oldLeaseMs: number } | null
  /** Aborted when the delivery is lost to this process, or the engine stops, while nothing is visible yet. */
  stop: AbortController
  /** The delivery is no longer ours; nothing may be sent or recorded but facts. */
  isLost: boolean
  /** What the network last said of the account's budget. */
  budget: { left: number; resetsAt: Date } | null
  /** What it last said of the budget that all accounts of the app share. */
  appBudget: AppBudget | null
  /** What became known of its writes and is not on disk yet. */
  answers: WriteAnswer[]
  files: MediaFile[] | null
}

/** How an attempt ends: what is recorded of the delivery, and what it tells of the account. */
export interface Ending {
  run: Run
  settlement: Settlement
  /**
   * The account's credential is dead. `ifRenewed` is recorded instead when the account has a newer one by now: then it
   * was only an old credential that died, and the delivery must not wait for a reconnect that nobody will make.
   */
  expire: { failure: Failure; ifRenewed: Settlement } | null
  /** The account must not be used before this instant. */
  blockedUntil: Date | null
}

/** Records how an attempt ended. When the delivery is no longer ours, only facts are recorded. */
export type Settle = (ending: Ending) => Promise<void>

/** The delivery was edited, cancelled or taken over: whoever works on it ends quietly. */
export class Lost extends Error {
  constructor(deliveryId: string) {
    super(`Delivery ${deliveryId} is no longer ours`)
  }
}

/** The engine stops: what is not visible yet is given back. */
export class Stopping extends Error {
  constructor() {
    super('The engine stops')
  }
}

/** The write that may have happened, if there is one. */
export const openWrite = (run: Run): WriteRow | undefined =>
  run.row.writes.find((write) => write.state !== 'accepted')

export const acceptedWrites = (run: Run): WriteRow[] =>
  run.row.writes.filter((write) => write.state === 'accepted')

/** What is out already, as the network wants it for the writes after it. */
export const writtenSoFar = (run: Run): Written[] =>
  acceptedWrites(run).map((row) => ({
    write: plannedWrite(run, row),
    externalId: row.externalId ?? '',
    url: row.url,
    data: row.data,
  }))

/** The plan that was stored with the first fence, if one was. */
export const storedPlan = (run: Run): Write[] | null =>
  (run.row.checkpoint.plan as Write[] | null | undefined) ?? null

/** The write of a row: its payload stands in the plan; kind and key are those that were sent. */
export const plannedWrite = (run: Run, row: WriteRow): Write => ({
  kind: row.kind as Write['kind'],
  key: row.key,
  payload: (storedPlan(run)?.[row.position]?.payload ?? null) as Json,
})

/** Something of this delivery is visible, or may be: it cannot start from the top. */
export const hasBegun = (run: Run): boolean => run.row.writes.length > 0

/** Notes what became known of a write: in memory for the writes after it, and to be recorded with the next record. */
export function noteAnswer(run: Run, row: WriteRow, answer: Omit<WriteAnswer, 'writeId'>): WriteRow {
  const known: WriteRow = {
    ...row,
    state: answer.state,
    externalId: answer.externalId ?? row.externalId,
    url: answer.url ?? row.url,
    data: answer.data ?? row.data,
    token: answer.token ?? row.token,
    conclusiveAt: answer.conclusiveAt ?? row.conclusiveAt,
    absentAt: answer.absentAt ?? row.absentAt,
    looks: answer.looks ?? row.looks,
  }
  const lives = known.state !== 'rejected' && known.state !== 'absent'
  run.row.writes = [
    ...run.row.writes.filter((other) => other.position !== row.position),
    ...(lives ? [known] : []),
  ].sort((a, b) => a.position - b.position)
  run.answers = [...run.answers.filter((other) => other.writeId !== row.id), { writeId: row.id, ...answer }]
  return known
}
