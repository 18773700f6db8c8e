import type { Limits } from '../../domain/limits.ts'

/** The text under a picture or video: "0-1024 characters after entities parsing" (Bot API 10.1, sendPhoto). */
export const captionMax = 1024

/**
 * Bot API 10.1 (core.telegram.org/bots/api, 11 June 2026). The documents count "characters"; entity offsets are in UTF-16
 * units, which is the stricter reading and the one used here.
 */
export const limits: Limits = {
  text: { unit: 'utf16', max: 4096, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'link'],
  mediaMax: 10,
  mediaRequired: false,
  mixedMedia: true,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
    bytesMax: 10_000_000,
    countMax: 10,
    // "Width and height must not exceed 10000 in total. Width and height ratio must be at most 20" (sendPhoto).
    widthMax: 5_000,
    heightMax: 5_000,
    ratioMin: 1 / 20,
    ratioMax: 20,
  },
  // "Bots can currently send video files of up to 50 MB in size" (sendVideo); MPEG-4 plays in the chat.
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime', 'video/webm'],
    bytesMax: 50_000_000,
    countMax: 10,
    durationMsMax: Number.MAX_SAFE_INTEGER,
  },
  // "Bots can currently send files of any type of up to 50 MB in size" (sendDocument).
  document: { mimeTypes: ['application/*', 'text/*', 'audio/*'], bytesMax: 50_000_000, countMax: 10 },
  altTextMax: null,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: false,
  pullsMedia: false,
}
