import { expect, test } from 'vitest'
import { checkDraft } from './check-draft.ts'
import { type Draft, draftFor, type MediaFacts } from './draft.ts'
import type { Limits } from './limits.ts'

const network = { id: 'pigeon', name: 'Pigeon' }

const limits: Limits = {
  text: { unit: 'graphemes', max: 300, bytesMax: 3000, required: false },
  link: 'card',
  contentTypes: ['text', 'image', 'carousel', 'video', 'link'],
  mediaMax: 4,
  mediaRequired: false,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/png'],
    bytesMax: 1_000_000,
    countMax: 4,
    ratioMin: 0.5,
    ratioMax: 2,
  },
  video: {
    mimeTypes: ['video/mp4'],
    bytesMax: 100_000_000,
    countMax: 1,
    durationMsMin: 1_000,
    durationMsMax: 180_000,
  },
  document: null,
  altTextMax: 100,
  titleMax: 20,
  hashtagsMax: 3,
  threads: true,
  firstComment: false,
  pullsMedia: false,
}

const draft = (changes: Partial<Draft> = {}): Draft => ({
  text: 'Hello',
  title: null,
  link: null,
  contentType: 'text',
  media: [],
  options: {},
  ...changes,
})

const image = (changes: Partial<MediaFacts> = {}): MediaFacts => ({
  id: 'm1',
  kind: 'image',
  mimeType: 'image/jpeg',
  filename: 'cat.jpg',
  bytes: 500_000,
  width: 1000,
  height: 1000,
  durationMs: null,
  altText: null,
  ...changes,
})

const video = (changes: Partial<MediaFacts> = {}) =>
  image({ kind: 'video', mimeType: 'video/mp4', filename: 'cat.mp4', durationMs: 60_000, ...changes })

const rules = (changes: Partial<Draft>, over: Partial<Limits> = {}) =>
  checkDraft(network, draft(changes), { ...limits, ...over }).map((issue) => issue.rule)

test('exactly the most characters pass, one more is told with the limit, the value and what to do', () => {
  expect(rules({ text: 'é'.repeat(300) })).toEqual([])
  expect(checkDraft(network, draft({ text: 'é'.repeat(301) }), limits)).toEqual([
    {
      path: 'text',
      rule: 'text_too_long',
      message: 'Pigeon takes at most 300 characters; this text has 301.',
      remedy: 'Shorten it by 1, or publish it as a thread.',
      limit: 300,
      value: 301,
      network: 'pigeon',
    },
  ])
})

test('the second bound on bytes is exact as well', () => {
  const family = '👨‍👩‍👧‍👦' // 25 bytes
  expect(rules({ text: family.repeat(120) })).toEqual([])
  expect(rules({ text: `${family.repeat(120)}!` })).toEqual(['text_too_many_bytes'])
})

test('a text over the limit is fine as a thread, but not as one of more than fifty posts', () => {
  expect(rules({ text: 'word '.repeat(100), options: { thread: true } })).toEqual([])
  expect(rules({ text: 'word '.repeat(100), options: { thread: true } }, { threads: false })).toEqual([
    'text_too_long',
  ])
  expect(rules({ text: 'word '.repeat(3_100), options: { thread: true } })).toEqual(['thread_too_long'])
})

test('a post of nothing is refused, and a network without text-only posts wants media', () => {
  expect(rules({ text: ' ' })).toEqual(['empty'])
  expect(rules({ text: '', media: [image()], contentType: 'image' })).toEqual([])
  expect(rules({ text: '' }, { text: { ...limits.text, required: true } })).toEqual(['text_required'])
  expect(rules({}, { mediaRequired: true })).toEqual(['media_required'])
})

test('an image that the engine can shrink or convert is no issue; one that it cannot is', () => {
  const withImage = (changes: Partial<MediaFacts>) => rules({ media: [image(changes)], contentType: 'image' })
  expect(withImage({ bytes: 9_000_000 })).toEqual([])
  expect(withImage({ mimeType: 'image/webp' })).toEqual([])
  expect(withImage({ mimeType: 'image/gif', bytes: 1_000 })).toEqual(['media_type_unsupported'])
  expect(withImage({ width: 3000, height: 1000 })).toEqual(['media_too_wide'])
  expect(withImage({ width: 1000, height: 3000 })).toEqual(['media_too_tall'])
  expect(withImage({ width: 2000, height: 1000 })).toEqual([])
})

test('counts and mixtures of files are checked', () => {
  const images = (count: number) => Array.from({ length: count }, () => image())
  expect(rules({ media: images(4), contentType: 'carousel' })).toEqual([])
  expect(rules({ media: images(5), contentType: 'carousel' })).toEqual(['too_many_media'])
  expect(rules({ media: [video(), video()], contentType: 'video' })).toEqual(['too_many_videos'])
  expect(rules({ media: [image(), video()], contentType: 'carousel' })).toEqual(['mixed_media'])
  expect(rules({ media: images(1), contentType: 'image' }, { image: null })).toEqual(['image_unsupported'])
})

test('a video is checked for type, size and length at both ends', () => {
  const withVideo = (changes: Partial<MediaFacts>) => rules({ media: [video(changes)], contentType: 'video' })
  expect(withVideo({ durationMs: 180_000, bytes: 100_000_000 })).toEqual([])
  expect(withVideo({ durationMs: 180_001 })).toEqual(['video_too_long'])
  expect(withVideo({ durationMs: 999 })).toEqual(['video_too_short'])
  expect(withVideo({ bytes: 100_000_001 })).toEqual(['media_too_large'])
  expect(withVideo({ mimeType: 'video/quicktime' })).toEqual(['media_type_unsupported'])
})

test('alternative text, title, hashtags and content type have their limits', () => {
  expect(rules({ media: [image({ altText: 'a'.repeat(100) })], contentType: 'image' })).toEqual([])
  const [issue] = checkDraft(
    network,
    draft({ media: [image({ altText: 'a'.repeat(101) })], contentType: 'image' }),
    limits,
  )
  expect(issue).toMatchObject({ rule: 'alt_text_too_long', path: 'media.0.altText', limit: 100, value: 101 })
  expect(rules({ title: 'x'.repeat(21) })).toEqual(['title_too_long'])
  expect(rules({ text: '#a #b #c not a tag: #1 a#d' })).toEqual([])
  expect(rules({ text: '#a #b #c (#d)' })).toEqual(['too_many_hashtags'])
  expect(rules({ contentType: 'story', media: [image()] })).toEqual(['content_type_unsupported'])
  expect(rules({ contentType: 'video', media: [image()] })).toEqual(['media_required'])
})

test('without a file and a chosen type, a network of pictures lacks the file, and has no wrong type', () => {
  const pictures = { ...limits, mediaRequired: true, contentTypes: ['image' as const, 'video' as const] }
  const post = { text: 'Hello', title: null, link: null, hashtags: [], contentType: null, options: {} }
  const rulesOf = (contentType: 'text' | null) =>
    checkDraft(network, draftFor({ ...post, contentType }, null, [], pictures), pictures).map(
      ({ rule }) => rule,
    )
  expect(rulesOf(null)).toEqual(['media_required'])
  expect(rulesOf('text')).toEqual(['content_type_unsupported', 'media_required'])
})

test("the network's own rules come after the common ones", () => {
  const strict = { ...network, check: () => [{ path: 'text', rule: 'pigeon.rain', message: 'It rains.' }] }
  expect(checkDraft(strict, draft(), limits)).toEqual([
    { path: 'text', rule: 'pigeon.rain', message: 'It rains.', network: 'pigeon' },
  ])
})
