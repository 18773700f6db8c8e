/**
 * The adapters of the crash tests' network server (network-server.ts): one per way in which networks protect against
 * doubles, or do not.
 */
import { Type } from 'typebox'
import type { Http } from '../../server/net/http.ts'
import type { Json, Lookup, Network, Recovery, WriteResult } from '../../server/networks/network.ts'
import { scriptedLimits } from '../engine-network.ts'

export const protections = ['idempotent', 'exact', 'vague', 'nothing'] as const
/**
 * - `idempotent`: a second request with the same key gets the answer of the first; there is no lookup.
 * - `exact`: a lookup by key finds a post or proves that there is none.
 * - `vague`: a lookup by text may find a post and can never prove that there is none.
 * - `nothing`: neither.
 */
export type Protection = (typeof protections)[number]

/** Requests here are answered in milliseconds; waits after a lost one are cut to match. */
const recovery: Recovery = { writeTimeoutMs: 600, settleMs: 100, repeatableMs: 0 }

export function crashNetwork(protection: Protection, url: string): Network {
  return {
    id: protection,
    name: `Network with ${protection} protection`,
    origins: { api: url },
    limits: scriptedLimits,
    options: Type.Object({}),
    connect: {
      kind: 'credentials',
      credentials: Type.Object({}),
      open: async () => ({ outcome: 'done', value: [] }),
    },
    recovery: protection === 'idempotent' ? { ...recovery, repeatableMs: 60_000 } : recovery,
    async prepare(ctx, delivery) {
      const upload = await ctx.step('upload', async () => ({ of: delivery.draft.text }))
      return { outcome: 'ready', prepared: upload }
    },
    plan: (delivery, _prepared, keys) =>
      delivery.draft.text.split('\n').map((text, index) => ({
        kind: index === 0 ? ('post' as const) : ('reply' as const),
        key: keys.uuid(),
        payload: { text },
      })),
    async commit(ctx, write) {
      const { text } = write.payload as { text: string }
      const answer = await ask(ctx.http, `${ctx.origin()}/posts`, {
        protection,
        key: write.key,
        account: ctx.account.externalId,
        text,
      })
      if (!answer) return { outcome: 'unknown', why: 'No answer.' }
      return answer as unknown as WriteResult
    },
    async poll(ctx, write, token) {
      const answer = await ask(ctx.http, `${ctx.origin()}/poll`, { token, key: write.key })
      return (answer ?? { outcome: 'unknown', why: 'No answer.' }) as unknown as WriteResult
    },
    async lookup(ctx, write): Promise<Lookup> {
      if (protection === 'idempotent' || protection === 'nothing')
        return { outcome: 'unknown', why: 'This network cannot be asked.' }
      const found = await ask(ctx.http, `${ctx.origin()}/find`, {
        ...(protection === 'exact' ? { key: write.key } : { text: (write.payload as { text: string }).text }),
        account: ctx.account.externalId,
      })
      if (!found) return { outcome: 'unknown', why: 'No answer.' }
      const { id } = found as { id: string | null }
      if (id) return { outcome: 'published', externalId: id, url: `${ctx.origin()}/posts/${id}` }
      return protection === 'exact'
        ? { outcome: 'absent' }
        : { outcome: 'unknown', why: 'Not among the newest.' }
    },
    probe: async () => ({
      outcome: 'failed',
      failure: { class: 'permanent', rule: 'crash.probe', message: 'Not needed here', remedy: '' },
    }),
  }
}

async function ask(http: Http, url: string, body: Json): Promise<{ [key: string]: Json } | null> {
  const answer = await http.send({ method: 'POST', url, json: body, timeoutMs: recovery.writeTimeoutMs })
  return answer.kind === 'answer' && answer.ok ? (answer.json as { [key: string]: Json }) : null
}
