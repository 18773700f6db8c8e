/** Accounts, posts and deliveries for engine tests, written straight into the tables, many at once. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Context } from '../server/operations/context.ts'
import { json } from '../server/storage/json.ts'
import { accountSecretContext } from '../server/storage/secret-box.ts'
import { wakeEngine } from '../server/storage/wake.ts'
import type { Tenant } from './tenant.ts'

type World = Pick<Context, 'db' | 'newId' | 'clock' | 'vault'>

export async function addAccounts(
  ctx: World,
  tenant: Tenant,
  count: number,
  { network = 'scripted', settings = {} }: { network?: string; settings?: Record<string, unknown> } = {},
): Promise<string[]> {
  const now = ctx.clock.now()
  const ids = Array.from({ length: count }, () => ctx.newId())
  await ctx.db
    .insertInto('accounts')
    .values(
      ids.map((id, index) => ({
        id,
        workspaceId: tenant.workspaceId,
        brandId: tenant.brandId,
        network,
        externalId: id,
        kind: 'profile',
        name: `Account ${index + 1}`,
        state: 'active' as const,
        settings: json(settings),
        secret: ctx.vault.seal({ token: `token of ${id}` }, accountSecretContext(id)),
        connectedAt: now,
        createdAt: now,
        updatedAt: now,
      })),
    )
    .execute()
  return ids
}

export interface ScheduledPost {
  postId: string
  deliveryIds: string[]
}

/** Posts with one delivery per account, scheduled; the engine is told. */
export async function schedulePosts(
  ctx: World,
  tenant: Tenant,
  posts: { accountIds: string[]; dueAt: Date; text: string; options?: Record<string, unknown> }[],
  { network = 'scripted' } = {},
): Promise<ScheduledPost[]> {
  const now = ctx.clock.now()
  const rows = posts.map((post) => ({
    id: ctx.newId(),
    ...post,
    dueAt: post.dueAt.toISOString(),
    hash: createHash('sha256').update(post.text).digest('hex'),
    deliveries: post.accountIds.map((accountId, position) => ({ id: ctx.newId(), accountId, position })),
  }))
  await ctx.db.transaction().execute(async (tx) => {
    await sql`
      insert into posts (id, workspace_id, brand_id, origin, text, options, due_at, status, content_hash, created_at, updated_at)
      select id, ${tenant.workspaceId}, ${tenant.brandId}, 'mypost', text, coalesce(options, '{}'), "dueAt", 'scheduled',
             decode(hash, 'hex'), ${now}, ${now}
      from json_to_recordset(${json(rows)}::json)
        as given (id uuid, text text, options jsonb, "dueAt" timestamptz, hash text)`.execute(tx)
    await sql`
      insert into deliveries (id, workspace_id, post_id, account_id, network, position, state, due_at, wake_at, created_at, updated_at)
      select id, ${tenant.workspaceId}, "postId", "accountId", ${network}, position, 'scheduled', "dueAt", "dueAt", ${now}, ${now}
      from json_to_recordset(${json(
        rows.flatMap((post) =>
          post.deliveries.map((delivery) => ({ ...delivery, postId: post.id, dueAt: post.dueAt })),
        ),
      )}::json) as given (id uuid, "postId" uuid, "accountId" uuid, position int, "dueAt" timestamptz)`.execute(
      tx,
    )
    const first = posts.reduce(
      (least, post) => Math.min(least, post.dueAt.getTime()),
      Number.POSITIVE_INFINITY,
    )
    await wakeEngine(tx, new Date(first))
  })
  return rows.map((post) => ({ postId: post.id, deliveryIds: post.deliveries.map(({ id }) => id) }))
}

/** Waits until `done` says so, looking often; a look that throws counts as not yet. Fails with what it last saw. */
export async function until<T>(
  look: () => Promise<T> | T,
  done: (seen: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const startedAt = performance.now()
  let last: unknown
  for (;;) {
    try {
      const seen = await look()
      if (done(seen)) return seen
      last = seen
    } catch (error) {
      last = (error as Error).message
    }
    if (performance.now() - startedAt > withinMs)
      throw new Error(`Did not happen within ${withinMs} ms; last seen: ${JSON.stringify(last)}`)
    await new Promise((go) => setTimeout(go, 10))
  }
}
