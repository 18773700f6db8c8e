import { REST } from '@discordjs/rest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { checkDraft } from '../../domain/check-draft.ts'
import { createHttp, type Http } from '../../net/http.ts'
import {
  accountContext,
  connectContext,
  keySource,
  publishContext,
  secretBox,
} from '../conformance-context.ts'
import { deliveryOf, draftOf, sampleImage } from '../conformance-samples.ts'
import type { SampleFile } from '../conformance-world.ts'
import type { Connected, DeliveryInput, Json, Write, WriteResult, Written } from '../network.ts'
import { discord } from './index.ts'

let world: SimulatedWorld
let http: Http & { close(): Promise<void> }

beforeEach(async () => {
  http = createHttp({ allowPrivate: true, trustedOrigins: [] })
  world = await simulatedWorld({
    network: 'discord',
    person: { kind: 'credentials', credentials: async () => bot, wrongCredentials: async () => bot },
    belongs: () => true,
  })
})

afterEach(async () => {
  await world.close()
  await http.close()
})

const bot = { botToken: 'a-bot-token-of-the-simulation', channelId: '812345678901234567' }
const webhookToken = 'a-webhook-token-of-the-simulation'
const webhook = { webhookUrl: `https://discord.com/api/webhooks/912345678901234567/${webhookToken}` }
const webhookWithBot = { ...webhook, botToken: bot.botToken }

describe('connecting', () => {
  test('a bot and a webhook are each known by their channel', async () => {
    expect(await connected(bot)).toMatchObject({ name: '#channel-4567', settings: { kind: 'bot' } })
    expect(await connected(webhook)).toMatchObject({ name: 'Webhook 4567', settings: { kind: 'webhook' } })
  })

  test('a bot cannot be connected to a forum; the remedy names the webhook', async () => {
    await world.control('networks/discord/setChannel', { id: bot.channelId, kind: 'forum' })
    const opened = await open(bot)
    if (opened.outcome === 'done') throw new Error('It was connected')
    expect(opened.failure).toMatchObject({ rule: 'discord.channel_without_text' })
    expect(opened.failure.remedy).toContain('webhook')
  })
})

describe('publishing', () => {
  test('mentions notify nobody unless the post asks for it', async () => {
    const account = await connected(bot)
    await publish(account, delivery({ text: '@everyone bread is ready' }))
    await publish(account, delivery({ text: '<@1> yours too', options: { mentions: ['users'] } }))
    expect(sentBodies('messages.create').map(({ allowed_mentions }) => allowed_mentions)).toEqual([
      { parse: [], replied_user: false },
      { parse: ['users'], replied_user: false },
    ])
  })

  test('a webhook waits for the answer, and may speak under another name', async () => {
    const account = await connected(webhook)
    const options = { username: 'Baker', silent: true, suppressEmbeds: true }
    const [written] = await publish(account, delivery({ text: 'Hello', options }))
    expect(written?.url).toMatch(/\/discord\/web\/channels\/\d+\/\d+\/\d+$/)
    const [exchange] = exchangesOf('webhooks.execute')
    expect(exchange?.query).toEqual({ wait: 'true' })
    expect(await world.feed()).toMatchObject([{ author: { name: 'Baker' }, notes: ['without a sound'] }])
  })

  test('a long text opens one post in a forum, and its rest goes into that post', async () => {
    const account = await connected(webhook)
    await world.control('networks/discord/setChannel', { id: '912345678901234568', kind: 'forum' })
    const [refused] = await commitAll(account, delivery({ text: 'No title' }))
    expect(refused).toMatchObject({ outcome: 'rejected', failure: { rule: 'discord.forum_thread' } })
    const text = 'word '.repeat(900).trim()
    const written = await publish(account, delivery({ text, options: { threadName: 'News', thread: true } }))
    expect(new Set(written.map(({ data }) => (data as { channelId: string }).channelId)).size).toBe(1)
    const places = (await world.feed()).map(({ place }) => place)
    expect(places).toEqual(['#News', '#News', '#News'])
    for (const post of written) await discord.remove?.(context(account), post)
    expect(await world.feed()).toEqual([])
  })

  test('files that are spoilers are named so, with their alternative texts', async () => {
    const account = await connected(bot)
    const image = await sampleImage(discord.limits, 'ending')
    await publish(account, delivery({ text: 'How it ends', options: { spoiler: true } }, [image]))
    expect(await world.feed()).toMatchObject([
      { media: [{ filename: 'SPOILER_ending.jpg', altText: 'What ending.jpg shows' }] },
    ])
  })

  test('an option that the kind of account cannot do is refused before anything is sent', async () => {
    const cases: [Record<string, Json>, Record<string, Json>][] = [
      [bot, { threadName: 'News' }],
      [webhook, { replyTo: '812345678901234567' }],
    ]
    for (const [credentials, options] of cases) {
      const account = await connected(credentials)
      const prepared = await discord.prepare(context(account), delivery({ text: 'x', options }))
      expect(prepared).toMatchObject({ outcome: 'failed', failure: { rule: 'discord.option_misplaced' } })
    }
  })

  test('a bot answers a message by its address, and a missing one is an error a person understands', async () => {
    const account = await connected(bot)
    const [first] = await publish(account, delivery({ text: 'A question' }))
    const replyTo = `https://discord.com/channels/1/${bot.channelId}/${first?.externalId}`
    await publish(account, delivery({ text: 'An answer', options: { replyTo } }))
    expect((await world.feed())[0]).toMatchObject({ text: 'An answer', replyTo: first?.externalId })
    const [refused] = await commitAll(
      account,
      delivery({ text: 'x', options: { replyTo: '812345678901234500' } }),
    )
    expect(refused).toMatchObject({ outcome: 'rejected', failure: { class: 'permanent' } })
    expect(JSON.stringify(refused)).toContain('message_reference: Unknown message')
  })
})

test('what is left of the bucket is reported, so that nothing runs into the limit', async () => {
  const account = await connected(bot)
  const reported: [number, Date][] = []
  const ctx = {
    ...context(account),
    budget: (left: number, resetsAt: Date) => reported.push([left, resetsAt]),
  }
  await publish(account, delivery({ text: 'x' }), ctx)
  expect(reported).toHaveLength(1)
  expect(reported[0]?.[0]).toBe(199)
  expect(reported[0]?.[1].getTime()).toBeGreaterThan(Date.now())
})

describe('looking for a message whose answer was lost', () => {
  test('a webhook with a bot beside it finds it', async () => {
    const account = await connected(webhookWithBot)
    const write = planned({ text: 'Lost and found' })
    await publish(account, delivery({ text: 'Before' }))
    await laterBy(60_000)
    expect(await lookup(account, write)).toEqual({ outcome: 'absent' })
    const sent = await discord.commit(context(account), write, [])
    expect(await lookup(account, write)).toMatchObject({
      outcome: 'published',
      externalId: sent.outcome === 'accepted' ? sent.externalId : '',
    })
  })

  test('a webhook alone cannot tell', async () => {
    const account = await connected(webhook)
    expect(await lookup(account, planned({ text: 'x' }))).toMatchObject({ outcome: 'unknown' })
  })

  test('an empty listing proves nothing: the bot may not be allowed to read the history', async () => {
    const account = await connected(bot)
    await publish(account, delivery({ text: 'Before' }))
    await laterBy(60_000)
    await world.control('networks/discord/setChannel', { id: bot.channelId, readableByBots: false })
    expect(await lookup(account, planned({ text: 'x' }))).toMatchObject({ outcome: 'unknown' })
  })

  test('whatever else the account wrote since then makes absence uncertain', async () => {
    const account = await connected(bot)
    await publish(account, delivery({ text: 'Before' }))
    await laterBy(60_000)
    await publish(account, delivery({ text: 'Something else' }))
    expect(await lookup(account, planned({ text: 'x' }))).toMatchObject({ outcome: 'unknown' })
  })
})

describe('failures', () => {
  test('the token of a webhook never stands in an error, though it stands in every address', async () => {
    const account = await connected(webhook)
    const broken: Http = {
      send: async ({ url }) => ({ kind: 'no_answer', why: `reset while asking ${url}` }),
    }
    const ctx = { ...context(account), http: broken }
    const said = [await commitAll(account, delivery({ text: 'x' }), ctx), await discord.probe(ctx)]
    expect(JSON.stringify(said)).toContain('reset while asking')
    expect(JSON.stringify(said)).not.toContain(webhookToken)
  })

  test('a webhook that was deleted must be connected anew', async () => {
    const account = await connected(webhook)
    await world.control('networks/discord/deleteWebhook', { id: account.externalId })
    expect(await commitAll(account, delivery({ text: 'x' }))).toMatchObject([
      { outcome: 'rejected', failure: { class: 'reconnect', rule: 'discord.webhook_gone' } },
    ])
  })
})

test('25 MiB together and reserved names are refused before anything is sent', () => {
  const big = (name: string): SampleFile => ({
    mimeType: 'image/gif',
    filename: name,
    bytes: Buffer.alloc(9 * 2 ** 20),
    width: 10,
    height: 10,
    durationMs: null,
  })
  const draft = delivery(
    { contentType: 'carousel', options: { username: 'Discordian' } },
    ['a', 'b', 'c'].map(big),
  ).draft
  expect(checkDraft(discord, draft, discord.limits).map(({ rule }) => rule)).toEqual([
    'discord.username_reserved',
    'discord.request_too_large',
  ])
})

describe("against Discord's own description", () => {
  test('every request of the adapter and every answer of the simulator is as described', async (context_) => {
    const spec = sharedSpec('discord/openapi.json')
    if (!spec) return context_.skip(specIsAbsent)
    const image = await sampleImage(discord.limits)
    for (const credentials of [bot, webhookWithBot]) {
      const account = await connected(credentials)
      const ctx = context(account)
      const options = { silent: true, mentions: ['roles'], thread: true, threadNumbering: true }
      const [written] = await publish(account, delivery({ text: 'word '.repeat(900), options }), ctx)
      await publish(account, delivery({ text: 'x', contentType: 'image' }, [image, image]), ctx)
      await world.control('networks/discord/react', { messageId: written?.externalId })
      await lookup(account, planned({ text: 'x' }))
      await discord.metrics?.(ctx, [written as Written])
      await discord.accountMetrics?.(ctx)
      await discord.probe(ctx)
      await discord.remove?.(ctx, written as Written)
      await discord.remove?.(ctx, written as Written)
      await world.control('faults', { kind: 'rate_limit', writes: true })
      await commitAll(account, delivery({ text: 'limited' }), ctx)
    }
    expect(world.exchanges.length).toBeGreaterThan(25)
    expect(await problems(spec)).toEqual([])
  })

  test("discord.js's client publishes to the simulator, as described", async (context_) => {
    const spec = sharedSpec('discord/openapi.json')
    if (!spec) return context_.skip(specIsAbsent)
    const rest = new REST({ api: `${world.url}/discord`, version: '10', retries: 0 }).setToken(bot.botToken)
    const image = await sampleImage(discord.limits)
    const message = { content: 'From discord.js', nonce: 'n1', enforce_nonce: true }
    const first = (await rest.post(`/channels/${bot.channelId}/messages`, { body: message })) as {
      id: string
    }
    expect(await rest.post(`/channels/${bot.channelId}/messages`, { body: message })).toMatchObject(first)
    await rest.post(`/webhooks/912345678901234567/${webhookToken}`, {
      auth: false,
      query: new URLSearchParams({ wait: 'true' }),
      body: { content: 'With a file', attachments: [{ id: 0, description: 'A loaf' }] },
      files: [{ name: 'loaf.jpg', data: image.bytes, contentType: 'image/jpeg' }],
    })
    expect(await world.feed()).toMatchObject([
      { text: 'With a file', media: [{ altText: 'A loaf', filename: 'loaf.jpg' }] },
      { text: 'From discord.js' },
    ])
    await world.control('faults', { kind: 'rejected', writes: true })
    await expect(rest.post(`/channels/${bot.channelId}/messages`, { body: message })).rejects.toMatchObject({
      code: 240_000,
      status: 400,
    })
    await rest.delete(`/channels/${bot.channelId}/messages/${first.id}`)
    expect(await problems(spec)).toEqual([])
  })
})

// ---------------------------------------------------------------- helpers of these stories

async function problems(spec: unknown): Promise<string[]> {
  const mounts = [observedMount('discord'), `${observedMount('discord')}/v10`]
  const validator = openApiValidator(spec, {
    mount: mounts.toReversed(),
    jsonPart: 'payload_json',
    allow: [
      {
        problem: 'POST /webhooks/{webhook_id}/{webhook_token}: request body: "files"',
        why: 'the description has files[n] for channels only; the documents have them for webhooks too (resources/webhook)',
      },
    ],
  })
  return validator.check(await observedExchanges(world.exchanges))
}

const open = (credentials: Record<string, Json>) => {
  if (discord.connect.kind !== 'credentials') throw new Error('Discord connects with credentials')
  return discord.connect.open(connectContext(discord, world, http), credentials)
}

async function connected(credentials: Record<string, Json>): Promise<Connected> {
  const opened = await open(credentials)
  if (opened.outcome === 'failed') throw new Error(opened.failure.message)
  return opened.value[0] as Connected
}

const context = (account: Connected) =>
  publishContext(accountContext(discord, world, http, account, secretBox(account.secret)))

const delivery = (changes: Parameters<typeof draftOf>[0], files: SampleFile[] = []) =>
  deliveryOf(discord.limits, draftOf(changes), files)

const planned = (changes: Parameters<typeof draftOf>[0]): Write =>
  discord.plan(delivery(changes), null, keySource())[0] as Write

/** The clock of the sandbox moves on, as Discord's own `Date` header would tell; ours stays, so the fence moves too. */
async function laterBy(ms: number) {
  await world.control('clock', { advanceMs: ms })
  fencedAt = new Date(fencedAt.getTime() + ms)
}
let fencedAt = new Date()
beforeEach(() => {
  fencedAt = new Date()
})
const lookup = (account: Connected, write: Write) => discord.lookup(context(account), write, [], fencedAt)

async function commitAll(
  account: Connected,
  input: DeliveryInput,
  ctx = context(account),
): Promise<WriteResult[]> {
  const done: Written[] = []
  const results: WriteResult[] = []
  for (const write of discord.plan(input, null, keySource())) {
    const result = await discord.commit({ ...ctx, media: input.media }, write, done)
    results.push(result)
    if (result.outcome === 'accepted') done.push({ write, ...result, data: result.data ?? null })
  }
  return results
}

async function publish(account: Connected, input: DeliveryInput, ctx = context(account)): Promise<Written[]> {
  const results = await commitAll(account, input, ctx)
  return results.map((result) => {
    if (result.outcome !== 'accepted') throw new Error(JSON.stringify(result))
    return { write: { kind: 'post', key: '', payload: null }, ...result, data: result.data ?? null }
  })
}

const exchangesOf = (operation: string) =>
  world.exchanges.filter((exchange) => exchange.operation === operation)
const sentBodies = (operation: string) =>
  exchangesOf(operation).map(
    ({ requestBody }) => JSON.parse(requestBody.toString()) as Record<string, unknown>,
  )
