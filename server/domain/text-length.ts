import twitterText from 'twitter-text'
import type { TextLimit } from './limits.ts'

/** A network's own way to count, for units this file does not know (`Network.measure`). */
export type Measure = (text: string) => number

/**
 * How long a text is in the unit of `limit`, as the network itself will count it.
 * @param measure the network's own counting; required for `weighted`, and wins over the unit wherever it is given.
 */
export function textLength(text: string, limit: TextLimit, measure?: Measure): number {
  if (measure) return measure(text)
  switch (limit.unit) {
    case 'graphemes':
      return countGraphemes(withCountedUrls(text, limit.urlLength))
    case 'codepoints':
      return countCodepoints(withCountedUrls(text, limit.urlLength))
    case 'utf16':
      return withCountedUrls(text, limit.urlLength).length
    case 'bytes':
      return countBytes(withCountedUrls(text, limit.urlLength))
    case 'mastodon':
      return countGraphemes(withoutMentionDomains(withCountedUrls(text, limit.urlLength ?? 23)))
    case 'weighted':
      throw new Error('A network that counts "weighted" must bring its own measure')
  }
}

/** Characters as a reader sees them: an emoji family or a letter with its accents is one. */
export function countGraphemes(text: string): number {
  // Most texts are ASCII without line breaks in the Windows form, and need no segmenter.
  if (/^[\n\x20-\x7e]*$/.test(text)) return text.length
  let count = 0
  for (const _ of graphemeSegmenter.segment(text)) count++
  return count
}

export const countBytes = (text: string) => Buffer.byteLength(text, 'utf8')

/** The text cut into graphemes, in order. */
export const graphemesOf = (text: string) =>
  Array.from(graphemeSegmenter.segment(text), ({ segment }) => segment)

const countCodepoints = (text: string) => {
  let count = 0
  for (const _ of text) count++
  return count
}

/** The root locale: networks count without regard to the reader's language. */
const graphemeSegmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

/**
 * Every http or https address replaced by a placeholder of the length it counts for. Addresses are found with
 * twitter-text, which Mastodon's validator uses as well (StatusLengthValidator, read on 2026-11-22).
 */
function withCountedUrls(text: string, urlLength: number | undefined): string {
  if (urlLength === undefined || !text.includes('://')) return text
  const found = twitterText.extractUrlsWithIndices(text, { extractUrlsWithoutProtocol: false })
  let counted = ''
  let end = 0
  for (const { indices } of found) {
    counted += text.slice(end, indices[0]) + 'x'.repeat(urlLength)
    end = indices[1]
  }
  return counted + text.slice(end)
}

/** `@user@server.example` counts as `@user` on Mastodon; the same pattern as its composer's counter. */
const withoutMentionDomains = (text: string) =>
  text.replaceAll(/(^|[^/\w])@([a-z0-9_]+)@[a-z0-9.-]+[a-z0-9]/gi, '$1@$2')
