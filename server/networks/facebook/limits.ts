import type { Limits } from '../../domain/limits.ts'

/**
 * developers.facebook.com/documentation/pages-api/posts, .../video-api/guides/reels-publishing (30 July 2026),
 * docs/page-stories-api. 63,206 characters and ten photos are what other publishers use; no official page has them.
 */
export const limits: Limits = {
  text: { unit: 'utf16', max: 63_206, required: false },
  link: 'card',
  contentTypes: ['text', 'image', 'video', 'carousel', 'story', 'link'],
  mediaMax: 10,
  mediaRequired: false,
  mixedMedia: false,
  image: { mimeTypes: ['image/jpeg', 'image/png', 'image/gif'], bytesMax: 10_000_000, countMax: 10 },
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime'],
    bytesMax: 10_000_000_000,
    countMax: 1,
    durationMsMin: 1_000,
    durationMsMax: 4 * 3_600_000,
  },
  document: null,
  altTextMax: 1000,
  titleMax: 255,
  hashtagsMax: null,
  threads: false,
  firstComment: true,
  pullsMedia: false,
}

/** "3 to 90 seconds. A reel published as a story on a Facebook Page can not exceed 60 seconds"; 9:16. */
export const reel = { durationMsMin: 3_000, durationMsMax: 90_000, ratio: 9 / 16 }
export const storyDurationMsMax = 60_000
