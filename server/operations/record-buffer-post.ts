import type { BufferPost } from '../buffer/posts.ts'
import { theEngine } from '../domain/actor.ts'
import type { Failure } from '../domain/delivery.ts'
import {
  type BufferPostRow,
  dropBufferRows,
  endBufferDelivery,
  recordBufferRow,
} from '../storage/buffer-posts.ts'
import type { Tx } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { lockPost } from '../storage/posts.ts'
import { recordSettledPosts } from '../storage/settled-posts.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'

/** Writes down what Buffer says of a post: out, failed, or still waiting. Nothing else makes a post of Buffer's `published`. */
export async function recordSeen(ctx: Context, row: BufferPostRow, post: BufferPost): Promise<void> {
  const now = ctx.clock.now()
  await transaction(ctx.db, async (tx) => {
    await lockPost(tx, row.postId)
    switch (post.status) {
      case 'sent': {
        const at = post.sentAt ?? post.dueAt ?? now
        await end(ctx, tx, row.deliveryId, { state: 'published', at, url: post.url })
        return await recordBufferRow(tx, row.deliveryId, { state: 'sent', dueAt: at }, now)
      }
      case 'error':
        await endWithFailure(ctx, tx, row.deliveryId, {
          class: 'permanent',
          rule: 'buffer.not_published',
          message: `Buffer could not publish this: ${post.error ?? 'it gives no reason.'}`,
          remedy: 'Look at the post in Buffer, mend it here and schedule it again.',
        })
        return await dropBufferRows(tx, [row.deliveryId])
      case 'draft':
      case 'needs_approval':
      case 'scheduled':
      case 'sending':
        // Somebody may have moved it in Buffer.
        return await recordBufferRow(tx, row.deliveryId, { dueAt: post.dueAt ?? row.dueAt }, now)
    }
  })
}

/** Buffer no longer has a post that should be out by now or wait there: somebody deleted it in Buffer. */
export async function recordGone(ctx: Context, row: BufferPostRow): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    await lockPost(tx, row.postId)
    await endWithFailure(ctx, tx, row.deliveryId, {
      class: 'permanent',
      rule: 'buffer.gone',
      message: 'Buffer no longer has this post: it was deleted there, or its channel was disconnected.',
      remedy: 'If it is not out, schedule it again.',
    })
    await dropBufferRows(tx, [row.deliveryId])
  })
}

/** Nobody can ask Buffer any more what became of a post that is long due: a person looks. */
export async function recordUncertain(ctx: Context, row: BufferPostRow): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    await lockPost(tx, row.postId)
    await end(ctx, tx, row.deliveryId, {
      state: 'uncertain',
      failure: {
        class: 'permanent',
        rule: 'uncertain',
        message:
          'Buffer had this post and no longer accepts our token, so it does not say whether it is out.',
        remedy: 'Look at the account: say that it is live, or have it sent again.',
      },
    })
    await dropBufferRows(tx, [row.deliveryId])
  })
}

/** The delivery has failed; one that is already settled stays as it is. */
export const endWithFailure = (ctx: Context, tx: Tx, deliveryId: string, failure: Failure) =>
  end(ctx, tx, deliveryId, { state: 'failed', failure })

async function end(
  ctx: Context,
  tx: Tx,
  deliveryId: string,
  ending: Parameters<typeof endBufferDelivery>[2],
): Promise<void> {
  const now = ctx.clock.now()
  const ended = await endBufferDelivery(tx, deliveryId, ending, now)
  if (!ended) return
  const { postId, workspaceId, accountId, network } = ended
  await refreshPostStatus(tx, [postId], now)
  await recordEvents(tx, theEngine, now, [
    {
      id: ctx.newId(),
      workspaceId,
      type: `delivery.${ending.state}`,
      resourceType: 'delivery',
      resourceId: deliveryId,
      data: {
        deliveryId,
        postId,
        accountId,
        network,
        ...(ending.state === 'published'
          ? { url: ending.url }
          : {
              rule: ending.failure.rule,
              message: ending.failure.message,
              remedy: ending.failure.remedy,
            }),
      },
    },
  ])
  const failedNow = new Set(ending.state === 'published' ? [] : [postId])
  await recordSettledPosts(tx, theEngine, { postIds: [postId], failedNow, newId: ctx.newId, now })
}
