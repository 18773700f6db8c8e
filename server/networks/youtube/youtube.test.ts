import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import type { Draft } from '../../domain/draft.ts'
import type { Http } from '../../net/http.ts'
import { deliveryOf, draftOf, sampleVideo, uniqueText } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { AppBudget, DeliveryInput } from '../network.ts'
import { untilPacificMidnightMs } from './failure.ts'
import { youtube } from './index.ts'
import { titleOf } from './options.ts'

async function openTrial(processingMs = 50) {
  const trial = new Trial(youtube, () =>
    simulatedWorld({
      network: 'youtube',
      app: { clientId: 'app', clientSecret: 'the secret of the app' },
      person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'grace' }) },
      belongs: (account, post) => post.author.handle === account.handle,
      processingMs,
    }),
  )
  await trial.open()
  return {
    trial,
    world: trial.world as SimulatedWorld,
    [Symbol.asyncDispose]: () => trial.close(),
  }
}

const { limits } = youtube
const deliver = (changes: Partial<Draft> = {}, video = sampleVideo()): DeliveryInput =>
  deliveryOf(limits, draftOf({ text: uniqueText('Film'), contentType: 'video', ...changes }), [video])

/** Larger than a chunk. */
const largeVideo = () => ({ ...sampleVideo(), bytes: randomBytes(33 * 1024 * 1024) })

describe('uploading', () => {
  test('goes on where a broken connection left off, within the same session', async () => {
    await using opened = await openTrial()
    const { trial, world } = opened
    await world.control('faults', {
      network: 'youtube',
      operation: 'videos.insert.chunk',
      kind: 'cut',
      times: 1,
    })
    const delivery = deliver({}, largeVideo())
    let breaks = 1
    const http: Http = {
      async send(request) {
        // The second half of the file never arrives the first time.
        if (/bytes [1-9]\d*-/.test(request.headers?.['content-range'] ?? '') && breaks-- > 0)
          return { kind: 'no_answer', why: 'the line went dead' }
        return trial.http.send(request)
      },
    }
    const prepared = await youtube.prepare({ ...trial.context(), http, media: delivery.media }, delivery)
    expect(prepared.outcome).toBe('ready')
    const sessions = world.exchanges.filter(({ operation }) => operation === 'videos.insert')
    expect(sessions).toHaveLength(1)
    const sent = world.exchanges
      .filter(({ operation, cut }) => operation === 'videos.insert.chunk' && !cut)
      .map(({ requestHeaders, status }) => [requestHeaders['content-range'], status])
    const total = 33 * 1024 * 1024
    const half = 32 * 1024 * 1024
    expect(sent).toEqual([
      [`bytes */${total}`, 308],
      [`bytes 0-${half - 1}/${total}`, 308],
      [`bytes */${total}`, 308],
      [`bytes ${half}-${total - 1}/${total}`, 201],
    ])
  })

  test('begins anew when YouTube has forgotten the session', async () => {
    await using opened = await openTrial()
    const { trial, world } = opened
    const delivery = deliver()
    const checkpoint = new Map()
    await world.control('faults', {
      network: 'youtube',
      operation: 'videos.insert.chunk',
      kind: 'rate_limit',
    })
    const failed = await youtube.prepare(trial.context(checkpoint), delivery)
    expect(failed).toMatchObject({ outcome: 'failed', failure: { class: 'rate_limited' } })
    await world.control('networks/youtube/forget', {})
    expect(await youtube.prepare(trial.context(checkpoint), delivery)).toMatchObject({ outcome: 'ready' })
    expect(world.exchanges.filter(({ operation }) => operation === 'videos.insert')).toHaveLength(2)
  })

  test('is private: nobody sees the video before it is published', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const delivery = deliver()
    const [write] = await trial.ready(delivery)
    expect(await trial.seen(delivery.draft.text)).toEqual([])
    await trial.accept(write as never)
    expect(await trial.seen(delivery.draft.text)).toHaveLength(1)
  })

  test('waits for the next day in California when the quota is used up', async () => {
    await using opened = await openTrial()
    const { trial, world } = opened
    await world.control('networks/youtube/quota', { factor: 0 })
    const delivery = deliver()
    expect(await youtube.prepare(trial.context(), delivery)).toMatchObject({
      outcome: 'failed',
      failure: { class: 'rate_limited', rule: 'youtube.upload_limit', retryAfterMs: 86_400_000 },
    })
    const told: AppBudget[] = []
    const ctx = { ...trial.context(), appBudget: (budget: AppBudget) => void told.push(budget) }
    expect(await youtube.metrics?.(ctx, [{ externalId: 'x', url: null, data: null }])).toMatchObject({
      outcome: 'failed',
      failure: { class: 'rate_limited', rule: 'youtube.quota_exceeded' },
    })
    const untilMidnightMs = untilPacificMidnightMs(ctx.now())
    expect(told).toMatchObject([{ left: 0 }])
    expect(Math.abs((told[0]?.resetsAt.getTime() ?? 0) - ctx.now().getTime() - untilMidnightMs)).toBeLessThan(
      5_000,
    )
    expect(untilPacificMidnightMs(new Date('2026-11-22T07:59:00Z'))).toBe(120_000)
    expect(untilPacificMidnightMs(new Date('2026-07-01T07:00:00Z'))).toBe(24 * 3_600_000 + 60_000)
  })
})

describe('publishing', () => {
  test('is pending while YouTube processes the video, and taken back when it does not like what it finds', async () => {
    await using opened = await openTrial(60_000)
    const { trial, world } = opened
    const video = sampleVideo()
    const [write] = await trial.ready(deliver({}, video))
    const pending = await trial.commit(write as never)
    expect(pending).toMatchObject({ outcome: 'pending', pollAfterMs: 15_000 })
    await world.control('clock', { advanceMs: 60_001 })
    expect(await youtube.poll?.(trial.context(), write as never, {})).toMatchObject({ outcome: 'accepted' })

    const [again] = await trial.ready(deliver({}, video))
    await trial.commit(again as never)
    await world.control('clock', { advanceMs: 60_001 })
    expect(await youtube.poll?.(trial.context(), again as never, {})).toMatchObject({
      outcome: 'rejected',
      failure: {
        class: 'permanent',
        rule: 'youtube.rejected',
        message: expect.stringContaining('duplicate'),
      },
    })
    const broken = { ...sampleVideo(), bytes: Buffer.from('unprocessable film') }
    const [failing] = await trial.ready(deliver({}, broken))
    await trial.commit(failing as never)
    await world.control('clock', { advanceMs: 60_001 })
    expect(await youtube.poll?.(trial.context(), failing as never, {})).toMatchObject({
      failure: { rule: 'youtube.failed', message: expect.stringContaining('invalidFile') },
    })
  })

  test('says so when YouTube keeps the videos of this app private', async () => {
    await using opened = await openTrial()
    const { trial, world } = opened
    await world.control('networks/youtube/unaudited', { on: true })
    const [write] = await trial.ready(deliver())
    expect(await trial.commit(write as never)).toMatchObject({
      outcome: 'rejected',
      failure: { class: 'administrator', rule: 'youtube.locked_private' },
    })
  })

  test('keeps to what the author chose, and looks for that', async () => {
    await using opened = await openTrial()
    const { trial, world } = opened
    const options = {
      privacy: 'unlisted',
      tags: ['one', 'two words'],
      categoryId: '27',
      madeForKids: true,
      syntheticMedia: true,
      license: 'creativeCommon',
      embeddable: false,
    }
    const [write] = await trial.ready(deliver({ title: 'A title', options }))
    expect(await trial.lookup(write as never)).toEqual({ outcome: 'absent' })
    await trial.accept(write as never)
    expect(await trial.lookup(write as never)).toMatchObject({ outcome: 'published' })
    const inserted = world.exchanges.find(({ operation }) => operation === 'videos.insert')
    expect(JSON.parse(String(inserted?.requestBody))).toMatchObject({
      snippet: { title: 'A title', tags: ['one', 'two words'], categoryId: '27' },
      status: { privacyStatus: 'private', selfDeclaredMadeForKids: true },
    })
    const updated = world.exchanges.find(({ operation }) => operation === 'videos.update')
    expect(JSON.parse(String(updated?.requestBody)).status).toEqual({
      privacyStatus: 'unlisted',
      selfDeclaredMadeForKids: true,
      license: 'creativeCommon',
      embeddable: false,
      containsSyntheticMedia: true,
    })
  })

  test('a first comment is written once, and found again after a lost answer', async () => {
    await using opened = await openTrial()
    const { trial, world } = opened
    const delivery = deliver({ options: { firstComment: 'Questions? Ask here.' } })
    const [video, comment] = await trial.ready(delivery)
    const done = [await trial.accept(video as never)]
    expect(await trial.lookup(comment as never, done)).toEqual({ outcome: 'absent' })
    await world.breakNextWrite('cut_after')
    expect(await trial.commit(comment as never, done)).toMatchObject({ outcome: 'unknown' })
    const found = await trial.lookup(comment as never, done)
    expect(found).toMatchObject({ outcome: 'published', url: expect.stringContaining('&lc=') })
    expect(await trial.seen('Questions? Ask here.')).toMatchObject([{ replyTo: done[0]?.externalId }])
  })

  test('of a first comment fails for good where comments are off', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const [video, comment] = await trial.ready(
      deliver({ options: { firstComment: 'Hi', madeForKids: true } }),
    )
    const done = [await trial.accept(video as never)]
    expect(await trial.commit(comment as never, done)).toMatchObject({
      outcome: 'rejected',
      failure: { class: 'permanent', rule: 'youtube.comments_disabled' },
    })
  })
})

describe('connecting', () => {
  test('notices a permission that was not given', async () => {
    await using opened = await openTrial()
    const { trial } = opened
    const connect = youtube.connect
    if (connect.kind !== 'oauth') throw new Error('YouTube is connected by consent')
    const ctx = { ...trial.context(), settings: {} }
    const url = new URL(
      connect.authorizeUrl(ctx, {
        redirectUri: 'http://127.0.0.1/callback',
        state: 's',
        codeChallenge: '',
        scopes: connect.scopes,
      }),
    )
    expect(url.searchParams.get('access_type')).toBe('offline')
    url.searchParams.set('scope', connect.scopes.slice(0, 2).join(' '))
    url.searchParams.delete('code_challenge')
    const code = await consentTo(url.href)
    const grant = { code, redirectUri: 'http://127.0.0.1/callback', codeVerifier: '' }
    expect(await connect.exchange(ctx, grant)).toMatchObject({
      outcome: 'failed',
      failure: { rule: 'youtube.scope_missing', message: expect.stringContaining('youtube.readonly') },
    })
  })
})

describe('a draft', () => {
  const file: Draft['media'][0] = {
    id: '1',
    kind: 'video',
    mimeType: 'video/mp4',
    filename: 'holiday.mp4',
    bytes: 1,
    width: null,
    height: null,
    durationMs: 10_000,
    altText: null,
  }
  const rules = (changes: Partial<Draft>) =>
    checkDraft(youtube, draftOf({ contentType: 'video', media: [file], ...changes }), limits).map(
      ({ rule }) => rule,
    )

  test('is checked in bytes, without angle brackets, with tags that fit', () => {
    expect(rules({ text: 'ö'.repeat(2500) })).toEqual([])
    expect(rules({ text: 'ö'.repeat(2501) })).toEqual(['text_too_long'])
    expect(rules({ text: 'a < b', title: 'fine' })).toEqual(['angle_brackets'])
    expect(
      rules({
        options: {
          tags: ['a'.repeat(100), 'b'.repeat(100), 'c d'.repeat(33), 'e'.repeat(99), 'f'.repeat(90)],
        },
      }),
    ).toEqual([])
    expect(rules({ options: { tags: Array.from({ length: 51 }, () => 'abcdefghi') } })).toEqual([
      'tags_too_long',
    ])
    expect(rules({ media: [] })).toEqual(['media_required'])
  })

  test('has a title whatever the author wrote', () => {
    const title = (changes: Partial<Draft>) => titleOf(draftOf({ media: [file], ...changes }))
    expect(title({ title: ' Given ', text: 'Text' })).toBe('Given')
    expect(title({ text: '\n First line \nSecond' })).toBe('First line')
    expect(title({})).toBe('holiday')
    expect(Array.from(title({ text: '👋'.repeat(200) }))).toHaveLength(100)
  })
})
