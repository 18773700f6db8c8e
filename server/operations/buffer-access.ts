import { type BufferAccess, type BufferAnswer, bufferApi } from '../buffer/ask-buffer.ts'
import { readChannel } from '../buffer/channels.ts'
import type { Failure } from '../domain/delivery.ts'
import { invalidAt, Refusal } from '../domain/refusal.ts'
import {
  type BufferConfig,
  bufferConfigOf,
  bufferSecret,
  recordBufferBudget,
} from '../storage/buffer-configs.ts'
import { workspaceMode } from '../storage/places.ts'
import type { Context } from './context.ts'

/** What a workspace's token at Buffer is sealed for. */
export const bufferSeal = (configId: string) => `buffer-config:${configId}`

/** What is sealed: Buffer's personal API key or an OAuth token, and what came with it. */
export interface BufferSecret {
  accessToken: string
  refreshToken: string | null
}

/**
 * The way to Buffer of a workspace. Refuses when there is none, never falling back on anything else (answers 1.6), and
 * while Buffer's rate limit lasts. Not in a transaction.
 */
export async function requireBuffer(ctx: Context, workspaceId: string): Promise<BufferAccess> {
  const config = await requireBufferConfig(ctx, workspaceId)
  const now = ctx.clock.now()
  if (config.blockedUntil && config.blockedUntil > now)
    throw limited(config.blockedUntil.getTime() - now.getTime())
  return openBuffer(ctx, config)
}

export async function requireBufferConfig(ctx: Context, workspaceId: string): Promise<BufferConfig> {
  const config = await bufferConfigOf(ctx.db, workspaceId)
  if (!config?.isActive) throw bufferNotConfigured()
  return config
}

/** @param config an active one. */
export async function openBuffer(ctx: Context, config: BufferConfig): Promise<BufferAccess> {
  const sealed = await bufferSecret(ctx.db, config.id)
  if (!sealed) throw bufferNotConfigured()
  const { accessToken } = ctx.vault.open(sealed, bufferSeal(config.id)) as BufferSecret
  return {
    http: ctx.http,
    origin: ctx.origins(bufferApi, await workspaceMode(ctx.db, config.workspaceId), {}),
    token: accessToken,
    now: () => ctx.clock.now(),
    onBudget: (budget) => recordBufferBudget(ctx.db, config.id, budget),
  }
}

export const bufferNotConfigured = () =>
  invalidAt('buffer_profile_id', 'Buffer is not configured for this user', 'buffer_not_configured')

/** The organization that a channel is in; asks Buffer. */
export async function organizationOf(access: BufferAccess, channelId: string): Promise<string> {
  const channel = await readChannel(access, channelId)
  if (channel.outcome !== 'done') throw bufferRefusal(channel)
  return channel.value.organizationId
}

/** Sorts rows by their organization: lists of posts are per organization. */
export async function byOrganization<Row extends { organizationId: string | null; channelId: string }>(
  access: BufferAccess,
  rows: Row[],
): Promise<Map<string, Row[]>> {
  const known = new Map(
    rows.flatMap((row) => (row.organizationId ? [[row.channelId, row.organizationId]] : [])),
  )
  for (const { channelId } of rows)
    if (!known.has(channelId)) known.set(channelId, await organizationOf(access, channelId))
  return Map.groupBy(rows, ({ channelId }) => known.get(channelId) as string)
}

type Failed = Exclude<BufferAnswer<unknown>, { outcome: 'done' }>

/** What Buffer's answer means to whoever waits: their input, the token, or a time at which Buffer is not to be had. */
export function bufferRefusal(answer: Failed): Refusal {
  switch (answer.outcome) {
    case 'refused':
      return answer.reason === 'unauthorized' ? tokenRefused() : refusedBy(answer.message)
    case 'busy':
      return limited(answer.retryAfterMs)
    case 'away':
    case 'unknown':
      return unavailable()
  }
}

/** When somebody may usefully ask again; nobody knows how long Buffer is away. */
const awayMs = 30_000

export const unavailable = (more = 'Nothing was changed; try again later.', retryAfterMs = awayMs) =>
  new Refusal('unavailable', `Buffer cannot be reached right now. ${more}`, {
    rule: 'buffer_unavailable',
    retryAfterMs,
  })

const limited = (retryAfterMs: number) =>
  new Refusal(
    'unavailable',
    `Buffer allows no more requests for ${Math.ceil(retryAfterMs / 1000)} seconds. Nothing was changed; try again then.`,
    { rule: 'buffer_rate_limited', retryAfterMs },
  )

const tokenRefused = () =>
  invalidAt(
    'access_token',
    'Buffer rejected the token. Make a new API key at Buffer (Settings, API) and set it in the Buffer configuration.',
    'buffer_token_rejected',
  )

const refusedBy = (message: string) => invalidAt('status', `Buffer refused: ${message}`, 'buffer_refused')

/** The same for a delivery that ends by it. */
export const bufferFailure = (message: string): Failure => ({
  class: 'permanent',
  rule: 'buffer.refused',
  message: `Buffer refused: ${message}`,
  remedy: 'Change the post and schedule it again.',
})

export const isUnavailable = (error: unknown): boolean =>
  error instanceof Refusal && error.code === 'unavailable'
