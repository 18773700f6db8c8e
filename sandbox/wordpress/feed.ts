import type { FeedPost, World } from '../simulator.ts'
import { attachmentsOf } from './media.ts'
import { commentsOn, type Post } from './posts.ts'

export function feedPost(world: World, post: Post): FeedPost {
  const attachments = attachmentsOf(world).all()
  const urls = [...post.content.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => plain(match[1] ?? ''))
  const shown = attachments.filter(
    ({ id, fileId }) => id === post.featuredMedia || urls.includes(world.media.url(fileId)),
  )
  return {
    id: String(post.id),
    author: { name: post.author, handle: post.author },
    place: 'The simulated bakery',
    title: post.title,
    text: plain(post.content.replaceAll(/<figure.*?<\/figure>|<div class="wp-block-file">.*?<\/div>/gs, '')),
    at: post.at,
    url: world.publicUrl(`/${post.slug}/`),
    media: shown.map(({ fileId, altText }) => {
      const mimeType = world.media.get(fileId)?.mimeType ?? 'application/octet-stream'
      const kind = mimeType.startsWith('image/')
        ? 'image'
        : mimeType.startsWith('video/')
          ? 'video'
          : 'document'
      return { kind, url: world.media.get(fileId) ? world.media.url(fileId) : null, mimeType, altText }
    }),
    counts: { comments: commentsOn(world, post) },
    notes: post.sticky ? ['sticky'] : [],
  }
}

/** What a reader sees of the blocks. */
function plain(html: string): string {
  return html
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/<br\s*\/?>/g, '\n')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}
