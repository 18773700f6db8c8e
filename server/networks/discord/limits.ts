import type { Limits } from '../../domain/limits.ts'

/** "The default limit is 10 MiB" per file; servers with boosts take more, which the API tells nobody in advance. */
const fileBytesMax = 10 * 2 ** 20

/** "The maximum request size when sending a message is 25 MiB" (Create Message); some is left for the rest of it. */
export const requestBytesMax = 25 * 2 ** 20 - 100_000

/**
 * docs.discord.com/developers, resources/message, resources/webhook, reference (August 2026). "2000 characters" is counted
 * in UTF-16 units here, the stricter reading.
 */
export const limits: Limits = {
  text: { unit: 'utf16', max: 2000, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'link'],
  mediaMax: 10,
  mediaRequired: false,
  mixedMedia: true,
  image: { mimeTypes: ['image/*'], bytesMax: fileBytesMax, countMax: 10 },
  video: {
    mimeTypes: ['video/*'],
    bytesMax: fileBytesMax,
    countMax: 10,
    durationMsMax: Number.MAX_SAFE_INTEGER,
  },
  document: { mimeTypes: ['application/*', 'text/*', 'audio/*'], bytesMax: fileBytesMax, countMax: 10 },
  altTextMax: 1024,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: false,
  pullsMedia: false,
}
