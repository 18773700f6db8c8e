import { expect, test } from 'vitest'
import { canonical, contentHash, type HashedContent } from './content-hash.ts'

const post: HashedContent = {
  text: 'Launch day',
  title: null,
  link: 'https://example.com',
  hashtags: ['launch'],
  contentType: null,
  options: { visibility: 'public', thread: true },
  media: [
    { id: 'm1', altText: 'A rocket' },
    { id: 'm2', altText: null },
  ],
  mediaUrls: [],
  targets: [
    { accountId: 'a1', text: null, media: null, options: null },
    {
      accountId: 'a2',
      text: 'For here',
      media: [{ id: 'm2', altText: null }],
      options: { visibility: 'unlisted' },
    },
  ],
}

test('the same content has the same hash, whatever the order of keys and of targets', () => {
  const again: HashedContent = {
    ...post,
    options: { thread: true, visibility: 'public' },
    targets: [...post.targets].reverse(),
  }
  expect(contentHash(again)).toEqual(contentHash(post))
})

test.each<[string, Partial<HashedContent>]>([
  ['text', { text: 'Launch Day' }],
  ['title', { title: 'Launch' }],
  ['link', { link: null }],
  ['hashtags', { hashtags: ['launch', 'day'] }],
  ['content type', { contentType: 'link' }],
  ['options', { options: { visibility: 'public' } }],
  ['order of media', { media: [...post.media].reverse() }],
  [
    'alt text',
    {
      media: [
        { id: 'm1', altText: 'A ship' },
        { id: 'm2', altText: null },
      ],
    },
  ],
  ['media addresses', { mediaUrls: ['https://example.com/a.jpg'] }],
  ['targets', { targets: post.targets.slice(0, 1) }],
  ['text of one target', { targets: post.targets.map((target) => ({ ...target, text: 'Other' })) }],
  ['options of one target', { targets: post.targets.map((target) => ({ ...target, options: {} })) }],
  [
    'alt text of one target',
    { targets: post.targets.map((target) => ({ ...target, media: [{ id: 'm2', altText: 'x' }] })) },
  ],
])('an approval does not outlive a change of the %s', (_what, change) => {
  expect(contentHash({ ...post, ...change })).not.toEqual(contentHash(post))
})

test('text cannot be moved between fields to forge a hash', () => {
  expect(contentHash({ ...post, text: 'ab', title: 'c' })).not.toEqual(
    contentHash({ ...post, text: 'a', title: 'bc' }),
  )
})

test('canonical JSON sorts keys at every depth and leaves out what is undefined', () => {
  expect(canonical({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}')
})
