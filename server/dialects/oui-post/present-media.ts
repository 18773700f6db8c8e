import { type Static, Type } from 'typebox'
import type { Actor } from '../../domain/actor.ts'
import type { Post } from '../../domain/post.ts'
import type { Context } from '../../operations/context.ts'
import { addressesOf } from '../../operations/open-file.ts'
import { readMediaOfPosts } from '../../operations/read-media-of-posts.ts'
import { instant } from './envelope.ts'
import { outId } from './ids.ts'

const listed = { id: Type.String(), type: Type.String(), url: Type.Union([Type.String(), Type.Null()]) }
export const ListedMedia = Type.Object(listed)
export const DetailedMedia = Type.Object({
  ...listed,
  thumbnail_url: Type.Union([Type.String(), Type.Null()]),
})
export const UploadedMedia = Type.Object({
  ...listed,
  filename: Type.String(),
  size: Type.Integer(),
  mime_type: Type.String(),
  dimensions: Type.Object({
    width: Type.Union([Type.Integer(), Type.Null()]),
    height: Type.Union([Type.Integer(), Type.Null()]),
  }),
  thumbnail_url: Type.Union([Type.String(), Type.Null()]),
  alt_text: Type.Union([Type.String(), Type.Null()]),
  created_at: Type.String({ format: 'date-time' }),
})

type Media = Parameters<typeof addressesOf>[1]

/** The files of many posts, read at once; gives a function that shows those of one. */
export async function presentListedMedia(ctx: Context, actor: Actor, posts: Post[]) {
  const workspaceId = posts[0]?.workspaceId
  const files = workspaceId
    ? await readMediaOfPosts(ctx, actor, { workspaceId, posts })
    : new Map<string, Media>()
  return (post: Post): Static<typeof ListedMedia>[] =>
    filesOf(post, files).map((media) => ({
      id: outId('media', media.id),
      type: media.kind,
      url: addressesOf(ctx, media)?.url ?? null,
    }))
}

export async function presentMediaOfPost(
  ctx: Context,
  actor: Actor,
  post: Post,
): Promise<Static<typeof DetailedMedia>[]> {
  const files = await readMediaOfPosts(ctx, actor, { workspaceId: post.workspaceId, posts: [post] })
  return filesOf(post, files).map((media) => presentDetail(ctx, media))
}

export const presentUploaded = (ctx: Context, media: Media): Static<typeof UploadedMedia> => ({
  ...presentDetail(ctx, media),
  filename: media.filename,
  size: media.bytes,
  mime_type: media.mimeType,
  dimensions: { width: media.width, height: media.height },
  alt_text: media.altText,
  created_at: instant(media.createdAt),
})

const filesOf = (post: Post, files: Map<string, Media>): Media[] =>
  post.mediaIds.flatMap((id) => files.get(id) ?? [])

function presentDetail(ctx: Context, media: Media): Static<typeof DetailedMedia> {
  const addresses = addressesOf(ctx, media)
  return {
    id: outId('media', media.id),
    type: media.kind,
    url: addresses?.url ?? null,
    thumbnail_url: addresses?.thumbnailUrl ?? null,
  }
}
