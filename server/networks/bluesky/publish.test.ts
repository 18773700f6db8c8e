import { expect, test } from 'vitest'
import { checkDraft } from '../../domain/check-draft.ts'
import { draftOf, sampleImage } from '../conformance-samples.ts'
import type { Json } from '../network.ts'
import { bluesky as network } from './index.ts'
import { answer, methodOf, testAccount } from './test-account.ts'
import { isTid, tidOf } from './tid.ts'

type Reply = { root: { uri: string; cid: string }; parent: { uri: string; cid: string } }

test('an answer to a post names that post and the beginning of its conversation', async () => {
  await using bluesky = await testAccount()
  const [root] = await bluesky.publish({ text: 'The beginning' })
  const [answered] = await bluesky.publish({ text: 'An answer', options: { replyTo: root?.url } })
  const [write] = await bluesky.plan({ text: 'An answer to it', options: { replyTo: answered?.externalId } })
  expect(write?.kind).toBe('reply')
  const reply = bluesky.records([write as never])[0]?.reply as unknown as Reply
  expect(reply.parent.uri).toBe(answered?.externalId)
  expect(reply.root.uri).toBe(root?.externalId)
  expect(root?.data).toEqual({ cid: reply.root.cid })
})

test('a thread that answers a post hangs below it with all of its parts', async () => {
  await using bluesky = await testAccount()
  const [root] = await bluesky.publish({ text: 'The beginning' })
  const text = 'word '.repeat(100)
  const written = await bluesky.publish({ text, options: { replyTo: root?.url, thread: true } })
  expect(written).toHaveLength(2)
  const put = bluesky.sent
    .filter((request) => methodOf(request) === 'com.atproto.repo.putRecord')
    .map(({ json }) => (json as { record: { reply?: Reply } }).record.reply)
  expect(put.map((reply) => reply?.root.uri)).toEqual([undefined, root?.externalId, root?.externalId])
  expect(put.map((reply) => reply?.parent.uri)).toEqual([undefined, root?.externalId, written[0]?.externalId])
})

test('a post that is gone cannot be answered, and its author is told so', async () => {
  await using bluesky = await testAccount()
  const [root] = await bluesky.publish({ text: 'Soon gone' })
  await bluesky.world.control('networks/bluesky/deletePost', { uri: root?.externalId })
  expect(await bluesky.prepare({ text: 'Too late', options: { replyTo: root?.url } })).toMatchObject({
    outcome: 'failed',
    failure: { class: 'permanent', rule: 'bluesky.reply_target_gone' },
  })
})

test('languages, content warnings and the first comment are part of the plan', async () => {
  await using bluesky = await testAccount()
  const writes = await bluesky.plan({
    text: 'Hallo',
    options: {
      langs: ['de'],
      contentWarnings: ['graphic-media'],
      firstComment: 'More at https://example.com',
    },
  })
  expect(writes.map(({ kind }) => kind)).toEqual(['post', 'comment'])
  const [post, comment] = bluesky.records(writes)
  expect(post).toMatchObject({
    langs: ['de'],
    labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'graphic-media' }] },
  })
  expect(comment).toMatchObject({ text: 'More at https://example.com' })
  expect(JSON.stringify(comment?.facets)).toContain('https://example.com')
})

test('the parts of a thread have keys and dates that sort in their order', async () => {
  await using bluesky = await testAccount()
  const writes = await bluesky.plan({
    text: 'word '.repeat(300),
    options: { thread: true, threadNumbering: true },
  })
  const records = bluesky.records(writes)
  expect(writes.length).toBeGreaterThan(4)
  for (const { key } of writes) expect(isTid(key)).toBe(true)
  expect(writes.map(({ key }) => key)).toEqual(writes.map(({ key }) => key).toSorted())
  const dates = records.map(({ createdAt }) => String(createdAt))
  expect(dates).toEqual([...new Set(dates)].toSorted())
  expect(String(records[0]?.text)).toMatch(new RegExp(` 1/${writes.length}$`))
})

test('keys are what the protocol wants, for any time and any chance', () => {
  const at = new Date('2026-11-22T10:00:00.000Z')
  expect(tidOf(at, 0) < tidOf(at, 2 ** 20 - 1)).toBe(true)
  expect(tidOf(at, 2 ** 20 - 1) < tidOf(new Date(at.getTime() + 1), 0)).toBe(true)
  for (const random of [0, 1, 1023, 1024, 2 ** 20 - 1]) expect(isTid(tidOf(at, random))).toBe(true)
  expect(new Set(Array.from({ length: 1000 }, (_, index) => tidOf(at, index << 10))).size).toBe(1000)
})

test('what is under our key already is ours, though the server keeps it in another form', async () => {
  await using bluesky = await testAccount()
  const [write] = await bluesky.plan({ text: 'Kept otherwise' })
  if (!write) throw new Error('Nothing was planned')
  await network.commit(bluesky.context(), write, [])
  const changed = {
    ...write,
    payload: { ...(write.payload as object), record: { ...bluesky.records([write])[0], langs: ['en'] } },
  }
  const again = await network.commit(bluesky.context(), changed as never, [])
  expect(again).toMatchObject({ outcome: 'accepted', externalId: expect.stringContaining(write.key) })
  expect(await bluesky.world.feed()).toHaveLength(1)
})

test('a server that says the post exists and does not show it leaves it open', async () => {
  await using bluesky = await testAccount()
  const [write] = await bluesky.plan({ text: 'Half known' })
  bluesky.script((request) =>
    methodOf(request) === 'com.atproto.repo.putRecord'
      ? answer(400, { error: 'InvalidSwap', message: 'Record was at bafy' })
      : answer(502, { error: 'UpstreamFailure' }),
  )
  expect(await network.commit(bluesky.context(), write as never, [])).toMatchObject({ outcome: 'unknown' })
  expect(await network.lookup(bluesky.context(), write as never, [], new Date())).toMatchObject({
    outcome: 'unknown',
  })
})

test('a server that cannot be reached has certainly not published', async () => {
  await using bluesky = await testAccount()
  const [write] = await bluesky.plan({ text: 'Nobody there' })
  bluesky.script(() => ({ kind: 'not_sent', why: 'ECONNREFUSED' }))
  expect(await network.commit(bluesky.context(), write as never, [])).toMatchObject({
    outcome: 'rejected',
    failure: { class: 'transient' },
  })
  expect(await network.lookup(bluesky.context(), write as never, [], new Date())).toMatchObject({
    outcome: 'unknown',
  })
})

test('a file that the server has forgotten meanwhile is no fault of the post', async () => {
  await using bluesky = await testAccount()
  const [write] = await bluesky.plan({ text: 'x', contentType: 'image' }, [await sampleImage(network.limits)])
  const image = {
    image: { $type: 'blob', ref: { $link: `bafkrei${'a'.repeat(52)}` }, mimeType: 'image/png', size: 1 },
  }
  const record = {
    ...bluesky.records([write as never])[0],
    embed: { $type: 'app.bsky.embed.images', images: [{ ...image, alt: '' }] },
  }
  const result = await network.commit(
    bluesky.context(),
    { ...write, payload: { record, answersPrevious: false } } as never,
    [],
  )
  expect(result).toMatchObject({
    outcome: 'rejected',
    failure: { class: 'transient', rule: 'bluesky.upload_gone' },
  })
})

test('pictures carry their shape where it is known, and always an alternative text', async () => {
  await using bluesky = await testAccount()
  const files = [await sampleImage(network.limits), { ...(await sampleImage(network.limits)), width: 0 }]
  const [record] = bluesky.records(await bluesky.plan({ text: 'x', contentType: 'carousel' }, files))
  const { images } = (record?.embed ?? {}) as { images: Record<string, Json>[] }
  expect(images.map(({ aspectRatio }) => aspectRatio)).toEqual([{ width: 480, height: 480 }, undefined])
  for (const { alt } of images) expect(typeof alt).toBe('string')
})

test('what the common check cannot know is checked as well', () => {
  const issues = (changes: Parameters<typeof draftOf>[0]) =>
    checkDraft(network, draftOf(changes), network.limits).map(({ rule }) => rule)
  const image = {
    id: 'm',
    kind: 'image' as const,
    mimeType: 'image/png',
    filename: 'a.png',
    bytes: 10,
    width: 1,
    height: 1,
    durationMs: null,
    altText: null,
  }
  const link = `https://example.com/${'a'.repeat(80)}`
  const beside = { text: 'x'.repeat(250), link, media: [image], contentType: 'image' as const }
  expect(issues(beside)).toEqual(['bluesky.link_beside_media'])
  expect(issues({ ...beside, text: 'x'.repeat(198) })).toEqual([])
  expect(issues({ ...beside, options: { thread: true } })).toEqual([])
  expect(issues({ text: 'x'.repeat(250), link, contentType: 'link' })).toEqual([])
  expect(issues({ text: 'x', options: { replyTo: 'https://example.com/some/post' } })).toEqual([
    'bluesky.reply_address_invalid',
  ])
  expect(
    issues({ text: 'x', options: { replyTo: 'https://bsky.app/profile/a.test/post/3lbfxqkabcd2a?x' } }),
  ).toEqual([])
  expect(issues({ text: 'x', options: { firstComment: 'x'.repeat(301) } })).toEqual([
    'first_comment_too_long',
  ])
})
