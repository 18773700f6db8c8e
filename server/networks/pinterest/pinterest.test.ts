import { describe, expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { simulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Draft } from '../../domain/draft.ts'
import { fixedKeySource } from '../conformance-context.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo, uniqueText } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import { pinterest } from './index.ts'

async function openTrial() {
  const trial = new Trial(pinterest, () =>
    simulatedWorld({
      network: 'pinterest',
      app: { clientId: 'app', clientSecret: 'the secret of the app' },
      person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'grace' }) },
      belongs: (account, post) => post.place === account.name,
    }),
  )
  await trial.open()
  return { trial, [Symbol.asyncDispose]: () => trial.close() }
}

const { limits } = pinterest

describe('a Pin', () => {
  test('carries title, text, link and one alternative text made of all', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const images = await Promise.all(['one', 'two'].map((name) => sampleImage(limits, name)))
    const text = uniqueText('Soup')
    const draft = draftOf({
      text,
      title: 'Tomato soup',
      link: 'https://fanfare.example/soup?from=a',
      contentType: 'carousel',
    })
    await trial.publish(deliveryOf(limits, draft, images))
    const { data } = await feedOf(trial)
    expect(data[0]).toMatchObject({
      title: 'Tomato soup',
      text,
      link: { url: 'https://fanfare.example/soup?from=a' },
      media: [{ altText: 'What one.jpg shows\nWhat two.jpg shows' }, {}],
    })
  })

  test('goes to another board when the author names one, and is looked up there', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const [, other] = (await boardsOf(trial)) as [string, string]
    const draft = draftOf({
      text: uniqueText('Elsewhere'),
      contentType: 'image',
      options: { boardId: other },
    })
    const [write] = await trial.ready(deliveryOf(limits, draft, [await sampleImage(limits)]))
    const found = await trial.lookup(write as never)
    expect(found).toEqual({ outcome: 'absent' })
    const written = await trial.accept(write as never)
    expect(await trial.lookup(write as never)).toMatchObject({ externalId: written.externalId })
  })

  test('to a board that is gone fails for good and says so', async () => {
    await using opened = await openTrial()
    const draft = draftOf({ text: 'Nowhere', contentType: 'image', options: { boardId: '123' } })
    const [write] = await opened.trial.ready(deliveryOf(limits, draft, [await sampleImage(limits)]))
    expect(await opened.trial.commit(write as never)).toMatchObject({
      outcome: 'rejected',
      failure: {
        class: 'permanent',
        rule: 'pinterest.not_found',
        message: expect.stringContaining('Board not found'),
      },
    })
  })

  test('of a video that cannot be processed is never sent', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const video = { ...sampleVideo(), filename: 'unprocessable.mp4' }
    const draft = draftOf({ text: uniqueText('Broken film'), contentType: 'video' })
    const delivery = deliveryOf(limits, draft, [video])
    expect(await pinterest.prepare(trial.context(), delivery)).toMatchObject({
      outcome: 'failed',
      failure: { class: 'permanent', rule: 'pinterest.video_failed' },
    })
    expect(await trial.seen(draft.text)).toEqual([])
  })

  test('whose link differs is another Pin, one whose link got parameters is the same', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const deliver = async (link: string) =>
      deliveryOf(limits, draftOf({ text: 'The same text', link, contentType: 'image' }), [
        await sampleImage(limits),
      ])
    const [one] = await trial.ready(await deliver('https://fanfare.example/a'))
    const [other] = await trial.ready(await deliver('https://fanfare.example/b'))
    const [tracked] = await trial.ready(await deliver('https://fanfare.example/a?utm_source=pinterest'))
    await trial.accept(tracked as never)
    expect(await trial.lookup(other as never)).toEqual({ outcome: 'absent' })
    expect(await trial.lookup(one as never)).toMatchObject({ outcome: 'published' })
  })
})

describe('an account', () => {
  test('is one per board of the person', async () => {
    await using opened = await openTrial()
    const connected = await opened.trial.tryConnect()
    if (connected.outcome === 'failed') throw new Error(connected.failure.message)
    expect(connected.value.map(({ name, kind, handle }) => [name, kind, handle])).toEqual([
      ['Recipes', 'board', '@grace'],
      ['Places to go', 'board', '@grace'],
    ])
    expect(new Set(connected.value.map(({ externalId }) => externalId)).size).toBe(2)
  })

  test('keeps its connection over trouble, and loses it only when Pinterest says no', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const world = trial.world as Awaited<ReturnType<typeof simulatedWorld>>
    const refresh = () => pinterest.connect.kind === 'oauth' && pinterest.connect.refresh?.(trial.context())
    await world.control('faults', { network: 'pinterest', operation: 'oauth.token', kind: 'server_error' })
    expect(await refresh()).toMatchObject({ outcome: 'failed', failure: { class: 'transient' } })
    await world.control('faults', { network: 'pinterest', operation: 'oauth.token', kind: 'rate_limit' })
    expect(await refresh()).toMatchObject({ outcome: 'failed', failure: { class: 'rate_limited' } })
    expect(await refresh()).toMatchObject({
      outcome: 'done',
      value: { secret: { refreshToken: expect.any(String) } },
    })
    await world.control('clock', { advanceMs: 61 * 24 * 3_600_000 })
    expect(await refresh()).toMatchObject({ outcome: 'failed', failure: { class: 'reconnect' } })
  })
})

test('a draft is checked against what a Pin may be', () => {
  const image: Draft['media'][0] = {
    id: '1',
    kind: 'image',
    mimeType: 'image/png',
    filename: 'a.png',
    bytes: 1,
    width: 10,
    height: 10,
    durationMs: null,
    altText: null,
  }
  const rules = (changes: Partial<Draft>) =>
    checkDraft(pinterest, draftOf({ contentType: 'image', media: [image], ...changes }), limits).map(
      ({ rule }) => rule,
    )
  expect(rules({ text: 'a'.repeat(800), title: 't'.repeat(100), link: 'https://x.example' })).toEqual([])
  expect(rules({ text: 'a'.repeat(801), title: 't'.repeat(101) })).toEqual([
    'text_too_long',
    'title_too_long',
  ])
  expect(rules({ link: `https://x.example/${'a'.repeat(2048)}` })).toEqual(['link_too_long'])
  expect(rules({ media: [] })).toEqual(['media_required'])
})

test('alternative texts that do not fit together are kept as far as they do', async () => {
  const images = await Promise.all(['one', 'two', 'three'].map((name) => sampleImage(limits, name)))
  const delivery = deliveryOf(limits, draftOf({ text: 'x', contentType: 'carousel' }), images)
  const texts = ['a'.repeat(300), 'b'.repeat(300), 'c']
  const media = delivery.media.map((file, index) => ({ ...file, altText: texts[index] ?? null }))
  const [write] = pinterest.plan({ ...delivery, media }, { videoId: null }, fixedKeySource())
  expect(write?.payload).toMatchObject({ altText: `${'a'.repeat(300)}\nc` })
})

async function feedOf(trial: Trial) {
  const origin = trial.world.origin('api').replace(/\/pinterest$/, '')
  return (await (await fetch(`${origin}/feed.json?network=pinterest`)).json()) as { data: object[] }
}

async function boardsOf(trial: Trial): Promise<string[]> {
  const connected = await trial.tryConnect()
  return connected.outcome === 'done' ? connected.value.map(({ externalId }) => externalId) : []
}
