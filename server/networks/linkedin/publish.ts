import { asRecord, asString } from '../../net/read-json.ts'
import type {
  AccountContext,
  DeliveryInput,
  Json,
  KeySource,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { commentRequest, urnOfComment } from './comment.ts'
import { postOf } from './content.ts'
import { duplicateOf } from './failure.ts'
import { optionsOf } from './options.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { askedFailure, authorized } from './session.ts'
import { uploadMedia } from './upload.ts'

export const writeTimeoutMs = 30_000

/** Uploads the files. Nobody sees any of it. */
export async function prepare(ctx: PublishContext, { media }: DeliveryInput): Promise<Prepared> {
  try {
    const urns: string[] = []
    for (const [index, file] of media.entries()) urns.push(await uploadMedia(ctx, file, index))
    return { outcome: 'ready', prepared: { author: ctx.account.externalId, urns } }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

export function plan({ draft }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { author, urns } = prepared as { author: string; urns: string[] }
  const { firstComment } = optionsOf(draft)
  const post: Write = {
    kind: 'post',
    key: keys.uuid(),
    payload: postOf(draft, author, urns) as unknown as Json,
  }
  if (!firstComment) return [post]
  return [post, { kind: 'comment', key: keys.uuid(), payload: { text: firstComment } }]
}

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const isComment = write.kind === 'comment'
  const asked = await authorized(ctx, () => ({
    method: 'POST',
    ...(isComment
      ? commentRequest(ctx, write, done)
      : { url: `${ctx.origin()}/rest/posts`, json: write.payload }),
    timeoutMs: writeTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'no_answer') return { outcome: 'unknown', why: asked.why }
  if (asked.kind === 'answer') {
    const accepted = isComment ? commentIn(asked, done) : postIn(ctx, asked)
    if (accepted) return accepted
    const what = isComment ? 'comment' : 'post'
    if (asked.ok) return { outcome: 'unknown', why: `LinkedIn answered without naming the ${what}` }
    if (asked.status >= 500) return { outcome: 'unknown', why: `LinkedIn answered ${asked.status}` }
  }
  const tried = isComment ? 'publish the first comment' : 'publish the post'
  return { outcome: 'rejected', failure: askedFailure(asked, tried, ctx.now()) }
}

type Answer = Extract<Awaited<ReturnType<typeof authorized>>, { kind: 'answer' }>

/** The same post again is refused for about ten minutes, and the refusal names the one that is there: that is this one. */
function postIn(ctx: PublishContext, answer: Answer): WriteResult | null {
  const urn = (answer.ok ? answer.headers.get('x-restli-id') : null) ?? duplicateOf(answer)
  return urn ? { outcome: 'accepted', externalId: urn, url: urlOf(ctx, urn) } : null
}

function commentIn(answer: Answer, done: Written[]): WriteResult | null {
  if (!answer.ok) return null
  const body = asRecord(answer.json)
  const id = answer.headers.get('x-restli-id') ?? asString(body?.id)
  const urn = asString(body?.commentUrn) ?? (id ? urnOfComment(done, id) : null)
  return urn ? { outcome: 'accepted', externalId: urn, url: null } : null
}

export const urlOf = (ctx: AccountContext, urn: string) => `${ctx.origin('web')}/feed/update/${urn}`
