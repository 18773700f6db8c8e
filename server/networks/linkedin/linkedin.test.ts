import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SimulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Draft } from '../../domain/draft.ts'
import { deliveryOf, draftOf, sampleImage } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { SampleFile } from '../conformance-world.ts'
import type { Write } from '../network.ts'
import { linkedin } from './index.ts'
import { openWorld, pageFacts, pagesOnly } from './test-world.ts'

let world: SimulatedWorld
const opened = async (facts: Parameters<typeof openWorld>[0]) => {
  world = await openWorld(facts)
  return world
}
const pdf = (head = '%PDF-1.7'): SampleFile => ({
  mimeType: 'application/pdf',
  filename: 'slides.pdf',
  bytes: Buffer.from(`${head}\n%%EOF`),
  width: null as never,
  height: null as never,
  durationMs: null,
})

describe('a page', () => {
  const trial = new Trial(pagesOnly, () => opened(pageFacts))
  beforeAll(() => trial.open(), 60_000)
  afterAll(() => trial.close())
  const shown = async (text: string) => (await world.feed()).find((post) => post.text.includes(text))

  test('a document goes out with its title, as the slides that LinkedIn makes of it', async () => {
    const draft = draftOf({ text: 'Our slides', title: 'Bread in ten steps', contentType: 'carousel' })
    const delivery = deliveryOf(trial.limits, draft, [pdf()])
    expect(checkDraft(linkedin, delivery.draft, trial.limits)).toEqual([])
    await trial.publish(delivery)
    expect(await shown('Our slides')).toMatchObject({
      title: 'Bread in ten steps',
      media: [{ kind: 'document', mimeType: 'application/pdf' }],
    })
  })

  test('a document that LinkedIn cannot read fails before anything is visible, with a remedy', async () => {
    const delivery = deliveryOf(trial.limits, draftOf({ text: 'Broken', contentType: 'carousel' }), [
      pdf('not one'),
    ])
    expect(await linkedin.prepare({ ...trial.context(), media: delivery.media }, delivery)).toMatchObject({
      outcome: 'failed',
      failure: { class: 'permanent', rule: 'linkedin.processing_failed' },
    })
  })

  test('documents, images and videos do not mix, and a post has one document', () => {
    const rules = (media: Draft['media']) =>
      checkDraft(linkedin, draftOf({ contentType: 'carousel', media }), trial.limits).map(({ rule }) => rule)
    const [file] = deliveryOf(trial.limits, draftOf({}), [pdf()]).draft.media
    if (!file) throw new Error('There is no file')
    const image = { ...file, kind: 'image' as const, mimeType: 'image/png' }
    expect(rules([file, file])).toEqual(['too_many_documents'])
    expect(rules([file, image])).toEqual(['mixed_media'])
    expect(rules([{ ...file, mimeType: 'text/plain' }])).toEqual(['media_type_unsupported'])
    expect(rules([{ ...file, bytes: 100_000_001 }])).toEqual(['media_too_large'])
    expect(rules([{ ...file, bytes: 100_000_000 }])).toEqual([])
  })

  test('a link is a card with what was written for it; beside pictures it stands in the words', async () => {
    const link = 'https://example.com/bread_(dark)'
    const card = draftOf({ text: 'Fresh', link, title: 'Bread', options: { linkDescription: 'Warm' } })
    await trial.publish(deliveryOf(trial.limits, card))
    expect((await shown('Fresh'))?.link).toEqual({ url: link, title: 'Bread', description: 'Warm' })
    const picture = deliveryOf(trial.limits, draftOf({ text: 'Seen', link, contentType: 'image' }), [
      await sampleImage(trial.limits),
    ])
    await trial.publish(picture)
    expect((await shown('Seen'))?.text).toBe(`Seen\n\n${link}`)
    const tooLong = { ...picture.draft, text: 'a'.repeat(2990) }
    expect(checkDraft(linkedin, tooLong, trial.limits)).toMatchObject([
      { rule: 'linkedin.text_with_link_too_long', value: 3024 },
    ])
  })

  test('the first comment is found under the post, or known to be absent', async () => {
    const draft = draftOf({ text: 'Commented', options: { firstComment: 'And more' } })
    const [post, comment] = await trial.ready(deliveryOf(trial.limits, draft))
    const done = [await trial.accept(post as Write)]
    expect(await trial.lookup(comment as Write, done)).toEqual({ outcome: 'absent' })
    const written = await trial.accept(comment as Write, done)
    expect(await trial.lookup(comment as Write, done)).toMatchObject({
      outcome: 'published',
      externalId: written.externalId,
    })
    expect((await trial.seen('And more'))[0]).toMatchObject({ replyTo: done[0]?.externalId })
  })

  test('a post found in the list of the page counts as published', async () => {
    const [write] = await trial.ready(deliveryOf(trial.limits, draftOf({ text: 'Listed (or not)' })))
    const post = await trial.accept(write as Write)
    expect(await trial.lookup(write as Write)).toMatchObject({
      outcome: 'published',
      externalId: post.externalId,
    })
  })

  test('followers, what the posts of a year got, and who came in the last month are its numbers', async () => {
    const counted = await linkedin.accountMetrics?.(trial.context())
    if (counted?.outcome !== 'done') throw new Error(JSON.stringify(counted))
    expect(counted.value.followers).toBeGreaterThan(0)
    expect(counted.value.raw).toMatchObject({
      totalShareStatistics: { impressionCount: expect.any(Number) },
      followerGains: { days: 30, organic: expect.any(Number), paid: 0 },
    })
  })
})

describe('a member', () => {
  const trial = new Trial(linkedin, () => opened({}))
  beforeAll(() => trial.open(), 60_000)
  afterAll(() => trial.close())

  test('whose comments nobody may read: a lost answer to one stays open', async () => {
    const draft = draftOf({ text: 'Mine', options: { firstComment: 'Lost' } })
    const [post, comment] = await trial.ready(deliveryOf(trial.limits, draft))
    const done = [await trial.accept(post as Write)]
    await world.breakNextWrite('cut_after')
    expect(await trial.commit(comment as Write, done)).toMatchObject({ outcome: 'unknown' })
    expect(await trial.lookup(comment as Write, done)).toMatchObject({ outcome: 'unknown' })
    // The engine must not send it again: nothing refuses the second one.
    expect(linkedin.recovery.repeatableKinds).toEqual(['post'])
  })

  test('has no numbers without the permission for them, and is not asked for any', async () => {
    const [post] = await trial.publish(deliveryOf(trial.limits, draftOf({ text: 'Uncounted' })))
    if (!post) throw new Error('Nothing was published')
    const before = trial.http.sent.length
    expect(await linkedin.metrics?.(trial.context(), [post])).toEqual({ outcome: 'done', value: [] })
    expect(await linkedin.accountMetrics?.(trial.context())).toEqual({ outcome: 'done', value: { raw: {} } })
    expect(trial.http.sent.length).toBe(before)
  })
})
