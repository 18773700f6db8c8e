import { createHash } from 'node:crypto'
import { Refusal } from '../domain/refusal.ts'
import {
  abandonKey,
  answerKey,
  deleteExpiredKeys,
  deleteKey,
  eventsOfRequest,
  type IdempotencyKey,
  insertKey,
  lockKey,
  reclaimKey,
  renewKeys,
} from '../storage/idempotency-keys.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'

/** How long an answer is kept (answers 1.11). */
const keptMs = 24 * 3_600_000
/** A process that was killed holds its keys this long at most; a living one renews them three times in it. */
const leaseMs = 15_000
export const renewEveryMs = 5000
/** No request runs longer; past it a key is given up even if its process lives. */
const requestMsMax = 300_000

export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export type Claimed =
  /** Carry the request out, then `keepAnswer`, `giveUp` or `forget`. */
  | { outcome: 'first' }
  | { outcome: 'replay'; answer: KeptAnswer }
  /** An earlier request with this key was carried out, but its process died before the answer was kept. */
  | { outcome: 'answer_lost'; resources: { resourceType: string; resourceId: string }[] }

/**
 * Claims an idempotency key for a request. Refuses (`conflict`) while the first request with it is still running, and
 * a key that comes with another body.
 *
 * A key whose process was killed is not taken for granted either way: the events of the first request, written in the
 * transaction of its change, tell whether it happened. If it did, it is not done again.
 */
export async function claimKey(
  ctx: Context,
  named: IdempotencyKey,
  request: { requestId: string; body: unknown },
): Promise<Claimed> {
  const bodyHash = createHash('sha256').update(canonical(request.body)).digest()
  return await transaction(ctx.db, async (tx) => {
    const now = ctx.clock.now()
    const claim = {
      ...named,
      bodyHash,
      requestId: request.requestId,
      leaseUntil: new Date(now.getTime() + leaseMs),
      expiresAt: new Date(now.getTime() + keptMs),
    }
    if (await insertKey(tx, claim, now)) return { outcome: 'first' }
    const held = await lockKey(tx, named)
    // Swept between the two statements: the client's next try finds its way.
    if (!held) throw inFlight()
    if (held.expiresAt <= now) {
      await reclaimKey(tx, claim, now)
      return { outcome: 'first' }
    }
    if (!held.bodyHash.equals(bodyHash))
      throw new Refusal('conflict', 'This Idempotency-Key was used with another body. Use a new key.', {
        rule: 'idempotency_key_reused',
      })
    if (held.status !== null) {
      const body = held.body ? String(ctx.vault.open(held.body, vaultContext(named))) : ''
      return { outcome: 'replay', answer: { status: held.status, headers: held.headers ?? {}, body } }
    }
    if (held.leaseUntil && held.leaseUntil > now) throw inFlight()
    const until = new Date(held.createdAt.getTime() + requestMsMax)
    const resources = await eventsOfRequest(tx, held.requestId, held.createdAt, until)
    if (resources.length > 0) return { outcome: 'answer_lost', resources }
    await reclaimKey(tx, claim, now)
    return { outcome: 'first' }
  })
}

/** Keeps the answer, sealed, for whoever asks again with the key. */
export async function keepAnswer(ctx: Context, named: IdempotencyKey, answer: KeptAnswer): Promise<void> {
  const body = ctx.vault.seal(answer.body, vaultContext(named))
  await answerKey(ctx.db, named, { ...answer, body })
}

/** The request failed on our side, maybe after its change: the next one with the key looks. */
export async function giveUp(ctx: Context, named: IdempotencyKey): Promise<void> {
  await abandonKey(ctx.db, named, ctx.clock.now())
}

/** The request did nothing and its answer is not worth keeping; the key is free again. */
export async function forget(ctx: Context, named: IdempotencyKey): Promise<void> {
  await deleteKey(ctx.db, named)
}

/** Called every `renewEveryMs` with the keys whose requests are running in this process. */
export async function renewLeases(ctx: Context, held: IdempotencyKey[]): Promise<void> {
  await renewKeys(ctx.db, held, new Date(ctx.clock.now().getTime() + leaseMs))
}

/** Deletes expired keys, a bounded number at a time. */
export async function sweepKeys(ctx: Context): Promise<void> {
  await deleteExpiredKeys(ctx.db, ctx.clock.now(), 1000)
}

const inFlight = () =>
  new Refusal(
    'conflict',
    'The first request with this Idempotency-Key is still running. Ask again in a moment.',
    {
      rule: 'idempotency_in_flight',
      retryAfterMs: 1000,
    },
  )

const vaultContext = ({ scope, key }: IdempotencyKey) => `idempotency:${scope}:${key}`

/** JSON with sorted keys: two bodies that mean the same are the same. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ''
  )
}
