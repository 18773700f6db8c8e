import { asId, asString, graphList, sendGraph, sinceFence } from '../graph-api.ts'
import { containerState } from '../graph-containers.ts'
import type { Lookup, PublishContext, Write, Written } from '../network.ts'
import { answerStep, containers, type ThreadsPayload, tokenOf, version } from './api.ts'

/**
 * Asks the container, which knows for certain whether it was published; then finds the post among the newest, since the
 * container does not tell its id. An answer whose container was never made was never sent.
 */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const payload = write.payload as ThreadsPayload
  const token = await tokenOf(ctx)
  const containerId = payload.containerId ?? (await keptContainer(ctx, write))
  if (!containerId) return { outcome: 'absent' }
  const state = await containerState(ctx, containers, token, containerId)
  if (state.status === null) return { outcome: 'unknown', why: state.failure.message }
  if (state.status !== 'PUBLISHED') return { outcome: 'absent' }
  return (
    (await findPost(ctx, token, write, done, fencedAt)) ?? {
      outcome: 'unknown',
      why: 'Threads says that it published the post, but does not show it among the newest ones yet',
    }
  )
}

class NotKept extends Error {}

/** What an earlier try checkpointed; making it now is not for a lookup. */
async function keptContainer(ctx: PublishContext, write: Write): Promise<string | null> {
  try {
    return await ctx.step<string>(answerStep(write), async () => {
      throw new NotKept()
    })
  } catch (error) {
    if (error instanceof NotKept) return null
    throw error
  }
}

async function findPost(
  ctx: PublishContext,
  token: string,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup | null> {
  const answer = await sendGraph(ctx, token, {
    method: 'GET',
    // Answers stand in a list of their own.
    path: `${version}/me/${write.kind === 'post' ? 'threads' : 'replies'}`,
    query: { fields: 'id,text,timestamp,permalink', limit: 25 },
  })
  const { text } = write.payload as ThreadsPayload
  const known = new Set(done.map(({ externalId }) => externalId))
  const since = sinceFence(answer, ctx.now(), fencedAt)
  const found = (graphList(answer) ?? []).find(
    (post) =>
      !known.has(asId(post.id) ?? '') &&
      (asString(post.text) ?? '') === text &&
      Date.parse(asString(post.timestamp) ?? '') >= since,
  )
  const id = asId(found?.id)
  return id ? { outcome: 'published', externalId: id, url: asString(found?.permalink) ?? null } : null
}
