import { expect, test } from 'vitest'
import type { Json } from '../network.ts'
import { answer, methodOf, testAccount } from './test-account.ts'

type Facet = { index: { byteStart: number; byteEnd: number }; features: Record<string, Json>[] }

/** What a reader's program finds at a facet: it cuts the bytes, not the letters. */
const marked = (text: string, { index }: Facet) =>
  Buffer.from(text).subarray(index.byteStart, index.byteEnd).toString('utf8')

test('links, hashtags and mentions are marked at their bytes, behind letters and emoji of several bytes', async () => {
  await using bluesky = await testAccount()
  const handle = String(bluesky.account.handle)
  const text = `Grüße 👨‍👩‍👧‍👦 @${handle}: https://example.com/ä?x=1, example.org #Köln 日本語 #日本`
  const [record] = bluesky.records(await bluesky.plan({ text, options: { linkCard: false } }))
  const facets = record?.facets as unknown as Facet[]
  expect(record?.text).toBe(text)
  expect(facets.map((facet) => [marked(text, facet), facet.features[0]])).toEqual([
    [`@${handle}`, { $type: 'app.bsky.richtext.facet#mention', did: bluesky.account.externalId }],
    [
      'https://example.com/ä?x=1',
      { $type: 'app.bsky.richtext.facet#link', uri: 'https://example.com/ä?x=1' },
    ],
    ['example.org', { $type: 'app.bsky.richtext.facet#link', uri: 'https://example.org' }],
    ['#Köln', { $type: 'app.bsky.richtext.facet#tag', tag: 'Köln' }],
    ['#日本', { $type: 'app.bsky.richtext.facet#tag', tag: '日本' }],
  ])
})

test('a mention of nobody stays plain text', async () => {
  await using bluesky = await testAccount()
  const [record] = bluesky.records(await bluesky.plan({ text: 'Hello @nobody.test' }))
  expect(record).toMatchObject({ text: 'Hello @nobody.test' })
  expect(record?.facets).toBeUndefined()
})

test('a mention is not lost to a server that is away for a moment', async () => {
  await using bluesky = await testAccount()
  bluesky.script((request) =>
    methodOf(request) === 'com.atproto.identity.resolveHandle'
      ? answer(502, { error: 'UpstreamFailure', message: 'Upstream service unreachable' })
      : null,
  )
  expect(await bluesky.prepare({ text: 'Hello @somebody.test' })).toMatchObject({
    outcome: 'failed',
    failure: { class: 'transient' },
  })
})

test('who was mentioned is asked once for a delivery, however often it is prepared', async () => {
  await using bluesky = await testAccount()
  const checkpoint = new Map()
  const text = `@${bluesky.account.handle} and @${bluesky.account.handle}`
  await bluesky.prepare({ text }, [], checkpoint)
  await bluesky.prepare({ text }, [], checkpoint)
  expect(bluesky.sent.map(methodOf)).toEqual(['com.atproto.identity.resolveHandle'])
})
