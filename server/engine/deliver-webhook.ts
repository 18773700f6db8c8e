import { theEngine } from '../domain/actor.ts'
import { nextWebhookTryMs, webhookPayload } from '../domain/webhook-event.ts'
import type { Http, HttpAnswer } from '../net/http.ts'
import type { Vault } from '../net/vault.ts'
import { signWebhook } from '../net/webhook-signature.ts'
import { addChores } from '../storage/chores.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import {
  findWebhookToSend,
  recordWebhookTry,
  sendChore,
  touchWebhookEndpoint,
  updateWebhookEndpoint,
  type WebhookEndpoint,
  type WebhookToSend,
} from '../storage/webhooks.ts'

export interface WebhookSender {
  db: Db
  http: Http
  vault: Vault
  clock: { now(): Date }
  newId(): string
  /** From 0 to 1. */
  random(): number
}

/** A receiver that has not answered by then has failed; the specification recommends 15 to 30 s. */
const answerTimeoutMs = 20_000
/** How much of the receiver's answer the delivery log keeps. */
const excerptCharacters = 1000
/** An endpoint that has accepted nothing for this long, with an event given up, is switched off: three days of tries. */
const sustainedFailureMs = 72 * 60 * 60 * 1000

/**
 * Sends one webhook once and plans what follows: done, a next try, or given up. Any 2xx is success. A process that
 * dies while sending leaves the chore to be run again, so a receiver may see an event twice, with the same
 * `webhook-id`.
 */
export async function deliverWebhook(sender: WebhookSender, deliveryId: string): Promise<void> {
  const work = await findWebhookToSend(sender.db, deliveryId)
  if (work?.delivery.state !== 'queued' || !work.endpoint.isActive) return
  await settle(sender, work, await send(sender, work))
}

interface SendResult {
  ok: boolean
  /** 410: the receiver says that it wants no more. */
  gone: boolean
  responseStatus: number | null
  responseExcerpt: string | null
  error: string | null
  durationMs: number
}

async function send(
  { http, vault, clock }: WebhookSender,
  { endpoint, event }: WebhookToSend,
): Promise<SendResult> {
  const body = webhookPayload(endpoint.dialect, event)
  const startedAt = clock.now()
  const answer = await http.send({
    method: 'POST',
    url: endpoint.url,
    headers: {
      'content-type': 'application/json',
      ...signWebhook(secretsOf(vault, endpoint, startedAt), event.id, startedAt, body),
    },
    bytes: Buffer.from(body),
    timeoutMs: answerTimeoutMs,
    answerBytesMax: 100_000,
  })
  return { ...readAnswer(answer), durationMs: clock.now().getTime() - startedAt.getTime() }
}

/** The current secret first, and the one before it while the overlap of a rotation lasts. */
function secretsOf(vault: Vault, endpoint: WebhookEndpoint, now: Date): string[] {
  const sealed = [endpoint.secret]
  if (endpoint.previousSecret && endpoint.previousSecretUntil && endpoint.previousSecretUntil > now)
    sealed.push(endpoint.previousSecret)
  return sealed.map((secret) => String(vault.open(secret, `webhook:${endpoint.id}`)))
}

function readAnswer(answer: HttpAnswer): Omit<SendResult, 'durationMs'> {
  if (answer.kind !== 'answer')
    return { ok: false, gone: false, responseStatus: null, responseExcerpt: null, error: answer.why }
  return {
    ok: answer.ok,
    gone: answer.status === 410,
    responseStatus: answer.status,
    responseExcerpt: answer.text.slice(0, excerptCharacters).replaceAll('\u0000', ''),
    error: answer.ok ? null : `The receiver answered ${answer.status}`,
  }
}

async function settle(sender: WebhookSender, { delivery, endpoint }: WebhookToSend, result: SendResult) {
  const { ok, gone, ...answer } = result
  const now = sender.clock.now()
  const waitMs = ok || gone ? null : nextWebhookTryMs(delivery.tries + 1, sender.random())
  const nextTryAt = waitMs === null ? null : new Date(now.getTime() + waitMs)
  await sender.db.transaction().execute(async (tx) => {
    const state = ok ? 'delivered' : nextTryAt ? 'queued' : 'failed'
    await recordWebhookTry(tx, delivery.id, { ...answer, state, nextTryAt }, now)
    await touchWebhookEndpoint(tx, endpoint.id, { failed: !ok, now })
    if (nextTryAt) await addChores(tx, [sendChore(delivery.id, endpoint.id, nextTryAt)])
    if (gone) await disable(sender, tx, endpoint, 'The receiver answered 410 Gone.', now)
    else if (state === 'failed' && hasFailedThroughout(endpoint, now))
      await disable(sender, tx, endpoint, 'The receiver has accepted nothing for three days.', now)
  })
}

const hasFailedThroughout = ({ failingSince }: WebhookEndpoint, now: Date) =>
  failingSince !== null && now.getTime() - failingSince.getTime() >= sustainedFailureMs

async function disable(
  { newId }: WebhookSender,
  tx: Db,
  endpoint: WebhookEndpoint,
  reason: string,
  now: Date,
) {
  await updateWebhookEndpoint(tx, endpoint.id, { isActive: false, disabledReason: reason }, now)
  await recordEvents(tx, theEngine, now, [
    {
      id: newId(),
      workspaceId: endpoint.workspaceId,
      type: 'webhook.disabled',
      resourceType: 'webhook',
      resourceId: endpoint.id,
      data: { url: endpoint.url, reason },
    },
  ])
}
