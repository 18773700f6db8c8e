import type { Limits } from '../../domain/limits.ts'

/** A comment's length is written down nowhere; public clients stop here. UNCONFIRMED. */
export const commentMax = 1250

/** learn.microsoft.com/linkedin, posts-api, images-api, videos-api, multiimage-post-api, documents-api, digests of 19 September 2026. */
export const limits: Limits = {
  text: { unit: 'utf16', max: 3000, required: false },
  link: 'card',
  contentTypes: ['text', 'image', 'carousel', 'video', 'link'],
  mediaMax: 20,
  mediaRequired: false,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    bytesMax: 10_000_000, // UNCONFIRMED: LinkedIn documents pixels only
    countMax: 20,
    pixelsMax: 36_152_319,
  },
  video: {
    mimeTypes: ['video/mp4'],
    bytesMax: 500_000_000,
    countMax: 1,
    durationMsMin: 3_000,
    durationMsMax: 30 * 60_000,
  },
  // PPT and DOC too, which the library does not take. At most 300 pages, which nobody counts here.
  document: {
    mimeTypes: [
      'application/pdf',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    bytesMax: 100_000_000,
    countMax: 1,
  },
  altTextMax: 4086,
  titleMax: 200,
  hashtagsMax: null,
  threads: false,
  firstComment: true,
  pullsMedia: false,
}
