import type { Actor } from '../domain/actor.ts'
import { engagementRate } from '../domain/analytics.ts'
import type { Permission } from '../domain/permission.ts'
import { notFound } from '../domain/refusal.ts'
import {
  type AnalyticsRecord,
  deleteRecord,
  findRecord,
  insertRecord,
  listRecords,
  type RecordFields,
  updateRecord,
} from '../storage/analytics-records.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { permissionsIn, requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { requirePost } from './post-access.ts'

/**
 * Numbers that a program writes by hand (A18 to A22), beside those the engine collects. Writing needs `posts.edit`,
 * reading `analytics.view`. A rate that is left out is 100 * (likes + shares + comments) / views.
 */
export async function addAnalyticsRecord(
  ctx: Context,
  actor: Actor,
  { postId, ...fields }: RecordFields & { postId: string },
): Promise<AnalyticsRecord> {
  return transaction(ctx.db, async (tx) => {
    const post = await requirePost(tx, actor, postId, 'posts.edit')
    const now = ctx.clock.now()
    const id = ctx.newId()
    const rate = fields.engagementRate ?? rateOf(fields)
    await insertRecord(
      tx,
      {
        ...fields,
        engagementRate: rate,
        id,
        workspaceId: post.workspaceId,
        postId,
        collectedAt: fields.collectedAt ?? now,
      },
      now,
    )
    await tell(ctx, tx, actor, 'analytics.created', { id, workspaceId: post.workspaceId })
    return (await findRecord(tx, id)) as AnalyticsRecord
  })
}

export async function readAnalyticsRecord(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<AnalyticsRecord> {
  return requireRecord(ctx.db, actor, id, 'analytics.view')
}

export async function listAnalyticsRecords(
  ctx: Context,
  actor: Actor,
  {
    workspaceId,
    offset,
    limit,
    ...filter
  }: { workspaceId: string; postId?: string; from?: Date; to?: Date; offset: number; limit: number },
): Promise<AnalyticsRecord[]> {
  await requireAccess(ctx.db, actor, workspaceId, 'analytics.view')
  return listRecords(ctx.db, workspaceId, filter, { offset, limit })
}

export async function changeAnalyticsRecord(
  ctx: Context,
  actor: Actor,
  { id, ...change }: RecordFields & { id: string },
): Promise<AnalyticsRecord> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireRecord(tx, actor, id, 'posts.edit')
    const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    const engagementRate = change.engagementRate ?? rateOf({ ...before, ...said })
    await updateRecord(tx, id, { ...said, engagementRate }, ctx.clock.now())
    await tell(ctx, tx, actor, 'analytics.updated', before)
    return (await findRecord(tx, id)) as AnalyticsRecord
  })
}

export async function deleteAnalyticsRecord(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const record = await requireRecord(tx, actor, id, 'posts.edit')
    await deleteRecord(tx, id)
    await tell(ctx, tx, actor, 'analytics.deleted', record)
  })
}

async function requireRecord(
  tx: Db,
  actor: Actor,
  id: string,
  permission: Permission,
): Promise<AnalyticsRecord> {
  const record = await findRecord(tx, id)
  if (!record || !(await permissionsIn(tx, actor, record.workspaceId))) throw notFound('Analytics', id)
  await requireAccess(tx, actor, record.workspaceId, permission)
  return record
}

const rateOf = ({ likes, shares, comments, views, impressions }: RecordFields) =>
  engagementRate((likes ?? 0) + (shares ?? 0) + (comments ?? 0), views ?? impressions ?? 0)

const tell = (
  ctx: Context,
  tx: Db,
  actor: Actor,
  type: string,
  record: { id: string; workspaceId: string },
) =>
  recordEvents(tx, actor, ctx.clock.now(), [
    {
      id: ctx.newId(),
      workspaceId: record.workspaceId,
      type,
      resourceType: 'analytics',
      resourceId: record.id,
    },
  ])
