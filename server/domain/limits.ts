import type { ContentType } from './content-type.ts'

/**
 * What a network accepts, as data: the dashboard's form, the API's validation, the platforms list and the engine's
 * media fitting all follow from it. An account may carry its own copy where the network tells its limits at run time
 * (a Mastodon instance).
 */
export interface Limits {
  text: TextLimit
  /** How a link is shown: a card or field of its own, part of the text, or not at all. */
  link: 'card' | 'text' | 'none'
  contentTypes: ContentType[]
  /** Most files in one post, of any kind. */
  mediaMax: number
  /** Instagram, TikTok, YouTube and Pinterest publish nothing without one. */
  mediaRequired: boolean
  /** Whether images and videos may stand in one post. */
  mixedMedia: boolean
  image: ImageLimit | null
  video: VideoLimit | null
  document: FileLimit | null
  altTextMax: number | null
  titleMax: number | null
  hashtagsMax: number | null
  threads: boolean
  firstComment: boolean
  /** Where a post may ask a question with answers to choose from. */
  poll?: PollLimit | null
  /** The network fetches media from our public address instead of taking an upload: all, none, or these kinds (TikTok). */
  pullsMedia: boolean | MediaKind[]
}

type MediaKind = 'image' | 'video' | 'document'

/** Whether files of this kind are fetched from here. @param kind null: not known yet. */
export const pullsKind = ({ pullsMedia }: Limits, kind: MediaKind | null): boolean =>
  typeof pullsMedia === 'boolean' ? pullsMedia : kind !== null && pullsMedia.includes(kind)

export interface TextLimit {
  unit: TextUnit
  max: number
  /** A second bound on UTF-8 bytes, where the network has one (Bluesky). */
  bytesMax?: number
  /** When present, every http(s) URL counts as this many (Mastodon, X). */
  urlLength?: number
  required: boolean
}

/**
 * How a network counts: `graphemes` as a reader sees characters, `codepoints`, `utf16` (JavaScript's length),
 * `bytes` of UTF-8, `mastodon` (URLs as `urlLength`, remote mentions without their domain), `weighted` (X).
 */
export type TextUnit = 'graphemes' | 'codepoints' | 'utf16' | 'bytes' | 'mastodon' | 'weighted'

export interface FileLimit {
  mimeTypes: string[]
  bytesMax: number
  countMax: number
}

export interface ImageLimit extends FileLimit {
  widthMax?: number
  heightMax?: number
  pixelsMax?: number
  /** Width divided by height. */
  ratioMin?: number
  ratioMax?: number
}

export interface VideoLimit extends FileLimit {
  durationMsMin?: number
  durationMsMax: number
  ratioMin?: number
  ratioMax?: number
  widthMax?: number
  /** Most pixels in a frame: width times height. */
  pixelsMax?: number
}

export interface PollLimit {
  optionsMin: number
  optionsMax: number
  /** Length of one answer, in graphemes. */
  optionGraphemesMax: number
  durationMsMin: number
  durationMsMax: number
}
