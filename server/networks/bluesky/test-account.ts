/** For this folder's tests: an account on the simulated Bluesky, and a way to answer some requests by hand. */
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import type { Draft } from '../../domain/draft.ts'
import { createHttp, type Http, type HttpAnswer, type HttpRequest } from '../../net/http.ts'
import {
  accountContext,
  type Checkpoint,
  connectContext,
  keySource,
  publishContext,
} from '../conformance-context.ts'
import { deliveryOf, draftOf } from '../conformance-samples.ts'
import type { SampleFile } from '../conformance-world.ts'
import type { Connected, Json, Prepared, PublishContext, Write, Written } from '../network.ts'
import { bluesky } from './index.ts'

/** Answers a request by hand, or null to let it through. */
export type Script = (request: HttpRequest) => HttpAnswer | null

export interface TestAccount extends AsyncDisposable {
  world: SimulatedWorld
  account: Connected
  /** Every request so far. */
  sent: HttpRequest[]
  /** From now on, requests are first offered to this. */
  script(answer: Script): void
  context(checkpoint?: Checkpoint): PublishContext
  prepare(draft: Partial<Draft>, files?: SampleFile[], checkpoint?: Checkpoint): Promise<Prepared>
  plan(draft: Partial<Draft>, files?: SampleFile[]): Promise<Write[]>
  publish(draft: Partial<Draft>, files?: SampleFile[]): Promise<Written[]>
  /** The records of these writes, as they were sent. */
  records(writes: Write[]): Record<string, Json>[]
}

let people = 0

export async function testAccount(): Promise<TestAccount> {
  const person = `writer-${++people}`
  const world = await simulatedWorld({
    network: 'bluesky',
    person: {
      kind: 'credentials',
      credentials: async () => ({ identifier: person, appPassword: 'some-app-password' }),
      wrongCredentials: async () => ({ identifier: person, appPassword: 'wrong' }),
    },
    belongs: () => true,
  })
  const http = createHttp({ allowPrivate: true, trustedOrigins: [] })
  const sent: HttpRequest[] = []
  let script: Script = () => null
  const scripted: Http = {
    async send(request) {
      sent.push(request)
      return script(request) ?? http.send(request)
    },
  }
  const { connect } = bluesky
  if (connect.kind !== 'credentials') throw new Error('Bluesky connects with credentials')
  const opened = await connect.open(connectContext(bluesky, world, http), {
    identifier: person,
    appPassword: 'some-app-password',
  })
  if (opened.outcome === 'failed') throw new Error(opened.failure.message)
  const account = opened.value[0] as Connected
  const inner = accountContext(bluesky, world, scripted, account)
  const context = (checkpoint?: Checkpoint) => publishContext(inner, checkpoint)
  const delivery = (draft: Partial<Draft>, files?: SampleFile[]) =>
    deliveryOf(bluesky.limits, draftOf(draft), files)

  const it: TestAccount = {
    world,
    account,
    sent,
    script(answer) {
      script = answer
    },
    context,
    prepare: (draft, files, checkpoint) => bluesky.prepare(context(checkpoint), delivery(draft, files)),
    async plan(draft, files) {
      const input = delivery(draft, files)
      const prepared = await bluesky.prepare(context(), input)
      if (prepared.outcome === 'failed') throw new Error(JSON.stringify(prepared.failure))
      return bluesky.plan(input, prepared.prepared, keySource())
    },
    async publish(draft, files) {
      const done: Written[] = []
      for (const write of await it.plan(draft, files)) {
        const result = await bluesky.commit(context(), write, done)
        if (result.outcome !== 'accepted') throw new Error(JSON.stringify(result))
        done.push({ write, externalId: result.externalId, url: result.url, data: result.data ?? null })
      }
      return done
    },
    records: (writes) => writes.map(({ payload }) => (payload as { record: Record<string, Json> }).record),
    async [Symbol.asyncDispose]() {
      await http.close()
      await world.close()
    },
  }
  return it
}

/** An answer made by hand. */
export function answer(
  status: number,
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): HttpAnswer {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return {
    kind: 'answer',
    status,
    ok: status >= 200 && status < 300,
    headers: new Headers(headers),
    bytes,
    text: new TextDecoder().decode(bytes),
    json: typeof body === 'object' && !(body instanceof Uint8Array) ? body : undefined,
    url: 'https://page.example/a/page',
  }
}

/** The last part of an XRPC address: `com.atproto.repo.putRecord`. */
export const methodOf = (request: HttpRequest) => /\/xrpc\/([\w.]+)$/.exec(request.url)?.[1] ?? ''
