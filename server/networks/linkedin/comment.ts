import { asList, asNumber, asString, at } from '../../net/read-json.ts'
import type { Lookup, PublishContext, Write, Written } from '../network.ts'
import { isPage } from './author.ts'
import { restliValue } from './restli.ts'
import { askedFailure, readRest } from './session.ts'

const listedMax = 50
const clockSlackMs = 10_000

/** A comment of the account under its own post (comments-api). */
export const commentRequest = (ctx: PublishContext, write: Write, done: Written[]) => ({
  url: `${ctx.origin()}/rest/${commentsOf(done)}`,
  json: { actor: ctx.account.externalId, object: postUrn(done), message: { text: textOf(write) } },
})

export const urnOfComment = (done: Written[], id: string) => `urn:li:comment:(${postUrn(done)},${id})`

/**
 * Nothing protects a comment against doubles, so a lost answer is looked for among the comments of the post. Those of
 * members need `r_member_social`, which LinkedIn gives to hardly anybody.
 */
export async function findComment(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  if (!isPage(ctx))
    return { outcome: 'unknown', why: "LinkedIn does not show the comments of a member's post to apps" }
  const asked = await readRest(ctx, `${commentsOf(done)}?start=0&count=${listedMax}`)
  if (asked.kind !== 'answer' || !asked.ok)
    return { outcome: 'unknown', why: askedFailure(asked, 'look for the comment', ctx.now()).message }
  const comments = asList(at(asked.json, 'elements'))
  const mine = comments.find(
    (comment) =>
      asString(at(comment, 'actor')) === ctx.account.externalId &&
      asString(at(comment, 'message', 'text')) === textOf(write) &&
      (asNumber(at(comment, 'created', 'time')) ?? 0) >= fencedAt.getTime() - clockSlackMs,
  )
  const [urn, id] = [asString(at(mine, 'commentUrn')), asString(at(mine, 'id'))]
  if (urn ?? id) return { outcome: 'published', externalId: urn ?? urnOfComment(done, String(id)), url: null }
  if (comments.length >= listedMax)
    return { outcome: 'unknown', why: 'The post has more comments than one look shows' }
  return { outcome: 'absent' }
}

const commentsOf = (done: Written[]) => `socialActions/${restliValue(postUrn(done))}/comments`

/** The post that a comment stands under. */
function postUrn(done: Written[]): string {
  const post = done[0]?.externalId
  if (!post) throw new Error('A comment needs the post before it')
  return post
}

const textOf = (write: Write) => asString(at(write.payload, 'text')) ?? ''
