import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Checkpoint } from '../conformance-context.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { Json, Write } from '../network.ts'
import { threads } from './index.ts'

let world: SimulatedWorld
const trial = new Trial(threads, async () => {
  world = await simulatedWorld({
    network: 'threads',
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

const textOf = (text: string, options: Record<string, Json> = {}) =>
  deliveryOf(trial.limits, draftOf({ text, options }))
const sent = (operation: string) => world.exchanges.filter((exchange) => exchange.operation === operation)
const forms = () =>
  sent('threads.create').map(({ requestBody }) =>
    Object.fromEntries(new URLSearchParams(requestBody.toString('utf8'))),
  )

describe('connecting', () => {
  test('the account is known by its number and handle, with a token of sixty days', () => {
    const { account } = trial
    expect(account).toMatchObject({ kind: 'profile', handle: 'grace', name: 'Grace Example' })
    expect(account.externalId).toMatch(/^\d{16}$/)
    const days = ((account.tokenExpiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(59)
    expect(days).toBeLessThan(61)
  })

  test('a token is renewed with itself, before it runs out', async () => {
    const { connect } = threads
    if (connect.kind !== 'oauth' || !connect.refresh) throw new Error('Threads renews tokens')
    const fresh = await connect.refresh(trial.context())
    if (fresh.outcome === 'failed') throw new Error(fresh.failure.message)
    expect(fresh.value.secret).not.toEqual(trial.account.secret)
    expect(fresh.value.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 59 * 86_400_000)

    const dead = await connect.refresh(
      trial.contextOf({ ...trial.account, secret: { accessToken: 'expired' } }),
    )
    expect(dead).toMatchObject({ outcome: 'failed', failure: { class: 'reconnect' } })
  })
})

describe('publishing', () => {
  test('everything a text post can have is in its container', async () => {
    await trial.publish(
      textOf('Which one? https://example.com', {
        replyControl: 'followers_only',
        topicTag: 'Bread',
        poll: ['Rye', 'Spelt'],
        quotePostId: '123',
      }),
    )
    expect(forms()).toEqual([
      {
        media_type: 'TEXT',
        text: 'Which one? https://example.com',
        reply_control: 'followers_only',
        topic_tag: 'Bread',
        quote_post_id: '123',
        poll_attachment: '{"option_a":"Rye","option_b":"Spelt"}',
      },
    ])
    const [post] = await world.feed()
    expect(post?.notes).toEqual(['topic: Bread', 'answers: followers_only', 'poll: Rye / Spelt'])
    expect(post?.url).toContain('/threads/web/@grace/post/')
  })

  test('a carousel mixes pictures and a video, in order, each with its alternative text', async () => {
    const draft = draftOf({ text: 'Mixed', contentType: 'carousel' })
    const files = [
      await sampleImage(trial.limits, 'one'),
      sampleVideo(),
      await sampleImage(trial.limits, 'three'),
    ]
    await trial.publish(deliveryOf(trial.limits, draft, files))
    const [post] = await trial.seen('Mixed')
    expect(post?.altTexts).toEqual(['What one.jpg shows', 'What clip.mp4 shows', 'What three.jpg shows'])
    expect(forms().map((form) => [form.media_type, form.is_carousel_item])).toEqual(
      expect.arrayContaining([
        ['IMAGE', 'true'],
        ['VIDEO', 'true'],
        ['CAROUSEL', undefined],
      ]),
    )
  })

  test('the first comment answers the post', async () => {
    const [post, comment] = await trial.publish(
      textOf('With a comment', { firstComment: 'And one more thing' }),
    )
    const [seen] = await trial.seen('And one more thing')
    expect(seen).toMatchObject({ externalId: comment?.externalId, replyTo: post?.externalId })
  })

  test('an answer whose process died is found by its own container, or known never to have been sent', async () => {
    const checkpoint: Checkpoint = new Map()
    const ctx = { ...trial.context(checkpoint), media: [] }
    const delivery = textOf('Parent', { firstComment: 'Child' })
    const [first, second] = await trial.ready(delivery, ctx)
    const done = [await trial.accept(first as Write, [], ctx)]
    const fencedAt = new Date()
    expect(await threads.lookup(ctx, second as Write, done, fencedAt)).toEqual({ outcome: 'absent' })
    const child = await trial.accept(second as Write, done, ctx)
    expect(await threads.lookup(ctx, second as Write, done, fencedAt)).toMatchObject({
      outcome: 'published',
      externalId: child.externalId,
    })
  })

  test('a container that failed for a passing reason is made anew; one whose file is refused is not', async () => {
    const image = await sampleImage(trial.limits, 'picture')
    const draft = draftOf({ text: 'Flaky', contentType: 'image' })
    const delivery = deliveryOf(trial.limits, draft, [image])
    let fetches = 0
    const [file] = delivery.media
    if (!file) throw new Error('The delivery has a file')
    file.publicUrl = () =>
      ++fetches === 1 ? 'https://nowhere.example/x.jpg' : 'https://media.example/picture.jpg'
    await trial.publish(delivery)
    expect(fetches).toBe(2)
    expect(await trial.seen('Flaky')).toHaveLength(1)

    file.publicUrl = () => 'https://media.example/clip.mp4'
    const refused = await threads.prepare(trial.context(), delivery)
    expect(refused).toMatchObject({
      outcome: 'failed',
      failure: { class: 'permanent', rule: 'threads.media_refused' },
    })

    file.publicUrl = () => 'https://nowhere.example/x.jpg'
    const unreachable = await threads.prepare(trial.context(), delivery)
    expect(unreachable).toMatchObject({
      outcome: 'failed',
      failure: { class: 'transient', remedy: expect.stringContaining('FANFARE_PUBLIC_URL') },
    })
  })

  test('an account that has published its 250 posts waits, and nothing is prepared', async () => {
    await world.control('networks/threads/setQuota', { used: 250 })
    const budgets: number[] = []
    const ctx = { ...trial.context(), budget: (left: number) => void budgets.push(left) }
    const full = await threads.prepare(ctx, textOf('One too many'))
    expect(full).toMatchObject({
      outcome: 'failed',
      failure: { class: 'rate_limited', retryAfterMs: 3_600_000 },
    })
    expect(budgets).toEqual([0])
    expect(sent('threads.create')).toEqual([])
    await world.control('networks/threads/setQuota', { used: 3 })
    expect(await threads.prepare(ctx, textOf('Room again'))).toMatchObject({ outcome: 'ready' })
    expect(budgets).toEqual([0, 247])
  })
})

describe('checking', () => {
  const issuesOf = (text: string, options: Record<string, Json> = {}) =>
    checkDraft(threads, draftOf({ text, options }), trial.limits).map(({ rule }) => rule)

  test('emoji count as their bytes', () => {
    expect(issuesOf('a'.repeat(500))).toEqual([])
    expect(issuesOf('é'.repeat(500))).toEqual([])
    expect(issuesOf('🥐'.repeat(125))).toEqual([])
    expect(issuesOf('🥐'.repeat(126))).toEqual(['text_too_long'])
  })

  test('what Threads would refuse is said before anything is sent', async () => {
    const links = [1, 2, 3, 4, 5, 6].map((n) => `https://example.com/${n}`).join(' ')
    expect(issuesOf(links)).toEqual(['threads.too_many_links'])
    expect(issuesOf('x', { poll: ['a', 'b'], linkAttachment: 'https://example.com' })).toEqual([
      'threads.poll_with_link',
    ])
    expect(issuesOf('x', { firstComment: 'y'.repeat(501) })).toEqual(['text_too_long'])
    const image = await sampleImage(trial.limits, 'picture')
    const { draft } = deliveryOf(trial.limits, draftOf({ text: 'x', options: { poll: ['a', 'b'] } }), [image])
    expect(checkDraft(threads, draft, trial.limits).map(({ rule }) => rule)).toEqual([
      'threads.poll_with_media',
    ])
  })
})
