import type { Limits } from '../../domain/limits.ts'

/**
 * One video with a title of at most 100 characters and a description of at most 5,000 bytes
 * (developers.google.com/youtube/v3/docs/videos, 2026-09-19). The file: developers.google.com/youtube/v3/docs/videos/insert.
 */
export const youtubeLimits: Limits = {
  text: { unit: 'bytes', max: 5_000, required: false },
  link: 'text',
  contentTypes: ['video'],
  mediaMax: 1,
  mediaRequired: true,
  mixedMedia: false,
  image: null,
  video: {
    mimeTypes: ['video/*', 'application/octet-stream'],
    bytesMax: 274_877_906_944,
    countMax: 1,
    // 12 hours for a verified channel; an unverified one has 15 minutes, which the API does not tell (not confirmed).
    durationMsMax: 12 * 60 * 60_000,
  },
  document: null,
  altTextMax: null,
  titleMax: 100,
  hashtagsMax: null,
  threads: false,
  firstComment: true,
  pullsMedia: false,
}

/** All tags together; one with a blank in it counts two more, for its quotes. */
export const tagsCharactersMax = 500
/** Not documented; a longer first comment is a second description. */
export const commentCharactersMax = 10_000
