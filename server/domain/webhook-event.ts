/** What a webhook endpoint may subscribe to (BR12 and CR10), and what our own events become outside. */
export const webhookEvents = [
  'post.created',
  'post.scheduled',
  'post.published',
  'post.failed',
  'account.connected',
  'account.disconnected',
  'account.expired',
  'approval.requested',
  'approval.decided',
] as const
export type WebhookEventName = (typeof webhookEvents)[number]

/** The event of a test send; nobody subscribes to it. */
export const testEvent = 'webhook.test'

export const isWebhookEvent = (name: string): name is WebhookEventName =>
  (webhookEvents as readonly string[]).includes(name)

/** The dialects whose documents know webhooks; each has a payload shape of its own. */
export type WebhookDialect = 'mypost' | 'oui-post'

export interface HappenedEvent {
  type: string
  workspaceId: string | null
  createdAt: Date
  data: Record<string, unknown>
}

/**
 * The body as the dialect that created the endpoint documents it: B `{event, timestamp, data}` (BR12, normative),
 * C the same with `workspace_id` and snake_case names (CR10). The receiver orders by `webhook-timestamp` and knows
 * repeats by `webhook-id`.
 */
export function webhookPayload(dialect: WebhookDialect, event: HappenedEvent): string {
  const timestamp = event.createdAt.toISOString()
  switch (dialect) {
    case 'mypost':
      return JSON.stringify({ event: event.type, timestamp, data: event.data })
    case 'oui-post':
      return JSON.stringify({
        event: event.type,
        timestamp,
        workspace_id: event.workspaceId && `ws_${event.workspaceId}`,
        data: Object.fromEntries(Object.entries(event.data).map(([name, value]) => [snakeCase(name), value])),
      })
  }
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * When a webhook is tried again, as waits after each failed try: the schedule that the Standard Webhooks specification
 * recommends (standardwebhooks/spec, "Deliverability and reliability"), 74 hours in all.
 */
const seconds = 1000
const minutes = 60 * seconds
const hours = 60 * minutes
export const retryWaitsMs = [
  5 * seconds,
  5 * minutes,
  30 * minutes,
  2 * hours,
  5 * hours,
  10 * hours,
  14 * hours,
  20 * hours,
  24 * hours,
]

/**
 * The wait before the next try, or null when the last one has been used. Spread by up to a tenth, so that endpoints
 * that came back are not met by all their events at one instant.
 * @param tries how many tries have failed so far, 1 or more
 * @param spread from 0 to 1
 */
export function nextWebhookTryMs(tries: number, spread: number): number | null {
  const wait = retryWaitsMs[tries - 1]
  return wait === undefined ? null : Math.round(wait * (1 + spread / 10))
}
