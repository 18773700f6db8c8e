import { asNumber, asRecord, asString, at } from '../../net/read-json.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { ask } from './access.ts'
import { failureOf } from './failure.ts'

/** One request each: analytics of several Pins at once are for chosen apps only (official description 5.23.0). */
export const metricsBatchMax = 20

const pinPath = (id: string) => `/pins/${encodeURIComponent(id)}`

/** Deletes a Pin. One that is gone already is deleted. */
export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const asked = await ask(ctx, { method: 'DELETE', path: pinPath(externalId) })
  if (asked.kind === 'answer' && (asked.ok || asked.status === 404)) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(asked, 'delete the Pin', ctx.now()) }
}

/** Lifetime counts, which every Pin made since March 2023 has. */
export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const counted: PostMetrics[] = []
  for (const { externalId } of published) {
    const asked = await ask(ctx, {
      method: 'GET',
      path: pinPath(externalId),
      query: { pin_metrics: true },
    })
    if (asked.kind === 'answer' && asked.ok) counted.push(...metricsFrom(asked.json))
    else if (asked.kind !== 'answer' || asked.status !== 404)
      return { outcome: 'failed', failure: failureOf(asked, 'read the counts', ctx.now()) }
  }
  return { outcome: 'done', value: counted }
}

function metricsFrom(value: unknown): PostMetrics[] {
  const externalId = asString(asRecord(value)?.id)
  const lifetime = asRecord(at(value, 'pin_metrics', 'lifetime_metrics'))
  if (!externalId || !lifetime) return []
  const raw: Record<string, Json> = {}
  for (const [name, count] of Object.entries(lifetime)) raw[name] = asNumber(count) ?? null
  const count = (name: string) => asNumber(lifetime[name])
  return [
    {
      externalId,
      impressions: count('impression'),
      likes: count('reaction'),
      comments: count('comment'),
      saves: count('save'),
      // Clicks that leave for the link; those that only open the Pin are in raw.
      clicks: count('clickthrough'),
      raw,
    },
  ]
}
