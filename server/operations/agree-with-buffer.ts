import { setTimeout as pause } from 'node:timers/promises'
import { type BufferAccess, type BufferAnswer, bufferTimeoutMs } from '../buffer/ask-buffer.ts'
import type { BufferContent } from '../buffer/content.ts'
import {
  type BufferPost,
  createBufferPost,
  deleteBufferPost,
  editBufferPost,
  readBufferPost,
} from '../buffer/posts.ts'
import { Refusal, wrongState } from '../domain/refusal.ts'
import {
  type BufferPostRow,
  bufferRow,
  dropBufferRows,
  fenceBufferPost,
  holdBufferRow,
  recordBufferRow,
} from '../storage/buffer-posts.ts'
import { addChores } from '../storage/chores.ts'
import type { Tx } from '../storage/database.ts'
import { transaction } from '../storage/transaction.ts'
import { bufferFailure, bufferRefusal, requireBuffer, unavailable } from './buffer-access.ts'
import { agrees, type BufferWish, contentOf } from './buffer-wishes.ts'
import type { Context } from './context.ts'
import { endWithFailure, recordSeen } from './record-buffer-post.ts'
import { absenceProvenMs, settleChannel } from './settle-buffer-channel.ts'

/** The chore that settles what a request left open; see `settle-buffer-posts.ts`. */
export const settleBufferTask = 'settle_buffer_posts'

/** How long one request may hold a row: its timeout and the time to record its answer. */
const requestMsMax = bufferTimeoutMs + 5_000
/** After a lost answer, before the look: Buffer may still be at it. */
const lookAfterMs = 1_000
/** Whatever is not settled by a request is settled by a chore this long after the request must be over. */
const settleAfterMs = 5_000
/** A post this close to its time may be out already: it is looked at before it is changed. */
const dueSoonMs = 60_000

/**
 * Makes Buffer have what it should, one wish after the other. Refuses with the first that Buffer will not or cannot
 * fulfil; what was fulfilled before stays, and is undone by the chore unless the change goes through. Not in a
 * transaction.
 */
export async function agreeWithBuffer(ctx: Context, wishes: BufferWish[]): Promise<void> {
  for (const wish of wishes) await fulfil(ctx, wish)
}

async function fulfil(ctx: Context, { side, wanted }: BufferWish): Promise<void> {
  const { workspaceId, channelId, deliveryId } = side
  const access = await requireBuffer(ctx, workspaceId)
  await settleChannel(ctx, access, workspaceId, side.row?.channelId ?? channelId)
  const row = await bufferRow(ctx.db, deliveryId)
  switch (row?.state) {
    case undefined:
      return wanted ? create(ctx, access, side, wanted) : undefined
    case 'asked':
      throw undecided(ctx, row)
    case 'kept':
      if (agrees(row, wanted)) return
      return wanted ? edit(ctx, access, side, row, wanted) : remove(ctx, access, row)
    case 'sent':
      throw isOut()
  }
}

// ---------------------------------------------------------------- create

async function create(
  ctx: Context,
  access: BufferAccess,
  side: BufferWish['side'],
  content: BufferContent,
): Promise<void> {
  const { deliveryId, workspaceId, postId, accountId, channelId } = side
  const now = ctx.clock.now()
  const overAt = later(now, requestMsMax)
  const isOurs = await transaction(ctx.db, async (tx) => {
    await planSettling(tx, postId, overAt)
    const post = { deliveryId, workspaceId, postId, accountId, channelId, content, overAt }
    return await fenceBufferPost(tx, post, now)
  })
  if (!isOurs) throw isBusy()
  const answer = await createBufferPost(access, channelId, content)
  switch (answer.outcome) {
    case 'done':
      return await recordKept(ctx, deliveryId, answer.value)
    case 'refused':
      await transaction(ctx.db, async (tx) => {
        await dropBufferRows(tx, [deliveryId])
        if (answer.reason !== 'unauthorized')
          await endWithFailure(ctx, tx, deliveryId, bufferFailure(answer.message))
      })
      throw bufferRefusal(answer)
    case 'busy':
    case 'away':
      await dropBufferRows(ctx.db, [deliveryId])
      throw bufferRefusal(answer)
    case 'unknown':
      return await lookForIt(ctx, access, side)
  }
}

/** The answer was lost: perhaps Buffer has it all the same. If the look does not find it, only a later one can prove that. */
async function lookForIt(ctx: Context, access: BufferAccess, side: BufferWish['side']): Promise<void> {
  const { deliveryId, workspaceId, channelId } = side
  const now = ctx.clock.now()
  await recordBufferRow(ctx.db, deliveryId, { overAt: now, busyUntil: null }, now)
  await pause(lookAfterMs)
  await settleChannel(ctx, access, workspaceId, channelId)
  const row = await bufferRow(ctx.db, deliveryId)
  if (row?.state === 'asked') throw undecided(ctx, row)
  if (!row) throw unavailable()
}

function undecided(ctx: Context, { overAt }: BufferPostRow): Refusal {
  const waitMs = overAt.getTime() + absenceProvenMs - ctx.clock.now().getTime()
  return unavailable(
    'It was asked to take this post and the answer was lost, so the post may be there. It is looked for before anything else; try again.',
    Math.max(waitMs, 1000),
  )
}

// ---------------------------------------------------------------- edit and delete

async function edit(
  ctx: Context,
  access: BufferAccess,
  side: BufferWish['side'],
  row: BufferPostRow,
  content: BufferContent,
): Promise<void> {
  await hold(ctx, row, content)
  if (isDueSoon(ctx, row) && (await look(ctx, access, row)) === 'gone')
    return await create(ctx, access, side, content)
  const answer = await editBufferPost(access, row.bufferPostId as string, content)
  switch (answer.outcome) {
    case 'done':
      return await recordKept(ctx, row.deliveryId, answer.value)
    case 'refused':
      if (answer.reason !== 'unauthorized' && (await look(ctx, access, row)) === 'gone')
        return await create(ctx, access, side, content)
      await giveBack(ctx, row)
      throw bufferRefusal(answer)
    case 'busy':
    case 'away':
      await giveBack(ctx, row)
      throw bufferRefusal(answer)
    case 'unknown':
      throw await leftOpen(ctx, row, answer)
  }
}

async function remove(ctx: Context, access: BufferAccess, row: BufferPostRow): Promise<void> {
  await hold(ctx, row)
  // Buffer deletes a sent post as readily as a waiting one, and leaves it at the network.
  if ((await look(ctx, access, row)) === 'gone') return
  const answer = await deleteBufferPost(access, row.bufferPostId as string)
  switch (answer.outcome) {
    case 'done':
      return await dropBufferRows(ctx.db, [row.deliveryId])
    case 'refused':
      // Absent is as good as deleted.
      if (answer.reason === 'not_found') return await dropBufferRows(ctx.db, [row.deliveryId])
      await giveBack(ctx, row)
      throw bufferRefusal(answer)
    case 'busy':
    case 'away':
      await giveBack(ctx, row)
      throw bufferRefusal(answer)
    case 'unknown':
      throw await leftOpen(ctx, row, answer)
  }
}

const isDueSoon = (ctx: Context, { dueAt, content }: BufferPostRow) =>
  (content as { mode?: string }).mode === 'shareNow' ||
  (dueAt !== null && dueAt.getTime() <= ctx.clock.now().getTime() + dueSoonMs)

/**
 * What Buffer says of a held post that is to be changed. One that it has sent, is sending, or could not send is recorded
 * as what it is and cannot be changed any more.
 */
async function look(ctx: Context, access: BufferAccess, row: BufferPostRow): Promise<'waiting' | 'gone'> {
  const answer = await readBufferPost(access, row.bufferPostId as string)
  if (answer.outcome === 'refused' && answer.reason === 'not_found') {
    await dropBufferRows(ctx.db, [row.deliveryId])
    return 'gone'
  }
  if (answer.outcome !== 'done') {
    await giveBack(ctx, row)
    throw bufferRefusal(answer)
  }
  await recordSeen(ctx, row, answer.value)
  switch (answer.value.status) {
    case 'sent':
    case 'sending':
      await giveBack(ctx, row)
      throw isOut()
    case 'error':
      throw hasFailed()
    case 'draft':
    case 'needs_approval':
    case 'scheduled':
      return 'waiting'
  }
}

/** The intent goes to disk before the request leaves; nobody else asks meanwhile. */
async function hold(ctx: Context, row: BufferPostRow, content?: BufferContent): Promise<void> {
  const now = ctx.clock.now()
  const until = later(now, requestMsMax)
  const isOurs = await transaction(ctx.db, async (tx) => {
    await planSettling(tx, row.postId, until)
    const current = await bufferRow(tx, row.deliveryId)
    return current !== null && (await holdBufferRow(tx, current, { until, content, now }))
  })
  if (!isOurs) throw isBusy()
}

/** Certainly nothing happened there. */
const giveBack = (ctx: Context, row: BufferPostRow) =>
  recordBufferRow(
    ctx.db,
    row.deliveryId,
    { content: contentOf(row), isContentCertain: row.isContentCertain, busyUntil: null },
    ctx.clock.now(),
  )

/** Changed or not, asking again does no harm: the chore brings Buffer back to what is here. */
async function leftOpen(ctx: Context, row: BufferPostRow, answer: { outcome: 'unknown'; why: string }) {
  await recordBufferRow(ctx.db, row.deliveryId, { isContentCertain: false, busyUntil: null }, ctx.clock.now())
  return bufferRefusal(answer satisfies BufferAnswer<never>)
}

// ---------------------------------------------------------------- records

const recordKept = (ctx: Context, deliveryId: string, post: BufferPost) =>
  recordBufferRow(
    ctx.db,
    deliveryId,
    {
      state: 'kept',
      bufferPostId: post.id,
      isContentCertain: true,
      dueAt: post.dueAt ?? ctx.clock.now(),
      organizationId: post.organizationId,
      busyUntil: null,
    },
    ctx.clock.now(),
  )

const planSettling = (tx: Tx, postId: string, overAt: Date) =>
  addChores(tx, [
    {
      task: settleBufferTask,
      payload: { postId },
      key: `${settleBufferTask}:${postId}`,
      runAt: later(overAt, settleAfterMs),
    },
  ])

const later = (at: Date, ms: number) => new Date(at.getTime() + ms)

const isOut = () =>
  wrongState('Buffer has published this post already, or is doing so now.', 'post_published')

const hasFailed = () => wrongState('Buffer could not publish this post; its error says why.', 'post_failed')

const isBusy = () =>
  new Refusal('conflict', 'This post is being handed to Buffer right now. Try again in a moment.', {
    rule: 'buffer_busy',
    retryAfterMs: 2_000,
  })
