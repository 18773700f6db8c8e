import { sql } from 'kysely'
import type { Db } from './database.ts'

/** The channel on which engines hear of new due work; the payload is the due instant in epoch milliseconds. */
export const wakeChannel = 'fanfare_wake'

/**
 * An engine looks at the table at least this often, whatever it hears (answers 3.4), so that work due later than the
 * next look needs no message. Twice the period leaves a minute for the transaction that writes it to commit.
 */
export const rescanMs = 60_000

/**
 * Tells the engines that a delivery wakes at `at`. Call it in the transaction that writes `deliveries.wake_at`; the
 * message leaves on commit and never before, and nothing is lost if nobody listens.
 * @param now the present of `ctx.clock`. When given, work far in the future sends nothing: NOTIFY serialises commits
 *   (answers 3.5), and the engines' own rescan finds such work in time.
 */
export async function wakeEngine(tx: Db, at: Date, now?: Date): Promise<void> {
  if (now && at.getTime() > now.getTime() + 2 * rescanMs) return
  await sql`select pg_notify(${wakeChannel}, ${String(at.getTime())})`.execute(tx)
}
