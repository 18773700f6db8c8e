import type { Limits } from '../../domain/limits.ts'

/** The caption of a video, in UTF-16 units; photos have more room (developers.tiktok.com, direct-post and photo-post). */
export const videoTextMax = 2200

/** developers.tiktok.com/doc/content-posting-api-reference-direct-post, -photo-post, -media-transfer-guide (read by way of a digest of September 2026). */
export const limits: Limits = {
  text: { unit: 'utf16', max: 4000, required: false },
  link: 'text',
  contentTypes: ['video', 'image', 'carousel'],
  mediaMax: 35,
  mediaRequired: true,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/webp'],
    bytesMax: 20_000_000,
    countMax: 35,
    // "Maximum of 1080p"; the longer side of that.
    widthMax: 1920,
    heightMax: 1920,
  },
  video: {
    mimeTypes: ['video/mp4', 'video/webm', 'video/quicktime'],
    bytesMax: 4_000_000_000,
    countMax: 1,
    durationMsMax: 600_000,
    widthMax: 4096,
  },
  document: null,
  altTextMax: null,
  titleMax: 90,
  hashtagsMax: null,
  threads: false,
  firstComment: false,
  // Videos are uploaded in chunks.
  pullsMedia: ['image'],
}
