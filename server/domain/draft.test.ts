import { expect, test } from 'vitest'
import { draftFor, type MediaFacts } from './draft.ts'
import type { Limits } from './limits.ts'

const file = (kind: MediaFacts['kind']) => ({ kind }) as MediaFacts
const typeOf = (kinds: MediaFacts['kind'][], contentTypes: Limits['contentTypes']) =>
  draftFor(
    { text: 'Hello', link: null, hashtags: [], title: null, contentType: null, options: {} },
    null,
    kinds.map(file),
    { contentTypes, link: 'card' } as Limits,
  ).contentType

test('what nobody said of a post follows from its files: a document is slides, or a file beside the words', () => {
  expect(typeOf([], ['text'])).toBe('text')
  expect(typeOf(['image'], ['text', 'image'])).toBe('image')
  expect(typeOf(['video'], ['text', 'video'])).toBe('video')
  expect(typeOf(['image', 'image'], ['text', 'carousel'])).toBe('carousel')
  expect(typeOf(['document'], ['text', 'image', 'carousel'])).toBe('carousel')
  expect(typeOf(['document'], ['text', 'image'])).toBe('text')
})
