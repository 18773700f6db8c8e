/** What the engine gives a network, in memory: for the conformance suite and for adapters' own tests. */
import { randomInt, randomUUID } from 'node:crypto'
import type { Http, HttpRequest } from '../net/http.ts'
import type { World } from './conformance-world.ts'
import type {
  AccountContext,
  AccountView,
  ConnectContext,
  Connected,
  FreshSecret,
  Json,
  KeySource,
  Network,
  Outcome,
  PublishContext,
  SecretBox,
} from './network.ts'

export const connectContext = (network: Network, world: World, http: Http): ConnectContext => ({
  http,
  origin: originsOf(network, world),
  settings: world.settings,
  app: world.app,
  now: () => new Date(),
  signal: new AbortController().signal,
})

export function accountContext(
  network: Network,
  world: World,
  http: Http,
  account: Connected,
  secret: TestSecretBox = secretBox(account.secret),
): AccountContext & { secret: TestSecretBox } {
  return {
    http,
    origin: originsOf(network, world),
    account: viewOf(network, account),
    secret,
    app: world.app,
    now: () => new Date(),
    signal: new AbortController().signal,
  }
}

/** An unknown role is a mistake in the adapter, here as in production. */
const originsOf =
  (network: Network, world: World) =>
  (role = 'api') => {
    if (!(role in network.origins)) throw new Error(`${network.id} has no origin for the role ${role}`)
    return world.origin(role)
  }

export const viewOf = (network: Network, account: Connected): AccountView => ({
  id: randomUUID(),
  externalId: account.externalId,
  name: account.name,
  handle: account.handle,
  settings: account.settings,
  limits: account.limits ?? network.limits,
})

// ---------------------------------------------------------------- checkpoints

/** The finished steps of one delivery, as its row keeps them. */
export type Checkpoint = Map<string, { value: Json; at: number }>

export class ProcessDied extends Error {}

/**
 * @param dieAtStep the process dies around the step of this position (from 0): `after` its result is on disk, or
 * `before`, when its work is done at the network and its result is lost.
 */
export function publishContext(
  account: AccountContext,
  checkpoint: Checkpoint = new Map(),
  die: { atStep: number; when: 'before' | 'after' } | null = null,
): PublishContext {
  let position = 0
  return {
    ...account,
    media: [],
    async step(name, work, options) {
      const here = position++
      const kept = checkpoint.get(name)
      if (kept && Date.now() - kept.at < (options?.validMs ?? Number.POSITIVE_INFINITY))
        return kept.value as never
      const value = await work()
      if (die?.atStep === here && die.when === 'before') throw new ProcessDied(name)
      // As through the database: what does not survive JSON is not there the next time.
      checkpoint.set(name, { value: JSON.parse(JSON.stringify(value)), at: Date.now() })
      if (die?.atStep === here && die.when === 'after') throw new ProcessDied(name)
      return value
    },
  }
}

export const keySource = (): KeySource => ({
  uuid: randomUUID,
  now: () => new Date(),
  random: (below) => randomInt(below),
})

/** Always the same keys: two plans of the same delivery must then be equal. */
export function fixedKeySource(): KeySource {
  let count = 0
  return {
    uuid: () => `00000000-0000-4000-8000-${String(count++).padStart(12, '0')}`,
    now: () => new Date('2026-11-22T10:00:00.000Z'),
    random: (below) => count++ % below,
  }
}

// ---------------------------------------------------------------- secrets

export interface TestSecretBox extends SecretBox {
  /** How many exchanges were made. */
  refreshes: number
  /** Every secret that was ever in the box, for proving that none leaked. */
  everHeld: Json[]
}

/** One exchange at a time, and whoever comes with an outdated secret gets the newer one, as the contract says. */
export function secretBox(first: Json): TestSecretBox {
  let held = first
  let turn: Promise<unknown> = Promise.resolve()
  const box: TestSecretBox = {
    refreshes: 0,
    everHeld: [first],
    current: async () => held,
    refresh(stale, exchange) {
      const mine = turn.then(async (): Promise<Outcome<Json>> => {
        if (JSON.stringify(stale) !== JSON.stringify(held)) return { outcome: 'done', value: held }
        box.refreshes++
        const fresh: Outcome<FreshSecret> = await exchange(held)
        if (fresh.outcome === 'failed') return fresh
        held = JSON.parse(JSON.stringify(fresh.value.secret))
        box.everHeld.push(held)
        return { outcome: 'done', value: held }
      })
      turn = mine.catch(() => null)
      return mine
    },
  }
  return box
}

/** Every string inside a secret that is long enough to be recognised in another text. */
export function secretStrings(secret: Json): string[] {
  if (typeof secret === 'string') return secret.length >= 12 ? [secret] : []
  if (secret === null || typeof secret !== 'object') return []
  return Object.values(secret).flatMap((inner) => secretStrings(inner))
}

// ---------------------------------------------------------------- requests

export interface SentRequest {
  method: string
  url: string
  timeoutMs: number | undefined
  hasSignal: boolean
}

/**
 * Keeps what was asked, and makes waiting short: a request that may wait 30 s gets `timeoutMsMax()`, so that silence is
 * tried in a moment while the adapter's own bound is what is judged.
 */
export function watchedHttp(http: Http, timeoutMsMax: () => number): Http & { sent: SentRequest[] } {
  const sent: SentRequest[] = []
  return {
    sent,
    send(request: HttpRequest) {
      const { method, url, timeoutMs, signal } = request
      sent.push({ method, url, timeoutMs, hasSignal: signal !== undefined })
      return http.send({ ...request, timeoutMs: Math.min(timeoutMs ?? 30_000, timeoutMsMax()) })
    },
  }
}
