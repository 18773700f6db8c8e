import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Draft, MediaFacts } from '../../domain/draft.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { DeliveryInput, Write } from '../network.ts'
import { facebook } from './index.ts'

let world: SimulatedWorld
let pages = 'grace-bakery'
const trial = new Trial(facebook, async () => {
  world = await simulatedWorld({
    network: 'facebook',
    app: { clientId: 'an-app', clientSecret: 'the-secret-of-the-app' },
    person: {
      kind: 'oauth',
      consent: (url) => consentTo(url, { sandbox_person: 'grace', sandbox_pages: pages }),
    },
    belongs: () => true,
  })
  return world
})

beforeAll(() => trial.open(), 60_000)
afterAll(() => trial.close())
beforeEach(() => {
  world.exchanges.length = 0
})

const sent = (operation: string) => world.exchanges.filter((exchange) => exchange.operation === operation)
const upright = () => ({ ...sampleVideo(), width: 1080, height: 1920 })
const withVideo = (changes: Partial<Draft>, file = sampleVideo()): DeliveryInput =>
  deliveryOf(trial.limits, draftOf({ contentType: 'video', ...changes }), [file])
const withPicture = async (changes: Partial<Draft>): Promise<DeliveryInput> =>
  deliveryOf(trial.limits, draftOf({ contentType: 'image', ...changes }), [await sampleImage(trial.limits)])

describe('connecting', () => {
  test('each page of a consent is an account with a token of its own that does not run out', async () => {
    pages = 'grace-bakery,grace-workshop'
    const opened = await trial.tryConnect()
    pages = 'grace-bakery'
    if (opened.outcome === 'failed') throw new Error(opened.failure.message)
    expect(opened.value).toMatchObject([
      { kind: 'page', name: "Grace's Bakery", tokenExpiresAt: null },
      { kind: 'page', name: "Grace's Workshop", tokenExpiresAt: null },
    ])
    expect(new Set(opened.value.map(({ secret }) => JSON.stringify(secret))).size).toBe(2)
  })

  test('a consent without a page says what is missing', async () => {
    pages = 'none'
    const opened = await trial.tryConnect()
    pages = 'grace-bakery'
    expect(opened).toMatchObject({ outcome: 'failed', failure: { rule: 'facebook.no_pages' } })
  })
})

describe('publishing', () => {
  test('a link is a card, and stands in the words where there are pictures', async () => {
    const link = 'https://example.com/bread'
    await trial.publish(deliveryOf(trial.limits, draftOf({ text: 'Fresh', link, contentType: 'link' })))
    expect((await trial.seen('Fresh'))[0]?.text).toBe('Fresh')
    expect((await world.feed()).find((post) => post.text === 'Fresh')?.link?.url).toBe(link)
    await trial.publish(await withPicture({ text: 'Warm', link }))
    expect((await trial.seen('Warm'))[0]?.text).toBe(`Warm\n\n${link}`)
  })

  test('an upright short video is a reel, another a video, unless the person says', async () => {
    await trial.publish(withVideo({ text: 'A reel' }, upright()))
    expect((await world.feed()).find((post) => post.text === 'A reel')?.notes).toEqual(['reel'])
    expect(sent('rupload')).toHaveLength(1)
    await trial.publish(withVideo({ text: 'A film', title: 'Kneading' }))
    expect((await world.feed()).find((post) => post.text === 'A film')).toMatchObject({
      title: 'Kneading',
      notes: [],
    })
    await trial.publish(withVideo({ text: 'Upright film', options: { videoAs: 'video' } }, upright()))
    expect((await world.feed()).find((post) => post.text === 'Upright film')?.notes).toEqual([])
  })

  test('a large video goes up in the pieces that are asked for, and comes out whole', async () => {
    const small = sampleVideo()
    const bytes = Buffer.concat([small.bytes, Buffer.alloc(2_500_000, 'x')])
    await trial.publish(withVideo({ text: 'In pieces' }, { ...small, bytes }))
    // start, three pieces of at most a megabyte, finish
    expect(sent('videos.post')).toHaveLength(5)
    expect(await trial.seen('In pieces')).toMatchObject([{ media: 1 }])
  })

  test('stories are pictures or videos, and a picture is found again among the stories', async () => {
    const picture = await withPicture({ contentType: 'story' })
    const [write] = await trial.ready(picture)
    const story = await trial.accept(write as Write)
    expect(await trial.lookup(write as Write)).toMatchObject({
      outcome: 'published',
      externalId: story.externalId,
    })
    const [moving] = await trial.publish(withVideo({ contentType: 'story' }, upright()))
    const notes = (await world.feed()).filter(({ id }) => [story.externalId, moving?.externalId].includes(id))
    expect(notes.map((post) => post.notes)).toEqual([['story'], ['story']])
  })

  test('the first comment stands under the post, and is found there or known to be absent', async () => {
    const delivery = deliveryOf(
      trial.limits,
      draftOf({ text: 'Commented', options: { firstComment: 'And more' } }),
    )
    const [post, comment] = await trial.ready(delivery)
    const done = [await trial.accept(post as Write)]
    expect(await trial.lookup(comment as Write, done)).toEqual({ outcome: 'absent' })
    const written = await trial.accept(comment as Write, done)
    expect((await trial.seen('And more'))[0]).toMatchObject({
      externalId: written.externalId,
      replyTo: done[0]?.externalId,
    })
    expect(await trial.lookup(comment as Write, done)).toMatchObject({ outcome: 'published' })
  })

  test('a video that was only uploaded is absent; one that is being processed is not', async () => {
    const [write] = await trial.ready(withVideo({ text: 'Half-way' }))
    expect(await trial.lookup(write as Write)).toEqual({ outcome: 'absent' })
    await world.control('settings', { processingMs: 60_000 })
    const result = await trial.commit(write as Write)
    expect(result.outcome).toBe('pending')
    expect(await trial.lookup(write as Write)).toMatchObject({ outcome: 'unknown' })
    await world.control('settings', { processingMs: 50 })
  })

  test('a post is never called absent while the page has published something else since', async () => {
    const [mine] = await trial.ready(deliveryOf(trial.limits, draftOf({ text: 'Mine' })))
    const fencedAt = new Date()
    expect(await facebook.lookup(trial.context(), mine as Write, [], fencedAt)).not.toMatchObject({
      outcome: 'published',
    })
    await trial.publish(deliveryOf(trial.limits, draftOf({ text: 'Something else' })))
    expect(await facebook.lookup(trial.context(), mine as Write, [], fencedAt)).toMatchObject({
      outcome: 'unknown',
    })
  })

  test('the same text twice in a row is refused as what it is', async () => {
    await trial.publish(deliveryOf(trial.limits, draftOf({ text: 'Again and again' })))
    const [write] = await trial.ready(deliveryOf(trial.limits, draftOf({ text: 'Again and again' })))
    expect(await trial.commit(write as Write)).toMatchObject({
      outcome: 'rejected',
      failure: { class: 'permanent', rule: 'facebook.duplicate' },
    })
  })
})

describe('checking', () => {
  const video: MediaFacts = {
    id: '1',
    kind: 'video',
    mimeType: 'video/mp4',
    filename: 'clip.mp4',
    bytes: 1000,
    width: 1920,
    height: 1080,
    durationMs: 120_000,
    altText: null,
  }
  const rules = (changes: Partial<Draft>) =>
    checkDraft(facebook, draftOf(changes), trial.limits).map(({ rule }) => rule)

  test('a reel is upright and short; a story is one file of a minute without comments', () => {
    expect(rules({ contentType: 'video', media: [video] })).toEqual([])
    expect(rules({ contentType: 'video', media: [video], options: { videoAs: 'reel' } })).toEqual([
      'facebook.reel_ratio',
      'facebook.reel_duration',
    ])
    expect(rules({ contentType: 'story', media: [video] })).toEqual(['facebook.story_too_long'])
    expect(
      rules({
        contentType: 'story',
        media: [{ ...video, durationMs: 9000 }],
        options: { firstComment: 'x' },
      }),
    ).toEqual(['facebook.story_comment'])
    expect(rules({ contentType: 'story', text: 'x' })).toEqual(['media_required'])
  })
})
