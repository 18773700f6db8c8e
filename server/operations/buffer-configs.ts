import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { notFound, wrongState } from '../domain/refusal.ts'
import {
  type BufferConfig,
  bufferConfigOf,
  bufferSecret,
  changeBufferConfig as changeRow,
  deleteBufferConfig as deleteRow,
  findBufferConfig,
  putBufferConfig,
} from '../storage/buffer-configs.ts'
import { postsAtBuffer } from '../storage/buffer-posts.ts'
import type { Db, Tx } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { permissionsIn, requireAccess } from './access.ts'
import { type BufferSecret, bufferSeal } from './buffer-access.ts'
import type { Context } from './context.ts'

/** What a person sets; the tokens are sealed and never shown again. */
export interface BufferConfigFields {
  accessToken?: string
  refreshToken?: string | null
  tokenExpiresAt?: Date | null
  organizationId?: string | null
  isActive?: boolean
}

/**
 * Sets up Buffer for a workspace, which has one configuration: a second one takes the place of the first (A31, AR16).
 * Needs `accounts.connect`.
 */
export async function setUpBuffer(
  ctx: Context,
  actor: Actor,
  input: BufferConfigFields & { workspaceId: string; accessToken: string },
): Promise<BufferConfig> {
  const { workspaceId, accessToken, refreshToken = null } = input
  return transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'accounts.connect')
    const before = await bufferConfigOf(tx, workspaceId)
    const isActive = input.isActive ?? true
    if (before && !isActive) await requireNothingThere(tx, workspaceId)
    const id = before?.id ?? ctx.newId()
    const secret: BufferSecret = { accessToken, refreshToken }
    const config = await putBufferConfig(
      tx,
      {
        id,
        workspaceId,
        secret: ctx.vault.seal(secret, bufferSeal(id)),
        tokenExpiresAt: input.tokenExpiresAt ?? null,
        organizationId: input.organizationId ?? null,
        isActive,
      },
      ctx.clock.now(),
    )
    await tell(ctx, tx, actor, before ? 'buffer_config.updated' : 'buffer_config.created', config)
    return config
  })
}

/** By its id, or the workspace's own (Ax5). Any member may see that there is one. */
export async function readBufferConfig(
  ctx: Context,
  actor: Actor,
  input: { id: string } | { workspaceId: string },
): Promise<BufferConfig> {
  if ('id' in input) return requireConfig(ctx.db, actor, input.id, null)
  await requireAccess(ctx.db, actor, input.workspaceId, null)
  const config = await bufferConfigOf(ctx.db, input.workspaceId)
  if (!config) throw notFound('Buffer configuration')
  return config
}

/** What is left out stays. Needs `accounts.connect`. */
export async function changeBufferConfig(
  ctx: Context,
  actor: Actor,
  { id, accessToken, refreshToken, ...change }: BufferConfigFields & { id: string },
): Promise<BufferConfig> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireConfig(tx, actor, id, 'accounts.connect')
    if (change.isActive === false) await requireNothingThere(tx, before.workspaceId)
    const isNewToken = accessToken !== undefined || refreshToken !== undefined
    const secret = isNewToken ? await mergedSecret(ctx, tx, id, { accessToken, refreshToken }) : undefined
    await changeRow(tx, id, { ...change, secret }, ctx.clock.now())
    await tell(ctx, tx, actor, 'buffer_config.updated', before)
    return requireConfig(tx, actor, id, null)
  })
}

/** Refused while posts wait at Buffer, which would publish them unseen from here. Needs `accounts.connect`. */
export async function deleteBufferConfig(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const config = await requireConfig(tx, actor, id, 'accounts.connect')
    await requireNothingThere(tx, config.workspaceId)
    await deleteRow(tx, id)
    await tell(ctx, tx, actor, 'buffer_config.deleted', config)
  })
}

async function requireConfig(
  tx: Db,
  actor: Actor,
  id: string,
  permission: Permission | null,
): Promise<BufferConfig> {
  const config = await findBufferConfig(tx, id)
  if (!config || !(await permissionsIn(tx, actor, config.workspaceId)))
    throw notFound('Buffer configuration', id)
  await requireAccess(tx, actor, config.workspaceId, permission)
  return config
}

async function requireNothingThere(tx: Tx, workspaceId: string): Promise<void> {
  const { length: count } = await postsAtBuffer(tx, { workspaceId })
  if (count === 0) return
  throw wrongState(
    `${count} ${count === 1 ? 'post is' : 'posts are'} scheduled at Buffer, which would publish them all the same. Cancel them first.`,
    'posts_at_buffer',
  )
}

async function mergedSecret(
  ctx: Context,
  tx: Tx,
  id: string,
  { accessToken, refreshToken }: Pick<BufferConfigFields, 'accessToken' | 'refreshToken'>,
): Promise<Buffer> {
  const sealed = await bufferSecret(tx, id)
  const old = sealed ? (ctx.vault.open(sealed, bufferSeal(id)) as BufferSecret) : null
  const secret: BufferSecret = {
    accessToken: accessToken ?? old?.accessToken ?? '',
    refreshToken: refreshToken === undefined ? (old?.refreshToken ?? null) : refreshToken,
  }
  return ctx.vault.seal(secret, bufferSeal(id))
}

const tell = (ctx: Context, tx: Tx, actor: Actor, type: string, { id, workspaceId }: BufferConfig) =>
  recordEvents(tx, actor, ctx.clock.now(), [
    { id: ctx.newId(), workspaceId, type, resourceType: 'buffer_config', resourceId: id },
  ])
