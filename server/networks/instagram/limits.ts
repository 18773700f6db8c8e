import type { Limits } from '../../domain/limits.ts'

/**
 * developers.facebook.com/docs/instagram-platform/content-publishing and .../reference/ig-user/media (11 September
 * 2026). "2200 characters" is counted in UTF-16 units, the stricter reading. Shape and length depend on whether a post
 * is a story, so `checkInstagram` says them.
 */
export const limits: Limits = {
  text: { unit: 'utf16', max: 2200, required: false },
  link: 'text',
  contentTypes: ['image', 'video', 'carousel', 'story'],
  mediaMax: 10,
  mediaRequired: true,
  mixedMedia: true,
  image: { mimeTypes: ['image/jpeg'], bytesMax: 8_000_000, countMax: 10, widthMax: 1440 },
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime'],
    bytesMax: 300_000_000,
    countMax: 10,
    durationMsMin: 3_000,
    durationMsMax: 900_000,
    widthMax: 1920,
    ratioMin: 0.01,
    ratioMax: 10,
  },
  document: null,
  altTextMax: 1000,
  titleMax: null,
  hashtagsMax: 30,
  threads: false,
  firstComment: true,
  pullsMedia: true,
}

/** A picture in the feed: 4:5 to 1.91:1. */
export const feedRatio = { min: 4 / 5, max: 1.91 }
/** A video in a story. */
export const storyVideo = { durationMsMax: 60_000, bytesMax: 100_000_000 }
/** "20 @-tags" in a caption. */
export const mentionsMax = 20
