import type { Person } from '../people.ts'
import type { FeedPost, World } from '../simulator.ts'
import { likesOf, mediaOf, type Post, pageUrn, plain, tables } from './state.ts'

/** Posts, and the comments beneath them. */
export function feedOf(world: World): FeedPost[] {
  const { posts, comments } = tables(world)
  return [
    ...posts.all().map((post) => shown(world, post)),
    ...comments.all().map(
      (comment): FeedPost => ({
        id: comment.urn,
        author: authorOf(comment.person, comment.actor),
        text: comment.text,
        at: comment.at,
        url: null,
        replyTo: comment.postUrn,
      }),
    ),
  ]
}

function shown(world: World, post: Post): FeedPost {
  const { assets } = tables(world)
  const { article, media } = post.body.content ?? {}
  const likes = likesOf(world, post.urn)
  return {
    id: post.urn,
    author: authorOf(post.person, post.author),
    text: plain(post.body.commentary ?? ''),
    at: post.at,
    url: world.publicUrl(`/web/feed/update/${post.urn}`),
    title: media?.title ?? null,
    media: mediaOf(post.body).map(({ id, altText }) => {
      const asset = assets.get(id)
      const fileId = asset?.fileIds[0]
      const file = fileId ? world.media.get(fileId) : undefined
      return {
        kind: asset?.kind ?? 'image',
        url: file ? world.media.url(file.id) : null,
        mimeType: file?.mimeType ?? '',
        filename: asset?.kind === 'document' ? (media?.title ?? null) : null,
        altText: altText ?? null,
      }
    }),
    link: article
      ? { url: article.source, title: article.title, description: article.description ?? null }
      : null,
    notes: post.body.visibility && post.body.visibility !== 'PUBLIC' ? [post.body.visibility] : [],
    ...(likes > 0 && { counts: { likes } }),
  }
}

const authorOf = (person: Person, urn: string) => ({
  name: person.pages?.find((page) => pageUrn(page) === urn)?.name ?? person.name,
  handle: urn,
})
