import type { Limits } from '../../domain/limits.ts'

/**
 * Sources, read 2026-11-22: text app.bsky.feed.post (300 graphemes, 3000 bytes); images app.bsky.embed.images (4 files);
 * video app.bsky.embed.video (one, MP4, 300 MB) and the video service (3 minutes); alternative texts: what Bluesky's
 * own composer takes (2000), since records have no limit.
 *
 * An image may have 2,000,000 bytes on servers of 2026 and 1,000,000 on older ones, and no server says which it is. We
 * take the smaller: the engine makes the file fit, nobody sees the difference at the size posts are shown, and no
 * account is refused for the age of its server.
 */
export const limits: Limits = {
  text: { unit: 'graphemes', max: 300, bytesMax: 3000, required: false },
  link: 'card',
  contentTypes: ['text', 'image', 'carousel', 'video', 'link'],
  mediaMax: 4,
  mediaRequired: false,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
    bytesMax: 1_000_000,
    countMax: 4,
  },
  video: { mimeTypes: ['video/mp4'], bytesMax: 300_000_000, countMax: 1, durationMsMax: 180_000 },
  document: null,
  altTextMax: 2000,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: true,
  pullsMedia: false,
}
