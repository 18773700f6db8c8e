import { asId, asRecord, asString, graphList, graphObject, sendGraph, sinceFence } from '../graph-api.ts'
import { containerState } from '../graph-containers.ts'
import type { Json, Lookup, PublishContext, Write, Written } from '../network.ts'
import { accountPath, containers, tokenOf, version } from './api.ts'
import { type InstagramPayload, postOf } from './publish.ts'

const listedMax = 50

/** Asks the container whether it was published, then looks for the post; a comment is looked for under its post. */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const payload = write.payload as InstagramPayload
  const token = await tokenOf(ctx)
  if (payload.kind === 'comment') return await findComment(ctx, token, postOf(done), payload.text)
  const state = await containerState(ctx, containers, token, payload.containerId)
  if (state.status === null) return { outcome: 'unknown', why: state.failure.message }
  if (state.status !== 'PUBLISHED') return { outcome: 'absent' }
  const found = await findMedia(ctx, token, payload, fencedAt)
  const id = asId(found?.id)
  if (!id)
    return {
      outcome: 'unknown',
      why: 'Instagram says that it published the post, but does not show it among the newest ones yet',
    }
  return {
    outcome: 'published',
    externalId: id,
    url: asString(found?.permalink) ?? null,
    data: { isStory: payload.isStory },
  }
}

/** Of several with one caption in this time the oldest is the one: later ones were published by somebody else. */
async function findMedia(
  ctx: PublishContext,
  token: string,
  payload: InstagramPayload & { kind: 'media' },
  fencedAt: Date,
): Promise<Record<string, Json> | undefined> {
  const answer = await sendGraph(ctx, token, {
    method: 'GET',
    path: accountPath(ctx, payload.isStory ? 'stories' : 'media'),
    query: { fields: 'id,caption,timestamp,permalink', limit: listedMax },
  })
  const since = sinceFence(answer, ctx.now(), fencedAt)
  return graphList(answer)?.findLast(
    (media) =>
      Date.parse(asString(media.timestamp) ?? '') >= since &&
      (payload.isStory || (asString(media.caption) ?? '') === payload.caption),
  )
}

async function findComment(
  ctx: PublishContext,
  token: string,
  mediaId: string,
  text: string,
): Promise<Lookup> {
  const answer = await sendGraph(ctx, token, {
    method: 'GET',
    path: `${version}/${mediaId}/comments`,
    query: { fields: 'id,text', limit: listedMax },
  })
  const comments = graphList(answer)
  if (!comments) return { outcome: 'unknown', why: 'Instagram did not show the comments of the post' }
  const id = asId(comments.find((comment) => asString(comment.text) === text)?.id)
  if (id) return { outcome: 'published', externalId: id, url: null }
  const hasMore = asRecord(graphObject(answer)?.paging)?.next !== undefined
  return hasMore
    ? { outcome: 'unknown', why: 'The post has more comments than one look shows' }
    : { outcome: 'absent' }
}
