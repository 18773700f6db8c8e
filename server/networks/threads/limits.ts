import type { Limits } from '../../domain/limits.ts'

/**
 * developers.facebook.com/docs/threads/overview and /docs/threads/posts, read 2026-11-22. The engine scales images to
 * the width; the alternative text's limit is not documented and taken from Instagram's.
 */
export const limits: Limits = {
  text: { unit: 'codepoints', max: 500, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'link'],
  mediaMax: 20,
  mediaRequired: false,
  mixedMedia: true,
  image: {
    mimeTypes: ['image/jpeg', 'image/png'],
    bytesMax: 8_000_000,
    countMax: 20,
    widthMax: 1440,
    ratioMin: 0.1,
    ratioMax: 10,
  },
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime'],
    bytesMax: 1_000_000_000,
    countMax: 20,
    durationMsMax: 300_000,
    widthMax: 1920,
  },
  document: null,
  altTextMax: 1000,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: true,
  poll: {
    optionsMin: 2,
    optionsMax: 4,
    optionGraphemesMax: 25,
    durationMsMin: 86_400_000,
    durationMsMax: 86_400_000,
  },
  pullsMedia: true,
}

const emoji = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f]/u

/** "500 characters", in which emoji count as their UTF-8 bytes (docs/threads/overview, read 2026-11-22). */
export function measure(text: string): number {
  // Most texts have no emoji and need no look at each character.
  let length = 0
  const mayHoldEmoji = emoji.test(text)
  for (const character of text)
    length += mayHoldEmoji && emoji.test(character) ? Buffer.byteLength(character) : 1
  return length
}
