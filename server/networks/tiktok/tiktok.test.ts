import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import { createHttp, type Http } from '../../net/http.ts'
import {
  accountContext,
  type Checkpoint,
  connectContext,
  keySource,
  publishContext,
  secretBox,
} from '../conformance-context.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo } from '../conformance-samples.ts'
import type { SampleFile } from '../conformance-world.ts'
import type { Connected, DeliveryInput, PublishContext, Write, WriteResult } from '../network.ts'
import { tiktok } from './index.ts'

let world: SimulatedWorld
let http: Http & { close(): Promise<void> }
let account: Connected

beforeEach(async () => {
  http = createHttp({ allowPrivate: true, trustedOrigins: [] })
  world = await simulatedWorld({
    network: 'tiktok',
    app: { clientId: 'a-client-key', clientSecret: 'a-client-secret' },
    person: { kind: 'oauth', consent: consentTo },
    belongs: () => true,
    processingMs: 0,
  })
  account = await connected()
})

afterEach(async () => {
  await world.close()
  await http.close()
})

describe('videos', () => {
  test('a large one goes in chunks; after a crash the upload goes on where it stopped', async () => {
    const input = delivery({ text: 'Long', contentType: 'video' }, [videoOf(32_000_000)])
    const checkpoint: Checkpoint = new Map()
    // Dies after the second of three steps before the last chunk: init, chunk 0, chunk 1.
    const dying = context(checkpoint, { atStep: 3, when: 'before' }, input)
    await expect(tiktok.prepare(dying, input)).rejects.toThrow()
    const [write] = await ready(input, checkpoint)
    const result = await finished(
      await tiktok.commit(context(checkpoint, null, input), write as Write, []),
      write,
    )
    expect(result).toMatchObject({ outcome: 'accepted' })
    const ranges = world.exchanges
      .filter(({ operation }) => operation === 'upload')
      .map(({ requestHeaders, status }) => [requestHeaders['content-range'], status])
    expect(ranges).toEqual([
      ['bytes 0-9999999/32000000', 206],
      ['bytes 10000000-19999999/32000000', 206],
      // Its answer was lost with the process: TikTok has it, and says that something else is missing.
      ['bytes 10000000-19999999/32000000', 416],
      ['bytes 20000000-31999999/32000000', 201],
    ])
    const [post] = await world.feed()
    expect((await (await fetch(String(post?.media?.[0]?.url))).arrayBuffer()).byteLength).toBe(32_000_000)
  })

  test('the id of the post is a number no JavaScript number can hold, and comes through whole', async () => {
    const result = await publish(delivery({ text: 'Precise', contentType: 'video' }, [sampleVideo()]))
    expect(result).toMatchObject({ outcome: 'accepted', externalId: '7400000000000000002' })
    if (result.outcome === 'accepted') expect(result.url).toContain('/@ada/video/7400000000000000002')
  })

  test('one that TikTok took and then failed is uploaded anew when tried again, and is out once', async () => {
    const input = delivery({ text: 'Failed first', contentType: 'video' }, [sampleVideo()])
    const checkpoint: Checkpoint = new Map()
    const [write] = await ready(input, checkpoint)
    await world.control('settings', { processingMs: 60_000 })
    const pending = await tiktok.commit(context(checkpoint, null, input), write as Write, [])
    await world.control('networks/tiktok/fail', { title: 'Failed first', reason: 'internal' })
    expect(await polled(pending, write)).toMatchObject({
      outcome: 'rejected',
      failure: { class: 'transient' },
    })
    expect(await lookup(write, checkpoint)).toEqual({ outcome: 'absent' })

    await world.control('settings', { processingMs: 0 })
    const again = await finished(
      await tiktok.commit(context(checkpoint, null, input), write as Write, []),
      write,
    )
    expect(again).toMatchObject({ outcome: 'accepted' })
    expect(await lookup(write, checkpoint)).toMatchObject({ outcome: 'published' })
    expect(await world.feed()).toHaveLength(1)
  })

  test('a private post is published though it never gets a public id', async () => {
    const options = { privacy: 'SELF_ONLY' }
    const input = delivery({ text: 'For me', contentType: 'video', options }, [sampleVideo()])
    const [write] = await ready(input)
    let now = new Date()
    const ctx = { ...context(new Map(), null, input), now: () => now }
    const sent = await tiktok.commit(ctx, write as Write, [])
    if (sent.outcome !== 'pending') throw new Error('It was not pending')
    const first = await tiktok.poll?.(ctx, write as Write, sent.token)
    expect(first).toMatchObject({ outcome: 'pending' })
    now = new Date(now.getTime() + 3 * 60_000)
    if (first?.outcome !== 'pending') return
    expect(await tiktok.poll?.(ctx, write as Write, first.token)).toMatchObject({
      outcome: 'accepted',
      url: null,
    })
  })

  test('what goes to the inbox is done when it is there, and is seen by nobody', async () => {
    const options = { toInbox: true }
    const result = await publish(delivery({ text: 'x', contentType: 'video', options }, [sampleVideo()]))
    expect(result).toMatchObject({ outcome: 'accepted', url: null })
    expect(await world.feed()).toEqual([])
    expect(world.exchanges.map(({ operation }) => operation)).toContain('inbox.video.init')
  })
})

describe('photos', () => {
  test('a title, a description and the cover that was chosen', async () => {
    const images = [await sampleImage(tiktok.limits, 'a'), await sampleImage(tiktok.limits, 'b')]
    const options = { coverIndex: 1 }
    await publish(
      delivery({ title: 'Two loaves', text: 'Rye and wheat', contentType: 'carousel', options }, images),
    )
    expect(await world.feed()).toMatchObject([{ title: 'Two loaves', text: 'Rye and wheat' }])
    const sent = world.exchanges.find(({ operation }) => operation === 'content.init')
    expect(JSON.parse(String(sent?.requestBody))).toMatchObject({ source_info: { photo_cover_index: 1 } })
  })

  test('an address TikTok cannot reach fails in a way that can be tried again', async () => {
    const input = delivery({ text: 'x', contentType: 'image' }, [await sampleImage(tiktok.limits)])
    for (const file of input.media) file.publicUrl = () => 'http://127.0.0.1:9/gone.jpg'
    expect(await publish(input)).toMatchObject({
      outcome: 'rejected',
      failure: { class: 'transient', rule: 'tiktok.pull_failed' },
    })
  })

  test('after a lost answer a public post is found in the list', async () => {
    const input = delivery({ text: 'Lost and found', contentType: 'image' }, [
      await sampleImage(tiktok.limits),
    ])
    const [write] = await ready(input)
    await world.breakNextWrite('cut_after')
    expect(await tiktok.commit(context(new Map(), null, input), write as Write, [])).toMatchObject({
      outcome: 'unknown',
    })
    expect(await lookup(write)).toMatchObject({ outcome: 'published', externalId: '7400000000000000002' })
  })
})

describe('what the account may do', () => {
  test('a privacy level that the account does not offer is refused before anything is uploaded', async () => {
    await world.control('networks/tiktok/setCreator', { privacyLevels: ['SELF_ONLY'], videoSecondsMax: 60 })
    const input = delivery({ text: 'x', contentType: 'video' }, [sampleVideo()])
    const prepared = await tiktok.prepare(context(new Map(), null, input), input)
    expect(prepared).toMatchObject({ outcome: 'failed', failure: { rule: 'tiktok.privacy_unavailable' } })
    expect(JSON.stringify(prepared)).toContain('it offers SELF_ONLY')
    const probed = await tiktok.probe(context(new Map(), null, input))
    expect(probed).toMatchObject({ outcome: 'done', value: { limits: { video: { durationMsMax: 60_000 } } } })
  })

  test('refusing on the consent page and missing scopes are told apart from a dead token', async () => {
    const fewer = await connected(['user.info.basic', 'video.publish'])
    const ctx = publishContext(accountContext(tiktok, world, http, fewer, secretBox(fewer.secret)))
    const post = { externalId: '7400000000000000001', url: null, data: null }
    expect(await tiktok.metrics?.(ctx, [post])).toMatchObject({
      outcome: 'failed',
      failure: { class: 'reconnect', rule: 'tiktok.scope_missing' },
    })
  })
})

test('a caption over 2,200 characters is refused for a video and not for photos', async () => {
  const text = 'a'.repeat(2_201)
  const rules = (input: DeliveryInput) =>
    checkDraft(tiktok, input.draft, tiktok.limits).map(({ rule }) => rule)
  expect(rules(delivery({ text, contentType: 'video' }, [sampleVideo()]))).toEqual(['text_too_long'])
  expect(rules(delivery({ text, contentType: 'image' }, [await sampleImage(tiktok.limits)]))).toEqual([])
})

// ---------------------------------------------------------------- helpers of these stories

async function connected(scopes?: string[]): Promise<Connected> {
  if (tiktok.connect.kind !== 'oauth') throw new Error('TikTok connects by consent')
  const ctx = connectContext(tiktok, world, http)
  const redirectUri = 'http://127.0.0.1:8007/api/v1/social-accounts/callback/tiktok'
  const asked = { redirectUri, state: 's', codeChallenge: '', scopes: scopes ?? tiktok.connect.scopes }
  const code = await consentTo(tiktok.connect.authorizeUrl(ctx, asked))
  const opened = await tiktok.connect.exchange(ctx, { code, redirectUri, codeVerifier: '' })
  if (opened.outcome === 'failed') throw new Error(opened.failure.message)
  return opened.value[0] as Connected
}

const videoOf = (bytes: number): SampleFile => ({ ...sampleVideo(), bytes: randomBytes(bytes) })

const delivery = (changes: Parameters<typeof draftOf>[0], files: SampleFile[]) =>
  deliveryOf(tiktok.limits, draftOf(changes), files)

const context = (
  checkpoint: Checkpoint,
  die: Parameters<typeof publishContext>[2],
  input: DeliveryInput,
): PublishContext => ({
  ...publishContext(accountContext(tiktok, world, http, account, secretBox(account.secret)), checkpoint, die),
  media: input.media,
})

async function ready(input: DeliveryInput, checkpoint: Checkpoint = new Map()): Promise<[Write]> {
  const prepared = await tiktok.prepare(context(checkpoint, null, input), input)
  if (prepared.outcome === 'failed') throw new Error(prepared.failure.message)
  return tiktok.plan(input, prepared.prepared, keySource()) as [Write]
}

async function publish(input: DeliveryInput): Promise<WriteResult> {
  const [write] = await ready(input)
  return finished(await tiktok.commit(context(new Map(), null, input), write, []), write)
}

const anyMedia = { media: [] } as unknown as DeliveryInput

async function polled(result: WriteResult, write: Write): Promise<WriteResult> {
  if (result.outcome !== 'pending') return result
  return (await tiktok.poll?.(context(new Map(), null, anyMedia), write, result.token)) as WriteResult
}

async function finished(result: WriteResult, write: Write): Promise<WriteResult> {
  let last = result
  for (let polls = 0; last.outcome === 'pending' && polls < 50; polls++) last = await polled(last, write)
  return last
}

const lookup = (write: Write, checkpoint: Checkpoint = new Map()) =>
  tiktok.lookup(context(checkpoint, null, anyMedia), write, [], new Date(Date.now() - 1_000))
