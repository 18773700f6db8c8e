import type { Draft } from '../../domain/draft.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Issue } from '../../domain/refusal.ts'
import { wordsOf } from './content.ts'

/** What LinkedIn refuses and the shared limits cannot say. */
export function checkLinkedin(draft: Draft, limits: Limits): Issue[] {
  const [words, most] = [wordsOf(draft).length, limits.text.max]
  if (words <= most || draft.text.length > most) return []
  return [
    {
      path: 'text',
      rule: 'linkedin.text_with_link_too_long',
      message: `Beside media LinkedIn shows no link card, so the link goes into the text, which then has ${words} characters; the most is ${most}.`,
      remedy: `Shorten the text by ${words - most}, or remove the link.`,
      limit: most,
      value: words,
    },
  ]
}
