import type { BufferAccess } from '../buffer/ask-buffer.ts'
import { type BufferPost, listBufferPosts } from '../buffer/posts.ts'
import {
  askedInChannel,
  type BufferPostRow,
  dropBufferRows,
  knownBufferPosts,
  recordBufferRow,
} from '../storage/buffer-posts.ts'
import { bufferRefusal, organizationOf } from './buffer-access.ts'
import { contentOf } from './buffer-wishes.ts'
import type { Context } from './context.ts'

/** Our clock and Buffer's may differ by as much. */
const skewMs = 2 * 60_000
/** Two clocks of the same instant, written in seconds or in milliseconds. */
const sameInstantMs = 1_000
/** A request that has ended, or must have, has had its effect this much later if it ever has one (answers 3.2). */
export const absenceProvenMs = 10_000
/** Between the two looks that prove an absence. */
const absentTwiceMs = 3_000

/**
 * Finds out what became of the posts that Buffer was asked to make in a channel without an answer: one list of the
 * channel's recent posts. What is found is kept; what is missing twice, after its request must be over, was never made.
 * Nobody makes another post in a channel before this. Not in a transaction.
 */
export async function settleChannel(
  ctx: Context,
  access: BufferAccess,
  workspaceId: string,
  channelId: string,
): Promise<void> {
  const now = ctx.clock.now()
  const asked = (await askedInChannel(ctx.db, workspaceId, channelId)).filter(
    ({ busyUntil }) => !busyUntil || busyUntil <= now,
  )
  const [first] = asked
  if (!first) return
  const { posts, isComplete } = await recentPosts(access, channelId, first.askedAt, now)
  const known = await knownBufferPosts(
    ctx.db,
    workspaceId,
    posts.map(({ id }) => id),
  )
  for (const row of asked) {
    const found = posts.find((post) => !known.has(post.id) && isPostOf(row, post))
    if (found) {
      known.add(found.id)
      await recordFound(ctx, row, found)
    } else if (isComplete) await recordAbsent(ctx, row, now)
  }
}

async function recentPosts(access: BufferAccess, channelId: string, since: Date, now: Date) {
  const createdAt = { start: new Date(since.getTime() - skewMs), end: new Date(now.getTime() + skewMs) }
  const answer = await listBufferPosts(access, await organizationOf(access, channelId), {
    channelIds: [channelId],
    createdAt,
  })
  if (answer.outcome !== 'done') throw bufferRefusal(answer)
  return answer.value
}

function isPostOf(row: BufferPostRow, post: BufferPost): boolean {
  const { text, mode, dueAt } = contentOf(row)
  const isLater = !post.createdAt || post.createdAt.getTime() >= row.askedAt.getTime() - skewMs
  const isThen =
    mode === 'shareNow' ||
    (post.dueAt !== null && Math.abs(post.dueAt.getTime() - Date.parse(dueAt ?? '')) < sameInstantMs)
  return isLater && isThen && post.channelId === row.channelId && plain(post.text) === plain(text)
}

/** Buffer shortens addresses and trims. */
const plain = (text: string) =>
  text
    .replaceAll(/https?:\/\/\S+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim()

const recordFound = (ctx: Context, row: BufferPostRow, post: BufferPost) =>
  recordBufferRow(
    ctx.db,
    row.deliveryId,
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

async function recordAbsent(ctx: Context, row: BufferPostRow, now: Date): Promise<void> {
  const isOver = now.getTime() >= row.overAt.getTime() + absenceProvenMs
  const wasAbsent = row.absentAt !== null && now.getTime() >= row.absentAt.getTime() + absentTwiceMs
  // One look is proof enough when it comes so late that the first could not have seen more.
  const isLate = now.getTime() >= row.overAt.getTime() + absenceProvenMs + skewMs
  if (isOver && (wasAbsent || isLate)) await dropBufferRows(ctx.db, [row.deliveryId])
  else await recordBufferRow(ctx.db, row.deliveryId, { absentAt: row.absentAt ?? now }, now)
}
