import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { wakeChannel } from './wake.ts'

export interface WakeListener {
  /** False while there is no connection, or when messages do not arrive on it (a transaction pooler). */
  isListening(): boolean
  close(): Promise<void>
}

export interface WakeListenerOptions {
  /** A direct connection: LISTEN does not live behind a transaction pooler (DATABASE_DIRECT_URL). */
  connectionString: string
  onWake(at: Date): void
  /** Listening anew: messages may have been missed, so look at the table. */
  onListening(): void
  onTrouble(what: string, error: unknown): void
  proofEveryMs?: number
}

/** A dropped connection is silent (answers 3.5), so a message of our own must come back this often ... */
const proofEveryMsDefault = 20_000
/** ... within this time. */
const proofTimeoutMs = 5_000
const reconnectMsMin = 100
const reconnectMsMax = 5_000

/** Listens for `wakeEngine` for as long as it is open, reconnecting by itself. */
export function listenForWakes(options: WakeListenerOptions): WakeListener {
  const { connectionString, onWake, onListening, onTrouble, proofEveryMs = proofEveryMsDefault } = options
  const closing = new AbortController()
  let listening = false

  async function keepListening() {
    let waitMs = reconnectMsMin
    while (!closing.signal.aborted) {
      try {
        await listenOnce(() => {
          waitMs = reconnectMsMin
        })
      } catch (error) {
        if (!closing.signal.aborted) onTrouble('The connection that listens for due work broke', error)
      }
      listening = false
      await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
      waitMs = Math.min(2 * waitMs, reconnectMsMax)
    }
  }

  /** One connection from its start to its end; always ends with an error, or when closing. */
  async function listenOnce(onProven: () => void) {
    const client = new pg.Client({
      connectionString,
      application_name: 'fanfare listen',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    const over = new AbortController()
    const broken = new Promise<never>((_, fail) => {
      // Not once: a connection that is ended by the server reports it twice.
      client.on('error', fail)
      client.once('end', () => fail(new Error('The connection ended')))
      closing.signal.addEventListener('abort', () => fail(new Error('Closing')), { signal: over.signal })
    })
    broken.catch(() => undefined)
    const after = <T>(ms: number, value: T) => pause(ms, value, { signal: over.signal }).catch(() => value)
    const proofs = new Map<string, () => void>()
    client.on('notification', ({ payload = '' }) => {
      const proof = proofs.get(payload)
      if (proof) proof()
      else if (/^\d+$/.test(payload)) onWake(new Date(Number(payload)))
    })
    const prove = async () => {
      const token = `proof ${randomUUID()}`
      const arrived = new Promise<void>((done) => proofs.set(token, done))
      await client.query('select pg_notify($1, $2)', [wakeChannel, token])
      const inTime = await Promise.race([arrived.then(() => true), after(proofTimeoutMs, false)])
      proofs.delete(token)
      if (!inTime)
        throw new Error('A message sent to ourselves did not arrive; is this a transaction pooler?')
    }
    try {
      await Promise.race([client.connect(), broken])
      await Promise.race([client.query(`listen ${wakeChannel}`), broken])
      await Promise.race([prove(), broken])
      listening = true
      onProven()
      onListening()
      for (;;) {
        await Promise.race([after(proofEveryMs, undefined), broken])
        await Promise.race([prove(), broken])
      }
    } finally {
      over.abort()
      client.end().catch(() => undefined)
    }
  }

  const done = keepListening()
  return {
    isListening: () => listening,
    async close() {
      closing.abort()
      await done
    },
  }
}
