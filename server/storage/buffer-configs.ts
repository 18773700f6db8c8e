import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import type { BufferConfigs } from './schema.ts'

/** How a workspace reaches Buffer, without the token, which only `bufferSecret` reads. */
export type BufferConfig = Omit<Selectable<BufferConfigs>, 'secret' | 'refreshingUntil'>

const columns = [
  'id',
  'number',
  'workspaceId',
  'organizationId',
  'isActive',
  'secretVersion',
  'tokenExpiresAt',
  'blockedUntil',
  'callsLeft',
  'callsResetAt',
  'lookedAt',
  'createdAt',
  'updatedAt',
] as const

export interface BufferConfigChange {
  secret?: Buffer
  tokenExpiresAt?: Date | null
  organizationId?: string | null
  isActive?: boolean
}

/** One per workspace: a second one takes the place of the first (AR16). A new token starts with a fresh budget. */
export async function putBufferConfig(
  tx: Db,
  row: Required<BufferConfigChange> & { id: string; workspaceId: string },
  now: Date,
): Promise<BufferConfig> {
  return await tx
    .insertInto('bufferConfigs')
    .values({ ...row, createdAt: now, updatedAt: now })
    .onConflict((conflict) =>
      conflict.column('workspaceId').doUpdateSet((old) => ({
        secret: row.secret,
        tokenExpiresAt: row.tokenExpiresAt,
        organizationId: row.organizationId,
        isActive: row.isActive,
        secretVersion: sql<number>`${old.ref('bufferConfigs.secretVersion')} + 1`,
        blockedUntil: null,
        callsLeft: null,
        callsResetAt: null,
        updatedAt: now,
      })),
    )
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export async function changeBufferConfig(
  tx: Db,
  id: string,
  change: BufferConfigChange,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('bufferConfigs')
    .set({
      ...change,
      ...(change.secret && {
        secretVersion: sql`secret_version + 1`,
        blockedUntil: null,
        callsLeft: null,
        callsResetAt: null,
      }),
      updatedAt: now,
    })
    .where('id', '=', id)
    .execute()
}

export const findBufferConfig = (tx: Db, id: string): Promise<BufferConfig | undefined> =>
  tx.selectFrom('bufferConfigs').select(columns).where('id', '=', id).executeTakeFirst()

export const bufferConfigOf = (tx: Db, workspaceId: string): Promise<BufferConfig | undefined> =>
  tx.selectFrom('bufferConfigs').select(columns).where('workspaceId', '=', workspaceId).executeTakeFirst()

export async function deleteBufferConfig(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('bufferConfigs').where('id', '=', id).execute()
}

/** The sealed token. */
export async function bufferSecret(tx: Db, id: string): Promise<Buffer | null> {
  const row = await tx.selectFrom('bufferConfigs').select('secret').where('id', '=', id).executeTakeFirst()
  return row?.secret ?? null
}

/** What Buffer said of the budget; a block only ever moves later, unless the token changes. */
export async function recordBufferBudget(
  tx: Db,
  id: string,
  budget: { left: number | null; resetsAt: Date | null; blockedUntil: Date | null },
): Promise<void> {
  await sql`
    update buffer_configs
    set calls_left = coalesce(${budget.left}::int, calls_left),
        calls_reset_at = coalesce(${budget.resetsAt}::timestamptz, calls_reset_at),
        blocked_until = greatest(blocked_until, ${budget.blockedUntil}::timestamptz)
    where id = ${id}`.execute(tx)
}

/**
 * The configurations whose posts should be looked at now: something came due since the last look and at least
 * `dueGapMs` have passed since then, or something is still out and `gapMs` have passed. Index buffer_posts_waiting.
 */
export async function bufferConfigsToLook(
  db: Db,
  {
    now,
    settleMs,
    dueGapMs,
    gapMs,
    limit,
  }: { now: Date; settleMs: number; dueGapMs: number; gapMs: number; limit: number },
): Promise<BufferConfig[]> {
  const before = (ms: number) => new Date(now.getTime() - ms)
  return await select(db)
    .where('isActive', '=', true)
    .where((is) => is.or([is('blockedUntil', 'is', null), is('blockedUntil', '<=', now)]))
    .where(
      sql<boolean>`exists (
        select from buffer_posts
        where buffer_posts.workspace_id = buffer_configs.workspace_id and state = 'kept'
          and due_at <= ${before(settleMs)}
          and (looked_at is null or looked_at <= ${before(gapMs)}
               or (looked_at <= ${before(dueGapMs)} and due_at > looked_at - ${settleMs} * interval '1 ms')))`,
    )
    .orderBy(sql`looked_at nulls first`)
    .limit(limit)
    .execute()
}

const select = (db: Db) => db.selectFrom('bufferConfigs').select(columns)

/** Every active configuration that may be asked now, page by page in the order of their ids. */
export async function activeBufferConfigs(
  db: Db,
  now: Date,
  afterId: string | null,
  limit: number,
): Promise<BufferConfig[]> {
  return await select(db)
    .where('isActive', '=', true)
    .where((is) => is.or([is('blockedUntil', 'is', null), is('blockedUntil', '<=', now)]))
    .where('id', '>', afterId ?? '00000000-0000-0000-0000-000000000000')
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function markLookedAt(db: Db, id: string, now: Date): Promise<void> {
  await db.updateTable('bufferConfigs').set({ lookedAt: now }).where('id', '=', id).execute()
}

/** Which organization the token's posts are in, once Buffer has told. */
export async function keepOrganization(db: Db, id: string, organizationId: string): Promise<void> {
  await db
    .updateTable('bufferConfigs')
    .set({ organizationId })
    .where('id', '=', id)
    .where('organizationId', 'is', null)
    .execute()
}
