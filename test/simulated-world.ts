/** A world for the conformance suite whose other end is a simulator of sandbox/. One per network, a few lines each. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Exchange } from '../sandbox/recorder.ts'
import type { FeedPost, Pulled } from '../sandbox/simulator.ts'
import { startSandbox } from '../sandbox/start.ts'
import type { Limits } from '../server/domain/limits.ts'
import { sampleImage, sampleVideo } from '../server/networks/conformance-samples.ts'
import {
  type Person,
  rateLimitSeconds,
  type SampleFile,
  type Seen,
  type World,
  type WriteFault,
} from '../server/networks/conformance-world.ts'
import type { AppCredentials, Connected, Json } from '../server/networks/network.ts'

export interface SimulatedFacts {
  network: string
  person: Person
  settings?: Record<string, Json>
  app?: AppCredentials
  /** Whether a post of the feed is the account's. */
  belongs(account: Connected, post: FeedPost): boolean
  /** The adapter's external id of a post; its id in the feed when absent. */
  externalIdOf?(id: string): string
  expireToken?(world: SimulatedWorld, account: Connected): Promise<void>
  revokeAccess?(world: SimulatedWorld, account: Connected): Promise<void>
  like?(world: SimulatedWorld, account: Connected, externalId: string): Promise<void>
  /** Readers of this network see no alternative texts. */
  hidesAltTexts?: boolean
  /** How long the network takes for what it does later; the suite does not want to wait. */
  processingMs?: number
}

export interface SimulatedWorld extends World {
  /** `http://127.0.0.1:<port>/sandbox` */
  url: string
  /** A POST to the control API; `networks/<id>/<control>` calls a control of the network. */
  control(path: string, body: Record<string, unknown>): Promise<unknown>
  feed(): Promise<FeedPost[]>
  /** Every exchange so far, in order. */
  exchanges: Exchange[]
}

/** Starts a sandbox of its own in a temporary folder; `close` takes both away. */
export async function simulatedWorld(facts: SimulatedFacts): Promise<SimulatedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-'))
  const exchanges: Exchange[] = []
  const running = await startSandbox({
    folder,
    observe: (exchange) => exchanges.push(exchange),
    pull: sampleAt,
  })
  const base = `${running.url}/${facts.network}`
  const externalIdOf = facts.externalIdOf ?? ((id: string) => id)

  const world: SimulatedWorld = {
    url: running.url,
    exchanges,
    origin: (role) => (role === 'api' ? base : `${base}/${role}`),
    settings: facts.settings ?? {},
    app: facts.app ?? null,
    person: facts.person,
    async control(path, body) {
      const answer = await fetch(`${running.url}/_control/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${await answer.text()}`)
      const text = await answer.text()
      return text === '' ? null : JSON.parse(text)
    },
    async feed() {
      const answer = await fetch(`${running.url}/feed.json?network=${facts.network}&limit=500`)
      return ((await answer.json()) as { data: FeedPost[] }).data
    },
    async visible(account) {
      const posts = (await world.feed()).filter((post) => facts.belongs(account, post))
      return posts.toReversed().map((post): Seen => seenOf(post))
    },
    async breakNextWrite(fault) {
      await world.control('faults', { ...faults[fault], network: facts.network, writes: true })
    },
    ...(facts.expireToken && {
      expireToken: (account) => facts.expireToken?.(world, account) as Promise<void>,
    }),
    ...(facts.revokeAccess && {
      revokeAccess: (account) => facts.revokeAccess?.(world, account) as Promise<void>,
    }),
    ...(facts.like && { like: (account, id) => facts.like?.(world, account, id) as Promise<void> }),
    async close() {
      await running.close()
      await rm(folder, { recursive: true, force: true })
    },
  }

  function seenOf(post: FeedPost): Seen {
    const media = post.media ?? []
    return {
      externalId: externalIdOf(post.id),
      text: post.text,
      media: media.length,
      ...(!facts.hidesAltTexts && { altTexts: media.map(({ altText }) => altText ?? '') }),
      replyTo: post.replyTo ? externalIdOf(post.replyTo) : null,
    }
  }

  await world.control('settings', { processingMs: facts.processingMs ?? 50 })
  return world
}

/** What stands at the addresses of the suite's sample files, for networks that fetch media. */
function sampleAt(url: string): Promise<Pulled> | null {
  if (!url.startsWith('https://media.example/')) return null
  return url.endsWith('.mp4') ? Promise.resolve(asPulled(sampleVideo())) : picture(url).then(asPulled)
}

const picture = (url: string) =>
  sampleImage({ image: { mimeTypes: [url.endsWith('.png') ? 'image/png' : 'image/jpeg'] } } as Limits)

const asPulled = ({ bytes, mimeType }: SampleFile): Pulled => ({ outcome: 'done', bytes, mimeType })

const faults: Record<WriteFault, Record<string, unknown>> = {
  rate_limited: { kind: 'rate_limit', retryAfterMs: rateLimitSeconds * 1000 },
  rejected: { kind: 'rejected' },
  error_before: { kind: 'server_error', when: 'before' },
  error_after: { kind: 'server_error', when: 'after' },
  cut_before: { kind: 'cut', when: 'before' },
  cut_after: { kind: 'cut', when: 'after' },
  silence_before: { kind: 'silence', when: 'before' },
  silence_after: { kind: 'silence', when: 'after' },
}
