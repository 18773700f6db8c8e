import { Bot, GrammyError, InputFile } from 'grammy'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { checkBotApi } from '../../../test/spec-validation/bot-api.ts'
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
import { deliveryOf, draftOf, sampleImage, sampleVideo } from '../conformance-samples.ts'
import type { SampleFile } from '../conformance-world.ts'
import type { Connected, DeliveryInput, Json, WriteResult, Written } from '../network.ts'
import { telegram } from './index.ts'

let world: SimulatedWorld
let http: Http & { close(): Promise<void> }

beforeEach(async () => {
  http = createHttp({ allowPrivate: true, trustedOrigins: [] })
  world = await simulatedWorld({
    network: 'telegram',
    person: {
      kind: 'credentials',
      credentials: async () => ({ botToken, chatId: '@bakery' }),
      wrongCredentials: async () => ({ botToken: '1:invalid', chatId: '@bakery' }),
    },
    belongs: () => true,
  })
})

afterEach(async () => {
  await world.close()
  await http.close()
})

const botToken = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'

describe('connecting', () => {
  test('a channel is known by its name, and the link of a message is the one people share', async () => {
    const account = await connected('@bakery')
    expect(account).toMatchObject({ name: 'bakery', handle: '@bakery', kind: 'channel' })
    const [written] = await publish(account, delivery({ text: 'Open at six' }))
    expect(written?.url).toBe(`${world.url}/telegram/web/bakery/1`)
    const page = await (await fetch(String(written?.url))).text()
    expect(page).toContain('Open at six')
  })

  test.each([
    ['@missing_chat', 'telegram.chat_not_found', /exists/],
    ['@kicked_bot', 'telegram.rights_missing', /administrator/],
    ['@readonly_bot', 'telegram.rights_missing', /administrator/],
  ])('%s is refused with what to do', async (chatId, rule, remedy) => {
    const opened = await open(chatId)
    expect(opened).toMatchObject({ outcome: 'failed', failure: { rule } })
    if (opened.outcome === 'failed') expect(opened.failure.remedy).toMatch(remedy)
  })
})

describe('publishing', () => {
  test('an album is one post of several messages, and is deleted whole', async () => {
    const account = await connected()
    const images = [await sampleImage(telegram.limits, 'a'), await sampleImage(telegram.limits, 'b')]
    const [written] = await publish(
      account,
      delivery({ text: 'Two loaves', contentType: 'carousel' }, images),
    )
    expect(written?.data).toMatchObject({ messageIds: [1, 2] })
    expect(await world.feed()).toMatchObject([
      { text: 'Two loaves', media: [{ kind: 'image' }, { kind: 'image' }] },
    ])
    const removed = await telegram.remove?.(context(account), written as Written)
    expect(removed).toEqual({ outcome: 'done', value: null })
    expect(await world.feed()).toEqual([])
  })

  test('a video, an animation and a file each go out as what they are', async () => {
    const account = await connected()
    const gif = await sharp(Buffer.alloc(300), { raw: { width: 10, height: 10, channels: 3 } })
      .gif()
      .toBuffer()
    const files: SampleFile[] = [
      sampleVideo(),
      { mimeType: 'image/gif', filename: 'a.gif', bytes: gif, width: 10, height: 10, durationMs: null },
      { ...sampleVideo(), mimeType: 'application/pdf', filename: 'menu.pdf' },
    ]
    for (const file of files) await publish(account, delivery({ text: file.filename }, [file]))
    const posts = (await world.feed()).toReversed()
    expect(posts.map(({ media }) => media?.[0]?.kind)).toEqual(['video', 'image', 'document'])
    const methods = world.exchanges.map(({ path }) => path.split('/').at(-1))
    expect(methods.filter((name) => name?.startsWith('send'))).toEqual([
      'sendVideo',
      'sendAnimation',
      'sendDocument',
    ])
  })

  test('markup is parsed where asked for, and a text without it is sent as it stands', async () => {
    const account = await connected()
    await publish(account, delivery({ text: '1 < 2 & *stars* stay' }))
    await publish(account, delivery({ text: '<b>Fresh</b> bread', options: { parseMode: 'HTML' } }))
    expect((await world.feed()).map(({ text }) => text)).toEqual(['Fresh bread', '1 < 2 & *stars* stay'])
    const [result] = await commitAll(account, delivery({ text: '<bold>no', options: { parseMode: 'HTML' } }))
    expect(result).toMatchObject({ outcome: 'rejected', failure: { rule: 'telegram.markup_invalid' } })
  })

  test('silence, protection and link previews are as asked', async () => {
    const account = await connected()
    const options = { silent: true, protectContent: true, linkPreview: 'off' }
    await publish(account, delivery({ text: 'https://bakery.example', options }))
    const sent = sentBodies('sendMessage')[0]
    expect(sent).toMatchObject({
      disable_notification: true,
      protect_content: true,
      link_preview_options: { is_disabled: true },
    })
    expect(sent).not.toHaveProperty('parse_mode')
  })

  test('a group that became a supergroup is found under its new number, from then on', async () => {
    const account = await connected(-4_242)
    await world.control('networks/telegram/migrate', { chatId: -4_242 })
    const ctx = context(account)
    const [written] = await publish(account, delivery({ text: 'Moved' }), ctx)
    expect(written?.data).toMatchObject({ chatId: -1_000_000_004_242 })
    expect(await ctx.secret.current()).toEqual({ botToken, chatId: -1_000_000_004_242 })
    const before = world.exchanges.length
    await publish(account, delivery({ text: 'Moved again' }), ctx)
    expect(world.exchanges.length).toBe(before + 1)
  })
})

describe('failures', () => {
  test('a bot that was thrown out must be reconnected, and too many messages must wait', async () => {
    const account = await connected()
    await world.control('networks/telegram/setBotStatus', { chatId: '@bakery', status: 'kicked' })
    expect(await commitAll(account, delivery({ text: 'a' }))).toMatchObject([
      { outcome: 'rejected', failure: { class: 'reconnect', rule: 'telegram.bot_removed' } },
    ])
    await world.control('networks/telegram/setBotStatus', { chatId: '@bakery', status: 'administrator' })
    await world.control('networks/telegram/setRateLimit', { perMinute: 1 })
    await publish(account, delivery({ text: 'one' }))
    const [limited] = await commitAll(account, delivery({ text: 'two' }))
    expect(limited).toMatchObject({ outcome: 'rejected', failure: { class: 'rate_limited' } })
  })

  test('the token never stands in an error, though it stands in every address', async () => {
    const account = await connected()
    const broken: Http = {
      send: async ({ url }) => ({ kind: 'no_answer', why: `ECONNRESET while asking ${url}` }),
    }
    const ctx = { ...context(account), http: broken }
    const said = [
      await commitAll(account, delivery({ text: 'x' }), ctx),
      await telegram.probe(ctx),
      await telegram.accountMetrics?.(ctx),
    ]
    expect(JSON.stringify(said)).toContain('ECONNRESET')
    expect(JSON.stringify(said)).not.toContain('AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw')
  })
})

describe('what is refused before anything is sent', () => {
  test('a caption over 1,024 characters, unless it may become a thread', () => {
    const long = delivery({ text: 'a'.repeat(1_025) }, [sampleVideo()])
    const rules = (draft: DeliveryInput['draft']) =>
      checkDraft(telegram, draft, telegram.limits).map(({ rule }) => rule)
    expect(rules(long.draft)).toEqual(['text_too_long'])
    expect(rules({ ...long.draft, options: { thread: true } })).toEqual([])
    expect(rules(delivery({ text: 'a'.repeat(1_025) }).draft)).toEqual([])
  })

  test('files among pictures, and an animation among others', () => {
    const file = { ...sampleVideo(), mimeType: 'application/pdf', filename: 'menu.pdf' }
    const gif = { ...sampleVideo(), mimeType: 'image/gif', filename: 'a.gif', bytes: Buffer.alloc(10) }
    const rules = (files: SampleFile[]) =>
      checkDraft(telegram, delivery({ contentType: 'carousel' }, files).draft, telegram.limits).map(
        ({ rule }) => rule,
      )
    expect(rules([sampleVideo(), file])).toEqual(['telegram.files_mixed'])
    expect(rules([sampleVideo(), gif])).toEqual(['telegram.animation_in_album'])
  })
})

describe('against the documents of the Bot API', () => {
  test('every call of the adapter and every answer of the simulator is as documented', async (context_) => {
    const spec = sharedSpec('telegram/api.json')
    if (!spec) return context_.skip(specIsAbsent)
    const account = await connected()
    const ctx = context(account)
    const image = await sampleImage(telegram.limits)
    const options = { silent: true, linkPreview: 'large', linkPreviewUrl: 'https://a.example', topicId: 7 }
    const long = delivery({ text: 'word '.repeat(1_000), options: { thread: true } })
    const [first] = await publish(account, long, ctx)
    await publish(account, delivery({ text: 'x', options: { ...options, replyTo: first?.externalId } }), ctx)
    await publish(account, delivery({ text: 'x', options: { spoiler: true } }, [image]), ctx)
    await publish(account, delivery({ text: 'x', contentType: 'carousel' }, [image, sampleVideo()]), ctx)
    await publish(account, delivery({ text: 'x', options: { asFile: true } }, [image, sampleVideo()]), ctx)
    await publish(account, delivery({ text: 'x', contentType: 'video' }, [sampleVideo()]), ctx)
    await telegram.remove?.(ctx, first as Written)
    await telegram.accountMetrics?.(ctx)
    await telegram.probe(ctx)
    await commitAll(account, delivery({ text: '<x>', options: { parseMode: 'HTML' } }), ctx)
    expect(world.exchanges.length).toBeGreaterThan(12)
    expect(await problems(spec)).toEqual([])
  })

  test('grammY publishes to the simulator, and what they say to each other is as documented', async (context_) => {
    const spec = sharedSpec('telegram/api.json')
    if (!spec) return context_.skip(specIsAbsent)
    const bot = new Bot(botToken, { client: { apiRoot: `${world.url}/telegram` } })
    await bot.init()
    expect(bot.botInfo.id).toBe(110_201_543)
    const image = await sampleImage(telegram.limits)
    const text = await bot.api.sendMessage('@bakery', 'From grammY')
    await bot.api.sendPhoto('@bakery', new InputFile(image.bytes, 'loaf.jpg'), { caption: 'A loaf' })
    await bot.api.sendMediaGroup('@bakery', [
      { type: 'photo', media: new InputFile(image.bytes, 'a.jpg'), caption: 'Two' },
      { type: 'photo', media: new InputFile(image.bytes, 'b.jpg') },
    ])
    expect(await bot.api.getChatMemberCount('@bakery')).toBeGreaterThan(0)
    expect((await world.feed()).map((post) => post.text)).toEqual(['Two', 'A loaf', 'From grammY'])
    await bot.api.deleteMessage('@bakery', text.message_id)
    const refused = await bot.api.sendMessage('@missing_chat', 'x').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(GrammyError)
    expect(refused).toMatchObject({ error_code: 400, description: 'Bad Request: chat not found' })
    await control({ kind: 'rate_limit', retryAfterMs: 9_000 })
    const limited = await bot.api.sendMessage('@bakery', 'y').catch((error: unknown) => error)
    expect(limited).toMatchObject({ error_code: 429, parameters: { retry_after: 9 } })
    expect(await problems(spec)).toEqual([])
  })
})

// ---------------------------------------------------------------- helpers of these stories

const control = (rule: Record<string, unknown>) => world.control('faults', { network: 'telegram', ...rule })

const problems = async (spec: unknown) =>
  checkBotApi(spec, await observedExchanges(world.exchanges), observedMount('telegram'))

const open = (chatId: Json) => {
  if (telegram.connect.kind !== 'credentials') throw new Error('Telegram connects with credentials')
  return telegram.connect.open(connectContext(telegram, world, http), { botToken, chatId })
}

async function connected(chatId: Json = '@bakery'): Promise<Connected> {
  const opened = await open(chatId)
  if (opened.outcome === 'failed') throw new Error(opened.failure.message)
  return opened.value[0] as Connected
}

const context = (account: Connected) =>
  publishContext(accountContext(telegram, world, http, account, secretBox(account.secret)))

const delivery = (changes: Parameters<typeof draftOf>[0], files: SampleFile[] = []) =>
  deliveryOf(telegram.limits, draftOf(changes), files)

async function commitAll(
  account: Connected,
  input: DeliveryInput,
  ctx = context(account),
): Promise<WriteResult[]> {
  const done: Written[] = []
  const results: WriteResult[] = []
  for (const write of telegram.plan(input, null, keySource())) {
    const result = await telegram.commit({ ...ctx, media: input.media }, write, done)
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

const sentBodies = (method: string) =>
  world.exchanges
    .filter(({ path }) => path.endsWith(`/${method}`))
    .map(({ requestBody }) => JSON.parse(requestBody.toString()) as Record<string, unknown>)
