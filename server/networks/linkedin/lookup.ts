import { asList, asNumber, asRecord, asString, at } from '../../net/read-json.ts'
import type { Lookup, PublishContext, Write, Written } from '../network.ts'
import { isPage } from './author.ts'
import { findComment } from './comment.ts'
import { urlOf } from './publish.ts'
import { restliValue } from './restli.ts'
import { askedFailure, readRest } from './session.ts'

const listedMax = 50
const clockSlackMs = 10_000

/** Pages can list their posts; members cannot be listed at all, so for them nobody can tell. */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  if (write.kind === 'comment') return await findComment(ctx, write, done, fencedAt)
  if (!isPage(ctx)) return { outcome: 'unknown', why: "LinkedIn does not show a member's own posts to apps" }
  const asked = await readRest(
    ctx,
    `posts?author=${restliValue(ctx.account.externalId)}&q=author&count=${listedMax}&sortBy=CREATED`,
    { 'x-restli-method': 'FINDER' },
  )
  if (asked.kind !== 'answer' || !asked.ok)
    return { outcome: 'unknown', why: askedFailure(asked, 'look for the post', ctx.now()).message }
  const wanted = asString(at(write.payload, 'commentary'))
  const found = asList(at(asked.json, 'elements'))
    .map(asRecord)
    .find(
      (post) =>
        post?.commentary === wanted && (asNumber(post?.createdAt) ?? 0) >= fencedAt.getTime() - clockSlackMs,
    )
  const urn = asString(found?.id)
  if (urn) return { outcome: 'published', externalId: urn, url: urlOf(ctx, urn) }
  return { outcome: 'unknown', why: 'The post is not in the list of the page (yet)' }
}
