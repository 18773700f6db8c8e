import type { Actor } from '../domain/actor.ts'
import type { Delivery, Post } from '../domain/post.ts'
import { isWaiting } from '../domain/post-verbs.ts'
import type { Tx } from '../storage/database.ts'
import { scheduleDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { updatePost } from '../storage/posts.ts'
import { appendLog } from '../storage/publish-log.ts'
import { wakeEngine } from '../storage/wake.ts'
import { recomposePost, requireSound } from './compose-post.ts'
import type { Context } from './context.ts'
import { logEntry, postEvent } from './post-events.ts'
import { requireTargets } from './post-time.ts'

/**
 * Hands a locked post to the engine, due at `dueAt`: everything of it that is not out yet and is not in doubt. The
 * content is checked once more, since accounts and limits may have changed after it was written.
 */
export async function startDeliveries(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  post: Post,
  { dueAt, timezone, event }: { dueAt: Date; timezone?: string | null; event: StartEvent },
): Promise<void> {
  const now = ctx.clock.now()
  const startable = post.deliveries.filter(isStartable)
  requireTargets(startable)
  requireSound(await recomposePost(ctx, tx, post), 'publish')
  await scheduleDeliveries(
    tx,
    startable.map(({ id }) => id),
    dueAt,
    now,
  )
  await updatePost(tx, post.id, { dueAt, ...(timezone !== undefined && { timezone }) }, now)
  await refreshPostStatus(tx, [post.id], now)
  const scheduledAt = dueAt.toISOString()
  const { action, message } = words[event]
  await recordEvents(tx, actor, now, [
    postEvent(ctx, post, event, { scheduledAt, scheduledBefore: post.dueAt?.toISOString() ?? null }),
  ])
  await appendLog(tx, [logEntry(ctx, post, null, action, message(scheduledAt), { scheduledAt })])
  await wakeEngine(tx, dueAt, now)
}

type StartEvent = 'post.scheduled' | 'post.rescheduled' | 'post.publish_requested'

const words: Record<StartEvent, { action: string; message: (at: string) => string }> = {
  'post.scheduled': { action: 'scheduled', message: (at) => `Scheduled for ${at}.` },
  'post.rescheduled': { action: 'scheduled', message: (at) => `Moved to ${at}.` },
  'post.publish_requested': { action: 'scheduled', message: () => 'To be published now.' },
}

const isStartable = (delivery: Delivery) =>
  !delivery.isAccountGone &&
  (isWaiting(delivery) || ['draft', 'failed', 'cancelled'].includes(delivery.state))
