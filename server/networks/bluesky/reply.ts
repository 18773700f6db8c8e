import { asRecord, asString } from '../../net/read-json.ts'
import type { PublishContext } from '../network.ts'
import { errorName } from './failure.ts'
import { resolveHandle } from './find-server.ts'
import { parsePostAddress } from './post-address.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

/** A post in one version (com.atproto.repo.strongRef). */
export type PostRef = { uri: string; cid: string }
export type ReplyRefs = { root: PostRef; parent: PostRef }

/** The post that is answered and the beginning of its conversation, as a reply must name both. */
export async function findReplyRefs(ctx: PublishContext, address: string): Promise<ReplyRefs> {
  const parsed = parsePostAddress(address)
  if (!parsed) throw gone(address)
  const found = parsed.repo.startsWith('did:')
    ? ({ outcome: 'done', value: parsed.repo } as const)
    : await resolveHandle(ctx, ctx.origin(), parsed.repo)
  if (found.outcome === 'failed') throw new PrepareFailed(found.failure)
  if (found.value === null) throw gone(address)
  const repo = found.value
  // The account's server knows its own posts and asks the app view for those of others.
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/xrpc/com.atproto.repo.getRecord`,
    query: { repo, collection: 'app.bsky.feed.post', rkey: parsed.rkey },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  const body = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
  const parent = refIn(body)
  if (parent) return { parent, root: refIn(asRecord(asRecord(asRecord(body?.value)?.reply)?.root)) ?? parent }
  if (asked.kind === 'answer' && errorName(asked) === 'RecordNotFound') throw gone(address)
  const failure = askedFailure(asked, 'read the post that is answered', ctx.now())
  throw failure.class === 'permanent' ? gone(address) : new PrepareFailed(failure)
}

function refIn(value: Record<string, unknown> | undefined): PostRef | null {
  const uri = asString(value?.uri)
  const cid = asString(value?.cid)
  return uri && cid ? { uri, cid } : null
}

const gone = (address: string) =>
  new PrepareFailed({
    class: 'permanent',
    rule: 'bluesky.reply_target_gone',
    message: `The post to be answered is not there (any more): ${address.slice(0, 200)}.`,
    remedy: 'Choose another post to answer, or publish it as a post of its own.',
  })
