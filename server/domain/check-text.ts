import type { Draft } from './draft.ts'
import type { Limits, TextLimit } from './limits.ts'
import type { Issue } from './refusal.ts'
import { fitsOnePost, threadParts, threadPartsMax, wantsThread } from './split-thread.ts'
import { countBytes, type Measure, textLength } from './text-length.ts'

/** The text against the length, or its thread against the number of posts. */
export function checkText(
  draft: Draft,
  limits: Limits,
  network: { name: string; measure?: Measure },
): Issue[] {
  const limit = limits.text
  if (draft.text.trim() === '') return limit.required ? [textMissing(network.name)] : []
  if (fitsOnePost(draft.text, limit, network.measure)) return []
  if (wantsThread(draft, limits)) {
    const parts = threadParts(draft, limits, network.measure).length
    return parts > threadPartsMax ? [threadTooLong(parts, network.name)] : []
  }
  const value = textLength(draft.text, limit, network.measure)
  const issue =
    value > limit.max ? textTooLong(value, limit, network.name) : textTooBig(draft.text, limit, network.name)
  if (limits.threads) issue.remedy += ', or publish it as a thread'
  return [{ ...issue, remedy: `${issue.remedy}.` }]
}

const textMissing = (name: string): Issue => ({
  path: 'text',
  rule: 'text_required',
  message: `${name} publishes nothing without a text.`,
  remedy: 'Write a text.',
})

function textTooLong(value: number, limit: TextLimit, name: string): Issue {
  const unit = limit.unit === 'bytes' ? 'bytes' : 'characters'
  return {
    path: 'text',
    rule: 'text_too_long',
    message: `${name} takes at most ${limit.max} ${unit}; this text has ${value}${asCounted(limit, name)}.`,
    remedy: `Shorten it by ${value - limit.max}`,
    limit: limit.max,
    value,
  }
}

const asCounted = (limit: TextLimit, name: string) =>
  limit.unit === 'weighted' || limit.urlLength !== undefined ? `, as ${name} counts` : ''

function textTooBig(text: string, limit: TextLimit, name: string): Issue {
  const value = countBytes(text)
  const bytesMax = limit.bytesMax ?? Number.POSITIVE_INFINITY
  return {
    path: 'text',
    rule: 'text_too_many_bytes',
    message: `${name} takes at most ${bytesMax} bytes of text; this text has ${value} (an emoji may take 25).`,
    remedy: `Shorten it by ${value - bytesMax} bytes`,
    limit: bytesMax,
    value,
  }
}

const threadTooLong = (parts: number, name: string): Issue => ({
  path: 'text',
  rule: 'thread_too_long',
  message: `As a thread on ${name} this text would need ${parts} posts; a thread has at most ${threadPartsMax}.`,
  remedy: 'Shorten the text.',
  limit: threadPartsMax,
  value: parts,
})

export function checkTitle(draft: Draft, limits: Limits, name: string): Issue[] {
  if (limits.titleMax === null || !draft.title) return [] // a network without titles ignores it
  const value = Array.from(draft.title).length
  if (value <= limits.titleMax) return []
  return [
    {
      path: 'title',
      rule: 'title_too_long',
      message: `${name} takes a title of at most ${limits.titleMax} characters; this one has ${value}.`,
      remedy: `Shorten the title by ${value - limits.titleMax}.`,
      limit: limits.titleMax,
      value,
    },
  ]
}

export function checkHashtags(draft: Draft, limits: Limits, name: string): Issue[] {
  if (limits.hashtagsMax === null) return []
  const value = hashtagsIn(draft.text).length
  if (value <= limits.hashtagsMax) return []
  return [
    {
      path: 'text',
      rule: 'too_many_hashtags',
      message: `${name} takes at most ${limits.hashtagsMax} hashtags; this text has ${value}.`,
      remedy: `Remove ${value - limits.hashtagsMax} of them.`,
      limit: limits.hashtagsMax,
      value,
    },
  ]
}

/** Hashtags of a text without the sign, in order, with repetitions. A number alone is none. */
export const hashtagsIn = (text: string): string[] =>
  Array.from(
    text.matchAll(/(?<=^|[\s([{"'“‘])[#＃]((?!\d+(?!\p{L}|\p{N}|_))[\p{L}\p{M}\p{N}_]+)/gu),
    (match) => String(match[1]),
  )
