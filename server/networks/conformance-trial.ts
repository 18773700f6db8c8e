import type { TSchema } from 'typebox'
import { expect } from 'vitest'
import type { Failure } from '../domain/delivery.ts'
import type { Draft } from '../domain/draft.ts'
import type { Limits } from '../domain/limits.ts'
import { createHttp, type Http } from '../net/http.ts'
import {
  accountContext,
  type Checkpoint,
  connectContext,
  keySource,
  publishContext,
  type SentRequest,
  secretBox,
  secretStrings,
  type TestSecretBox,
  watchedHttp,
} from './conformance-context.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo, uniqueText } from './conformance-samples.ts'
import type { Ability, SampleFile, Seen, World, WriteFault } from './conformance-world.ts'
import type {
  Connected,
  DeliveryInput,
  Json,
  MediaFile,
  Network,
  Outcome,
  PublishContext,
  Recovery,
  Write,
  WriteResult,
  Written,
} from './network.ts'

export interface Story {
  name: string
  /** Absent: every network. */
  appliesTo?(network: Network): boolean
  /** What the world must be able to do for it. */
  needs?: Ability
  run(trial: Trial): Promise<void>
  timeoutMs?: number
}

/** Silence is given up after this; the adapter's own bounds are judged by what it asked for. */
const silencePatienceMs = 1_500
/** A real server on a busy machine takes its time; what is not meant to be silent is waited for. */
const patienceMs = 20_000
const redirectUri = 'http://127.0.0.1:8007/api/v1/social-accounts/callback/test'

/** One network in one world, and everything the stories share. */
export class Trial {
  readonly network: Network
  readonly #openWorld: () => Promise<World>
  #world: World | null = null
  readonly #bare: Http & { close(): Promise<void> } = createHttp({ allowPrivate: true, trustedOrigins: [] })
  #expectsSilence = false
  readonly http: Http & { sent: SentRequest[] } = watchedHttp(this.#bare, () =>
    this.#expectsSilence ? silencePatienceMs : patienceMs,
  )
  #account: Connected | null = null
  /** The shared account's own, so that a token refreshed in one story is the one the next uses. */
  #secret: TestSecretBox = secretBox(null)
  readonly #secrets: Set<string> = new Set()
  readonly #spoken: string[] = []
  readonly #fencedAt: Map<string, Date> = new Map()
  /** The files of each planned write, by its key: some networks send them with the write itself. */
  readonly #filesOf: Map<string, MediaFile[]> = new Map()

  constructor(network: Network, openWorld: () => Promise<World>) {
    this.network = network
    this.#openWorld = openWorld
  }

  async open() {
    this.#world = await this.#openWorld()
    this.#account = await this.connect()
    this.#secret = secretBox(this.#account.secret)
  }

  async close() {
    await this.#world?.close()
    await this.#bare.close()
  }

  get world(): World {
    if (!this.#world) throw new Error('The world is not open')
    return this.#world
  }

  /** The account that all stories share which do not ruin it. */
  get account(): Connected {
    if (!this.#account) throw new Error('No account is connected')
    return this.#account
  }

  get limits(): Limits {
    return this.account.limits ?? this.network.limits
  }

  get recovery(): Recovery {
    return this.network.recoveryFor?.(this.context().account) ?? this.network.recovery
  }

  // ---------------------------------------------------------------- connecting

  /** Connects a fresh account as a person would. */
  async connect(): Promise<Connected> {
    const opened = await this.tryConnect()
    if (opened.outcome === 'failed') throw new Error(`Could not connect: ${opened.failure.message}`)
    const first = opened.value[0]
    if (!first) throw new Error('Connecting opened no account')
    return first
  }

  async tryConnect(wrongly = false): Promise<Outcome<Connected[]>> {
    const ctx = connectContext(this.network, this.world, this.http)
    const { person } = this.world
    const { connect } = this.network
    let opened: Outcome<Connected[]>
    if (connect.kind === 'credentials') {
      if (person.kind !== 'credentials') throw new Error('This network wants a person with credentials')
      const credentials = await (wrongly ? person.wrongCredentials() : person.credentials())
      for (const [name, value] of Object.entries(credentials))
        if (isSecretField(connect.credentials, name)) this.keepSecret(value)
      opened = await connect.open(ctx, credentials)
    } else {
      if (person.kind !== 'oauth') throw new Error('This network wants a person who consents')
      if (connect.registerApp) {
        const registered = await connect.registerApp(ctx, redirectUri)
        if (registered.outcome === 'failed') return registered
        ctx.app = registered.value
      }
      if (ctx.app?.clientSecret) this.keepSecret(ctx.app.clientSecret)
      const codeVerifier = 'a'.repeat(64)
      const url = connect.authorizeUrl(ctx, {
        redirectUri,
        state: 'the-state',
        codeChallenge: await challengeOf(codeVerifier),
        scopes: connect.scopes,
      })
      expect(new URL(url).searchParams.get('state')).toBe('the-state')
      const code = wrongly ? 'not-a-code' : await person.consent(url)
      opened = await connect.exchange(ctx, { code, redirectUri, codeVerifier })
    }
    if (opened.outcome === 'done')
      for (const { secret, ...shown } of opened.value) {
        this.keepSecret(secret)
        this.hear(shown)
      }
    else this.hear(opened)
    return opened
  }

  // ---------------------------------------------------------------- contexts

  context(checkpoint?: Checkpoint, die?: Parameters<typeof publishContext>[2]): PublishContext {
    return this.contextOf(this.account, this.#secret, checkpoint, die)
  }

  contextOf(
    account: Connected,
    secret: TestSecretBox = secretBox(account.secret),
    checkpoint?: Checkpoint,
    die?: Parameters<typeof publishContext>[2],
  ): PublishContext {
    return publishContext(
      accountContext(this.network, this.world, this.http, account, secret),
      checkpoint,
      die,
    )
  }

  get secret(): TestSecretBox {
    return this.#secret
  }

  // ---------------------------------------------------------------- publishing

  /** A post as plain as the network takes it: a text of its own, and a picture where nothing goes without. */
  async plainDelivery(words: string): Promise<DeliveryInput> {
    const text = uniqueText(this.refusedCharacters ? words.replaceAll(this.refusedCharacters, '') : words)
    if (!this.limits.mediaRequired) return deliveryOf(this.limits, draftOf({ text }))
    if (this.limits.image)
      return deliveryOf(this.limits, draftOf({ text, contentType: 'image' }), [
        await sampleImage(this.limits),
      ])
    return deliveryOf(this.limits, draftOf({ text, contentType: 'video' }), [await this.video()])
  }

  /** As `plainDelivery`, for a text that matters to the last letter. */
  async deliveryOfText(text: string, changes: Partial<Draft> = {}): Promise<DeliveryInput> {
    const plain = await this.plainDelivery('')
    return { ...plain, draft: { ...plain.draft, ...changes, text } }
  }

  video = async (): Promise<SampleFile> => (await this.world.video?.()) ?? sampleVideo()

  /** Prepares and plans; nothing is visible after it. */
  async ready(delivery: DeliveryInput, ctx = this.context()): Promise<Write[]> {
    const prepared = await this.network.prepare({ ...ctx, media: delivery.media }, delivery)
    this.hear(prepared)
    if (prepared.outcome === 'failed') throw new Error(`Not prepared: ${prepared.failure.message}`)
    const writes = this.network.plan(delivery, prepared.prepared, keySource())
    this.hear(writes)
    expect(writes.length).toBeGreaterThan(0)
    for (const write of writes) this.#filesOf.set(write.key, delivery.media)
    // As through the database, where the plan is kept.
    return JSON.parse(JSON.stringify(writes)) as Write[]
  }

  /** Commits a write that a fault awaits; silence is given up soon. */
  async commitBroken(
    write: Write,
    fault: WriteFault,
    done: Written[] = [],
    ctx = this.context(),
  ): Promise<WriteResult> {
    await this.world.breakNextWrite(fault)
    this.#expectsSilence = fault.startsWith('silence')
    try {
      return await this.commit(write, done, ctx)
    } finally {
      this.#expectsSilence = false
    }
  }

  async commit(write: Write, done: Written[] = [], ctx = this.context()): Promise<WriteResult> {
    // The fence of the first try: what is looked for was sent after it.
    if (!this.#fencedAt.has(write.key)) this.#fencedAt.set(write.key, new Date())
    const result = await this.network.commit(this.#withFiles(ctx, write), write, done)
    this.hear(result)
    return result
  }

  /** Commits one write and stays with it until the network has made up its mind. */
  async accept(write: Write, done: Written[] = [], ctx = this.context()): Promise<Written> {
    let result = await this.commit(write, done, ctx)
    for (let polls = 0; result.outcome === 'pending' && polls < 100; polls++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (!this.network.poll) throw new Error('A pending write, and no poll to ask about it')
      result = await this.network.poll(this.#withFiles(ctx, write), write, result.token)
      this.hear(result)
    }
    if (result.outcome !== 'accepted') throw new Error(`Not accepted: ${JSON.stringify(result)}`)
    return { write, externalId: result.externalId, url: result.url, data: result.data ?? null }
  }

  async publish(delivery: DeliveryInput, ctx = this.context()): Promise<Written[]> {
    const done: Written[] = []
    for (const write of await this.ready(delivery, ctx)) done.push(await this.accept(write, done, ctx))
    return done
  }

  async lookup(write: Write, done: Written[] = [], ctx = this.context()) {
    const fencedAt = this.#fencedAt.get(write.key) ?? new Date()
    const found = await this.network.lookup(this.#withFiles(ctx, write), write, done, fencedAt)
    this.hear(found)
    return found
  }

  #withFiles = (ctx: PublishContext, write: Write): PublishContext => ({
    ...ctx,
    media: this.#filesOf.get(write.key) ?? [],
  })

  /** The visible posts whose text contains this, oldest first. */
  async seen(text: string, account = this.account): Promise<Seen[]> {
    return (await this.world.visible(account)).filter((post) => post.text.includes(text))
  }

  // ---------------------------------------------------------------- secrets

  hear(said: unknown) {
    this.#spoken.push(JSON.stringify(said))
  }

  keepSecret(secret: Json) {
    for (const one of secretStrings(secret)) this.#secrets.add(one)
  }

  /** Some networks want the credential in the path (Telegram, Discord's webhooks); said by who describes the world. */
  addressesMayHoldSecrets = false
  refusedCharacters: RegExp | null = null

  expectNoSecretSpoken() {
    for (const held of this.#secret.everHeld) this.keepSecret(held)
    const addresses = this.addressesMayHoldSecrets ? [] : this.http.sent.map(({ url }) => url)
    const spoken = [...this.#spoken, ...addresses]
    for (const secret of this.#secrets) {
      const leaks = spoken.filter((said) => said.includes(secret))
      expect(leaks.map((said) => said.replaceAll(secret, '<a secret>'))).toEqual([])
    }
  }
}

/** A handle is typed in as well, and is no secret. */
function isSecretField(schema: TSchema, name: string): boolean {
  const field = (schema as { properties?: Record<string, { format?: string }> }).properties?.[name]
  return field?.format === 'password' || /password|token|secret|key|webhook/i.test(name)
}

/** A failure a person can act on. */
export function expectHelpful(failure: Failure) {
  expect(failure.rule).toMatch(/^[a-z0-9_.-]+$/i)
  expect(failure.message.trim()).not.toBe('')
  expect(failure.message).not.toMatch(/\[object |undefined|\bnull\b|NaN/)
  expect(failure.remedy.trim()).not.toBe('')
}

async function challengeOf(verifier: string) {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return Buffer.from(hash).toString('base64url')
}
