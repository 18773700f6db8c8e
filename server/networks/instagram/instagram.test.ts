import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Draft, MediaFacts } from '../../domain/draft.ts'
import type { Checkpoint } from '../conformance-context.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import { graphFailure } from '../graph-api.ts'
import type { DeliveryInput, Write } from '../network.ts'
import { instagramGraph } from './api.ts'
import { instagram } from './index.ts'

let world: SimulatedWorld
const trial = new Trial(instagram, async () => {
  world = await simulatedWorld({
    network: 'instagram',
    app: { clientId: 'an-app', clientSecret: 'the-secret-of-the-app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'grace' }) },
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
const forms = () =>
  sent('media.create').map(({ requestBody }) =>
    Object.fromEntries(new URLSearchParams(requestBody.toString('utf8'))),
  )
const withPicture = async (changes: Partial<Draft>): Promise<DeliveryInput> =>
  deliveryOf(trial.limits, draftOf({ contentType: 'image', ...changes }), [await sampleImage(trial.limits)])
const withVideo = (changes: Partial<Draft>): DeliveryInput =>
  deliveryOf(trial.limits, draftOf({ contentType: 'video', ...changes }), [sampleVideo()])

describe('connecting', () => {
  test('a professional account is known by the number that publishing wants', () => {
    expect(trial.account).toMatchObject({
      handle: 'grace',
      kind: 'profile',
      profileUrl: 'https://www.instagram.com/grace/',
      metadata: { accountType: 'BUSINESS' },
    })
    expect(trial.account.externalId).toMatch(/^178\d{13}$/)
  })

  test('a personal account is refused with what to do', async () => {
    await world.control('networks/instagram/setAccountType', { type: 'PERSONAL' })
    const opened = await trial.tryConnect()
    await world.control('networks/instagram/setAccountType', { type: 'BUSINESS' })
    expect(opened).toMatchObject({
      outcome: 'failed',
      failure: {
        class: 'permanent',
        rule: 'instagram.personal_account',
        remedy: expect.stringContaining('business'),
      },
    })
  })
})

describe('publishing', () => {
  test('a single video is a reel, with everything a reel can have', async () => {
    const options = {
      shareToFeed: true,
      thumbOffsetMs: 1500,
      audioName: 'Kneading',
      collaborators: ['ada'],
      userTags: [{ username: 'linus' }],
    }
    await trial.publish(withVideo({ text: 'Watch', options }))
    expect(forms()).toEqual([
      {
        media_type: 'REELS',
        video_url: expect.stringMatching(/\/clip\.mp4$/),
        share_to_feed: 'true',
        thumb_offset: '1500',
        audio_name: 'Kneading',
        user_tags: '[{"username":"linus"}]',
        caption: 'Watch',
        collaborators: '["ada"]',
      },
    ])
    expect(await world.feed()).toMatchObject([{ notes: ['reel', 'with @ada'] }])
  })

  test('a story has no caption and no alternative text, and is found again among the stories', async () => {
    const delivery = await withPicture({ text: 'Only here', contentType: 'story' })
    const [write] = await trial.ready(delivery)
    const story = await trial.accept(write as Write)
    expect(forms()).toEqual([{ media_type: 'STORIES', image_url: expect.stringMatching(/\/picture\.jpg$/) }])
    expect(await trial.lookup(write as Write)).toMatchObject({
      outcome: 'published',
      externalId: story.externalId,
      data: { isStory: true },
    })
    const counted = await instagram.metrics?.(trial.context(), [story])
    expect(counted).toMatchObject({ outcome: 'done', value: [{ raw: { replies: 0 } }] })
  })

  test('a carousel keeps its order, mixes pictures and videos, and its items have no captions', async () => {
    const files = [
      await sampleImage(trial.limits, 'one'),
      sampleVideo(),
      await sampleImage(trial.limits, 'three'),
    ]
    const draft = draftOf({ text: 'Three things', contentType: 'carousel' })
    await trial.publish(deliveryOf(trial.limits, draft, files))
    const [post] = await trial.seen('Three things')
    expect(post?.altTexts).toEqual(['What one.jpg shows', '', 'What three.jpg shows'])
    const items = forms().filter((form) => form.is_carousel_item)
    expect(items).toHaveLength(3)
    for (const item of items) expect(item.caption).toBeUndefined()
  })

  test('the first comment stands under the post, and is found there or known to be absent', async () => {
    const delivery = await withPicture({
      text: 'Commented',
      options: { firstComment: 'More in our profile' },
    })
    const [post, comment] = await trial.ready(delivery)
    const done = [await trial.accept(post as Write)]
    expect(await trial.lookup(comment as Write, done)).toEqual({ outcome: 'absent' })
    const written = await trial.accept(comment as Write, done)
    const [seen] = await trial.seen('More in our profile')
    expect(seen).toMatchObject({ externalId: written.externalId, replyTo: done[0]?.externalId })
    expect(await trial.lookup(comment as Write, done)).toMatchObject({ outcome: 'published' })
  })

  test('a process that died after making a container goes on with the same one', async () => {
    const checkpoint: Checkpoint = new Map()
    const delivery = await withPicture({ text: 'Only one container' })
    const first = await instagram.prepare(trial.context(checkpoint), delivery)
    const second = await instagram.prepare(trial.context(checkpoint), delivery)
    expect(second).toEqual(first)
    expect(sent('media.create')).toHaveLength(1)
  })

  test('an address that Instagram cannot fetch from is the operator’s to mend', async () => {
    const delivery = await withPicture({ text: 'Behind a wall' })
    const [file] = delivery.media
    if (file) file.publicUrl = () => 'https://nowhere.example/picture.jpg'
    expect(await instagram.prepare(trial.context(), delivery)).toMatchObject({
      outcome: 'failed',
      failure: { class: 'administrator', remedy: expect.stringContaining('FANFARE_PUBLIC_URL') },
    })
  })

  test('an account at its quota waits, and nothing is prepared', async () => {
    await world.control('networks/instagram/setQuota', { used: 100 })
    const full = await instagram.prepare(trial.context(), await withPicture({ text: 'One too many' }))
    await world.control('networks/instagram/setQuota', { used: 1 })
    expect(full).toMatchObject({
      outcome: 'failed',
      failure: { class: 'rate_limited', rule: 'instagram.quota_reached' },
    })
    expect(sent('media.create')).toEqual([])
  })
})

describe('checking', () => {
  const fact = (changes: Partial<MediaFacts>): MediaFacts => ({
    id: '1',
    kind: 'image',
    mimeType: 'image/jpeg',
    filename: 'file',
    bytes: 1000,
    width: 1080,
    height: 1080,
    durationMs: null,
    altText: null,
    ...changes,
  })
  const video = fact({ kind: 'video', mimeType: 'video/mp4', width: 1080, height: 1920, durationMs: 70_000 })
  const rules = (changes: Partial<Draft>) =>
    checkDraft(instagram, draftOf({ contentType: 'image', ...changes }), trial.limits).map(({ rule }) => rule)

  test('pictures in the feed keep to their frame; stories are tall', () => {
    const tall = fact({ width: 1080, height: 1920 })
    expect(rules({ media: [fact({})] })).toEqual([])
    expect(rules({ media: [fact({ width: 1080, height: 1350 })] })).toEqual([])
    expect(rules({ media: [tall] })).toEqual(['instagram.picture_ratio'])
    expect(rules({ media: [fact({ width: 2000, height: 1000 })] })).toEqual(['instagram.picture_ratio'])
    expect(rules({ contentType: 'story', media: [tall] })).toEqual([])
  })

  test('a story is one file, at most a minute, without comments', () => {
    expect(rules({ contentType: 'story', media: [fact({}), fact({ id: '2' })] })).toEqual([
      'instagram.story_of_many',
    ])
    expect(rules({ contentType: 'story', media: [video] })).toEqual(['instagram.story_too_long'])
    expect(rules({ contentType: 'video', media: [video] })).toEqual([])
    expect(rules({ contentType: 'story', media: [fact({})], options: { firstComment: 'x' } })).toEqual([
      'instagram.story_comment',
    ])
  })

  test('nothing is published without media, and thirty hashtags and twenty mentions are the most', () => {
    expect(rules({ text: 'Just words' })).toContain('media_required')
    const mentions = Array.from({ length: 21 }, (_, n) => `@person${n}`).join(' ')
    expect(rules({ media: [fact({})], text: mentions })).toEqual(['instagram.too_many_mentions'])
    const tags = Array.from({ length: 31 }, (_, n) => `#tag${n}`).join(' ')
    expect(rules({ media: [fact({})], text: tags })).toHaveLength(1)
  })
})

describe('failures', () => {
  const failureOf = (error: Record<string, unknown>, status = 400, headers: Record<string, string> = {}) =>
    graphFailure(
      instagramGraph,
      {
        kind: 'answer',
        status,
        ok: false,
        headers: new Headers(headers),
        bytes: new Uint8Array(),
        text: '',
        json: { error },
        url: '',
      },
      'publish the post',
    )

  test('codes and subcodes decide, words do not', () => {
    const cases: [Record<string, unknown>, string, string][] = [
      [{ code: 190, error_subcode: 460 }, 'reconnect', 'instagram.token_invalid'],
      [{ code: 9, error_subcode: 2207042 }, 'rate_limited', 'instagram.quota_reached'],
      [{ code: 9007, error_subcode: 2207027 }, 'transient', 'instagram.not_ready'],
      [{ code: 36003, error_subcode: 2207009 }, 'permanent', 'instagram.image_ratio'],
      [{ code: 25, error_subcode: 2207050 }, 'reconnect', 'instagram.account_restricted'],
      [{ code: 200 }, 'reconnect', 'instagram.permission_missing'],
      [{ code: 10 }, 'administrator', 'instagram.permission'],
      [{ code: 80002 }, 'rate_limited', 'instagram.rate_limited'],
      [{ code: 99999, is_transient: true }, 'transient', 'instagram.server_error'],
      [{ code: 99999, message: 'rate limit token expired' }, 'permanent', 'instagram.rejected'],
    ]
    for (const [error, kind, rule] of cases) expect(failureOf(error)).toMatchObject({ class: kind, rule })
  })

  test('how long to wait comes from the headers, and a token in the words is left out', () => {
    const usage = JSON.stringify({ 1: [{ estimated_time_to_regain_access: 7 }, { call_count: 3 }] })
    expect(failureOf({ code: 4 }, 400, { 'x-business-use-case-usage': usage }).retryAfterMs).toBe(420_000)
    expect(failureOf({ code: 4 }, 400, { 'retry-after': '30' }).retryAfterMs).toBe(30_000)
    expect(failureOf({ code: 4 }, 400, { 'x-business-use-case-usage': '{' }).retryAfterMs).toBe(900_000)
    const token = `IGAA${'x7'.repeat(40)}`
    const told = failureOf({ code: 100, message: `Malformed access token ${token}` })
    expect(told.message).toBe('Instagram refused to publish the post: Malformed access token ...')
  })
})
