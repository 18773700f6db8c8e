import type { Limits } from '../../domain/limits.ts'

/**
 * Title, description, link and alternative text: official description 5.23.0. The sizes of files are not in it; these
 * are what Pinterest's help pages said when last seen (README.md, "Not confirmed").
 */
export const pinterestLimits: Limits = {
  text: { unit: 'codepoints', max: 800, required: false },
  link: 'card',
  contentTypes: ['image', 'video', 'carousel', 'link'],
  mediaMax: 5,
  mediaRequired: true,
  mixedMedia: false,
  image: { mimeTypes: ['image/jpeg', 'image/png'], bytesMax: 20_000_000, countMax: 5 },
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime', 'video/x-m4v'],
    bytesMax: 2_000_000_000,
    countMax: 1,
    durationMsMin: 4_000,
    durationMsMax: 15 * 60_000,
  },
  document: null,
  altTextMax: 500,
  titleMax: 100,
  hashtagsMax: null,
  threads: false,
  firstComment: false,
  pullsMedia: false,
}

export const linkMax = 2_048
