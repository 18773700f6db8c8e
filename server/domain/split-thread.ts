import type { Draft } from './draft.ts'
import type { Limits, TextLimit } from './limits.ts'
import { countBytes, graphemesOf, type Measure, textLength } from './text-length.ts'

/** The most posts one thread may have; more is a mistake, not a thread. */
export const threadPartsMax = 50

/** Whether the author asked for a text over the limit to become a thread, and the network has threads. */
export const wantsThread = (draft: Draft, limits: Limits) => limits.threads && draft.options.thread === true

/** Whether `text` fits in one post. */
export const fitsOnePost = (text: string, limit: TextLimit, measure?: Measure) =>
  textLength(text, limit, measure) <= limit.max &&
  (limit.bytesMax === undefined || countBytes(text) <= limit.bytesMax)

/** The draft's text as the posts of a thread, in order; one element when no thread is wanted or needed. */
export function threadParts(draft: Draft, limits: Limits, measure?: Measure): string[] {
  if (!wantsThread(draft, limits)) return [draft.text]
  return splitThread(draft.text, {
    fits: (part) => fitsOnePost(part, limits.text, measure),
    numbering: draft.options.threadNumbering === true,
  })
}

export interface SplitOptions {
  /** Whether a part fits in one post, in the network's own way of counting. */
  fits(part: string): boolean
  /** Appends ` 1/4` to every part when there is more than one. */
  numbering?: boolean
}

/**
 * Splits a text that is too long for one post into the parts of a thread, in order. Parts end where a reader would
 * pause: between paragraphs, else between sentences, else between words, and only inside a word that is itself too
 * long for a post. Blank space at a break is dropped; nothing else is. A text that fits is one part, unnumbered.
 */
export function splitThread(text: string, options: SplitOptions): string[] {
  const whole = text.trim()
  if (options.fits(whole)) return [whole]
  if (!options.numbering) return cut(whole, options.fits)
  // The numbers take room, and how much depends on how many parts there are: widen until it comes out even.
  for (let digits = 1; ; digits++) {
    const widest = ` ${'9'.repeat(digits)}/${'9'.repeat(digits)}`
    const parts = cut(whole, (part) => options.fits(part + widest))
    if (String(parts.length).length <= digits)
      return parts.map((part, index) => `${part} ${index + 1}/${parts.length}`)
  }
}

function cut(text: string, fits: (part: string) => boolean): string[] {
  const parts: string[] = []
  for (let rest = text; rest; ) {
    const head = headOver(rest, fits)
    const at = head === null ? rest.length : breakPoint(head, rest, fits)
    parts.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return parts
}

/**
 * A beginning of the text that is just over one post, so that the work per part does not grow with the text;
 * null when all of it fits.
 */
function headOver(text: string, fits: (part: string) => boolean): string | null {
  for (let length = 512; ; length *= 2) {
    const head = text.slice(0, length)
    if (!fits(head)) return head
    if (length >= text.length) return null
  }
}

/** Where the first part of `rest` ends; `head` is a beginning of it that does not fit. */
function breakPoint(head: string, rest: string, fits: (part: string) => boolean): number {
  const afterWord = lastFitting(head, matchEnds(head, /\S+(?=\s|$)/g), fits)
  const nextWord = rest.slice(afterWord ?? 0).match(/\S+/)?.[0] ?? ''
  if (afterWord === undefined || !fits(nextWord)) return insideWord(head, fits)
  // A pause is worth a shorter part, but not one that is less than half full.
  const pause = (pattern: RegExp) =>
    matchEnds(head, pattern).findLast((end) => end <= afterWord && end >= afterWord / 2)
  return pause(/\n\s*\n/g) ?? pause(/[.!?…。！？]+["'”’»)\]]*(?=\s)|\n/g) ?? afterWord
}

/** Between two words of a script that writes no spaces, if there are any, else between two graphemes. */
function insideWord(head: string, fits: (part: string) => boolean): number {
  const wordEnds = Array.from(wordSegmenter.segment(head), ({ index, segment }) => index + segment.length)
  const afterWord = lastFitting(head, wordEnds, fits)
  if (afterWord !== undefined) return afterWord
  let end = 0
  const ends = graphemesOf(head).map((grapheme) => {
    end += grapheme.length
    return end
  })
  // A limit below one grapheme cannot be met; one grapheme a part is the least that comes to an end.
  return lastFitting(head, ends, fits) ?? ends[0] ?? head.length
}

function matchEnds(text: string, pattern: RegExp): number[] {
  return Array.from(text.matchAll(pattern), (match) => match.index + match[0].length)
}

/** The last of the ascending `ends` up to which the text fits, found by halving: a longer text never counts for less. */
function lastFitting(text: string, ends: number[], fits: (part: string) => boolean): number | undefined {
  let fitting = 0
  let over = ends.length
  while (fitting < over) {
    const middle = Math.floor((fitting + over) / 2)
    if (fits(text.slice(0, ends[middle]).trimEnd())) fitting = middle + 1
    else over = middle
  }
  return ends[fitting - 1]
}

const wordSegmenter = new Intl.Segmenter('und', { granularity: 'word' })
