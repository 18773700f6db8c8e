import { type BufferAsset, type BufferContent, bufferContent, isSameContent } from '../buffer/content.ts'
import type { Draft } from '../domain/draft.ts'
import { isMediaType, mediaExtension } from '../domain/media-types.ts'
import type { Post } from '../domain/post.ts'
import { fileAddress } from '../net/signed-address.ts'
import {
  type BufferPostRow,
  type BufferSide,
  bufferSidesOf,
  dropBufferRows,
} from '../storage/buffer-posts.ts'
import type { Tx } from '../storage/database.ts'
import { findPost } from '../storage/posts.ts'
import { type ComposedPost, recomposePost } from './compose-post.ts'
import type { Context } from './context.ts'

/** What Buffer should have of one delivery, where that is not what it has. */
export interface BufferWish {
  side: BufferSide
  /** Null: nothing. */
  wanted: BufferContent | null
}

/**
 * Where Buffer and these posts, as they are in this transaction, do not agree: a scheduled delivery of an account with
 * a Buffer profile should be there as it is here, and nothing else of ours should.
 */
export async function bufferWishes(ctx: Context, tx: Tx, postIds: string[]): Promise<BufferWish[]> {
  const sides = await bufferSidesOf(tx, postIds)
  if (sides.length === 0) return []
  await dropBufferRows(
    tx,
    sides
      .filter(({ state, row }) => state === null && row?.state === 'sent')
      .map(({ deliveryId }) => deliveryId),
  )
  const wishes: BufferWish[] = []
  for (const [postId, ofPost] of Map.groupBy(sides, (side) => side.postId)) {
    const isScheduled = ofPost.some(({ state }) => state === 'scheduled')
    const post = isScheduled ? await findPost(tx, postId) : null
    const composed = post && (await recomposePost(ctx, tx, post))
    for (const side of ofPost) {
      const wanted = post && composed ? wantedOf(ctx, side, post, composed) : null
      if (!agrees(side.row, wanted)) wishes.push({ side, wanted })
    }
  }
  return wishes
}

/** Whether Buffer has what it should, as far as we know. */
export function agrees(row: BufferPostRow | null, wanted: BufferContent | null): boolean {
  if (!row) return wanted === null
  switch (row.state) {
    case 'asked':
      return false
    case 'kept':
      return wanted !== null && row.isContentCertain && isSameContent(contentOf(row), wanted)
    case 'sent':
      return true
  }
}

/** The column holds what we wrote there ourselves. */
export const contentOf = (row: BufferPostRow) => row.content as unknown as BufferContent

function wantedOf(
  ctx: Context,
  { accountId, network, state, dueAt, row }: BufferSide,
  post: Post,
  composed: ComposedPost,
): BufferContent | null {
  const target = composed.targets.find(({ account }) => account.id === accountId)
  if (state !== 'scheduled' || !dueAt || !target) return null
  const now = ctx.clock.now()
  const isDue = dueAt <= now
  // A time that has come since Buffer was told of it is Buffer's affair, and no reason to share the post again.
  const isTold = row?.state === 'kept' && contentOf(row).dueAt === dueAt.toISOString()
  const when = isDue && !isTold ? shareNow : { mode: 'customScheduled' as const, dueAt: dueAt.toISOString() }
  const assets = assetsOf(ctx, target.draft, post.mediaUrls, isDue ? now : dueAt)
  return bufferContent(network, target.draft, assets, when)
}

const shareNow = { mode: 'shareNow', dueAt: null } as const

/** Buffer fetches media: stored files at signed addresses that hold a day past the due time, others where they are. */
function assetsOf(ctx: Context, { media }: Draft, mediaUrls: string[], at: Date): BufferAsset[] {
  if (media.length === 0)
    return mediaUrls.map((url) => ({ kind: isVideo(url) ? 'video' : 'image', url, altText: null }))
  return media.map(({ id: mediaId, kind, mimeType, altText }) => ({
    kind: kind === 'video' ? 'video' : 'image',
    url: fileAddress(
      ctx.vault,
      ctx.settings.publicUrl,
      {
        mediaId,
        variant: 'original',
        extension: isMediaType(mimeType) ? mediaExtension(mimeType) : 'bin',
      },
      at,
    ),
    altText,
  }))
}

/** Nobody has looked at these files: the ending of the address is all there is to go by. */
const isVideo = (url: string) => /[.](mp4|m4v|mov|webm)$/i.test(URL.parse(url)?.pathname ?? '')
