import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Draft } from '../../domain/draft.ts'
import { fixedKeySource } from '../conformance-context.ts'
import { deliveryOf, draftOf } from '../conformance-samples.ts'
import { mastodon } from './index.ts'
import type { StatusPayload } from './publish.ts'

const check = (changes: Partial<Draft>) =>
  checkDraft(mastodon, draftOf({ text: 'Hello', ...changes }), mastodon.limits)
const rules = (changes: Partial<Draft>) => check(changes).map(({ rule }) => rule)
const plan = (changes: Partial<Draft>, mediaIds: string[] = []) =>
  mastodon
    .plan(deliveryOf(mastodon.limits, draftOf(changes)), { mediaIds }, fixedKeySource())
    .map(({ kind, payload }) => ({ kind, ...(payload as StatusPayload) }))

test('a content warning counts as part of the post', () => {
  const options = { contentWarning: 'w'.repeat(100) }
  expect(rules({ text: 'a'.repeat(400), options })).toEqual([])
  const [issue] = check({ text: 'a'.repeat(401), options })
  expect(issue).toMatchObject({ path: 'text', limit: 500, value: 501, network: 'mastodon' })
  expect(rules({ options: { contentWarning: 'w'.repeat(500) } })).toEqual(['content_warning_too_long'])
})

test('every part of a thread leaves room for the warning and carries it; media and poll stand on the first', () => {
  const text = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ')
  const options = { thread: true, contentWarning: 'w'.repeat(250), visibility: 'unlisted' }
  expect(rules({ text, options })).toEqual([])
  const parts = plan({ text, options }, ['7'])
  expect(parts.length).toBeGreaterThan(4)
  for (const part of parts) {
    expect(part.text.length).toBeLessThanOrEqual(250)
    expect(part).toMatchObject({ contentWarning: options.contentWarning, visibility: 'unlisted' })
  }
  expect(parts.map(({ mediaIds }) => mediaIds.length)).toEqual([1, ...parts.slice(1).map(() => 0)])
  expect(parts.map(({ kind }) => kind)).toEqual(['post', ...parts.slice(1).map(() => 'reply')])
})

test('a first comment answers the post, and has the same limit', () => {
  const parts = plan({ text: 'Post', options: { firstComment: 'Link in the bio', visibility: 'private' } })
  expect(parts).toMatchObject([
    { kind: 'post', answersPrevious: false },
    { kind: 'comment', text: 'Link in the bio', answersPrevious: true, visibility: 'private' },
  ])
  expect(rules({ options: { firstComment: 'a'.repeat(501) } })).toEqual(['first_comment_too_long'])
})

test('a post is answered by its id or its address', () => {
  const replyTo = (given: string) => plan({ text: 'x', options: { replyTo: given } })[0]?.replyTo
  expect(replyTo('109')).toBe('109')
  expect(replyTo('https://mastodon.social/@ada/109?x=1')).toBe('109')
})

test("a poll keeps to the server's limits and stands alone", () => {
  const poll = (changes: object) => ({ poll: { options: ['a', 'b'], expiresInSeconds: 3600, ...changes } })
  expect(rules({ options: poll({}) })).toEqual([])
  expect(rules({ options: poll({ options: ['a', 'b', 'c', 'd', 'e'] }) })).toEqual(['poll_too_many_options'])
  expect(rules({ options: poll({ options: ['a', 'a'] }) })).toEqual(['poll_options_repeat'])
  expect(rules({ options: poll({ options: ['a', 'b'.repeat(51)] }) })).toEqual(['poll_option_too_long'])
  expect(rules({ options: poll({ expiresInSeconds: 60 }) })).toEqual(['poll_duration'])
  const media: Draft['media'] = [
    {
      id: '1',
      kind: 'image',
      mimeType: 'image/png',
      filename: 'a.png',
      bytes: 1,
      width: 1,
      height: 1,
      durationMs: null,
      altText: null,
    },
  ]
  expect(rules({ options: poll({}), media, contentType: 'image' })).toEqual(['poll_with_media'])
})

test('options are what they say and nothing else', () => {
  const valid = { visibility: 'direct', language: 'de', sensitive: true, focus: { id: { x: 0, y: 1 } } }
  expect(Value.Check(mastodon.options, valid)).toBe(true)
  for (const wrong of [
    { visibility: 'all' },
    { language: 'German' },
    { colour: 'red' },
    { poll: { options: ['a'] } },
  ])
    expect(Value.Check(mastodon.options, wrong)).toBe(false)
})
