import type { BufferAccess } from '../buffer/ask-buffer.ts'
import { listBufferPosts, readBufferPost } from '../buffer/posts.ts'
import { Refusal } from '../domain/refusal.ts'
import { type BufferConfig, bufferConfigsToLook, markLookedAt } from '../storage/buffer-configs.ts'
import { type BufferPostRow, dueBufferPosts } from '../storage/buffer-posts.ts'
import { bufferRefusal, byOrganization, openBuffer } from './buffer-access.ts'
import type { Context } from './context.ts'
import { recordGone, recordSeen, recordUncertain } from './record-buffer-post.ts'

export const lookAtBufferTask = 'look_at_buffer'

/** After its time, a post gets this long to go out before it is looked at. */
const settleMs = 20_000
/**
 * Buffer allows 100 requests in 15 minutes and, on its smallest plan, 100 to 250 a day (November 2026). A look is
 * mostly one request and tells of many posts: one for those that came due, at most every five minutes, and one every
 * twenty minutes while any of them is still out.
 */
const dueGapMs = 5 * 60_000
const gapMs = 20 * 60_000
/** Requests left to the people who schedule and cancel when Buffer says that the window is nearly used up. */
const callsKept = 10
/** Workspaces in one run, and posts in one look: the next run comes within a minute. */
const workspacesMax = 50
const postsMax = 200
/** Buffer reports by due time; it may have moved one by a little. */
const marginMs = 60 * 60_000
/** While its token is rejected, a post that is due stays `scheduled` for so long, and somebody may set a new one. */
const waitMsMax = 24 * 3_600_000
/** Posts that the list did not show are asked for one by one, a few at a time. */
const singlyMax = 5

/**
 * The chore that brings back what became of the posts at Buffer. Asks only when a post should be out by now, and never
 * against Buffer's rate limit. Reads here are served from our own rows.
 */
export async function lookAtBuffer(
  ctx: Context,
  onTrouble: (what: string, error: unknown) => void,
): Promise<number> {
  const now = ctx.clock.now()
  const configs = await bufferConfigsToLook(ctx.db, { now, settleMs, dueGapMs, gapMs, limit: workspacesMax })
  let looked = 0
  for (const config of configs) {
    if (isNearlyUsedUp(config, now)) continue
    // Marked before: a look that goes wrong waits for its turn like any other.
    await markLookedAt(ctx.db, config.id, now)
    try {
      await look(ctx, config, now)
      looked++
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.rule === 'buffer_token_rejected') await giveUp(ctx, config, now)
      onTrouble(`Looking at the Buffer posts of workspace ${config.workspaceId} failed`, error)
    }
  }
  return looked
}

const isNearlyUsedUp = ({ callsLeft, callsResetAt }: BufferConfig, now: Date) =>
  callsLeft !== null && callsLeft < callsKept && callsResetAt !== null && callsResetAt > now

async function look(ctx: Context, config: BufferConfig, now: Date): Promise<void> {
  const rows = await dueBufferPosts(ctx.db, config.workspaceId, now, postsMax)
  const access = await openBuffer(ctx, config)
  for (const [organizationId, ofOne] of await byOrganization(access, rows))
    await lookIn(ctx, access, organizationId, ofOne)
}

async function lookIn(ctx: Context, access: BufferAccess, organizationId: string, rows: BufferPostRow[]) {
  const times = rows.map(({ dueAt }) => (dueAt as Date).getTime())
  const answer = await listBufferPosts(access, organizationId, {
    channelIds: [...new Set(rows.map(({ channelId }) => channelId))],
    dueAt: {
      start: new Date(Math.min(...times) - marginMs),
      end: new Date(Math.max(...times) + marginMs),
    },
  })
  if (answer.outcome !== 'done') throw bufferRefusal(answer)
  const seen = new Map(answer.value.posts.map((post) => [post.id, post]))
  const missing: BufferPostRow[] = []
  for (const row of rows) {
    const post = seen.get(row.bufferPostId ?? '')
    if (post) await recordSeen(ctx, row, post)
    else missing.push(row)
  }
  for (const row of missing.slice(0, singlyMax)) await lookSingly(ctx, access, row)
}

/** A dead token is not mended by waiting longer. */
async function giveUp(ctx: Context, { workspaceId }: BufferConfig, now: Date): Promise<void> {
  const longDue = new Date(now.getTime() - waitMsMax)
  for (const row of await dueBufferPosts(ctx.db, workspaceId, longDue, postsMax))
    await recordUncertain(ctx, row)
}

/** Moved far away in Buffer, or deleted there. */
async function lookSingly(ctx: Context, access: BufferAccess, row: BufferPostRow): Promise<void> {
  const answer = await readBufferPost(access, row.bufferPostId as string)
  if (answer.outcome === 'done') return await recordSeen(ctx, row, answer.value)
  if (answer.outcome === 'refused' && answer.reason === 'not_found') return await recordGone(ctx, row)
  throw bufferRefusal(answer)
}
