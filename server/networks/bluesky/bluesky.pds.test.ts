/** Against the real server of the network, where it is installed (test/peers). It has no app view, so nothing is counted. */
import { describe } from 'vitest'
import { type ProxyFault, startFaultProxy } from '../../../test/fault-proxy.ts'
import { type PdsAccount, pdsMissing, startPds } from '../../../test/peers/pds.ts'
import { describeConformance, rateLimitSeconds, type World, type WriteFault } from '../conformance.ts'
import type { Network } from '../network.ts'
import { bluesky } from './index.ts'

if (pdsMissing) console.warn(`Bluesky is not tried against the real server: ${pdsMissing}`)

const hours = 3_600_000

describe.skipIf(pdsMissing)('the real server', () => {
  describeConformance(withoutAppView(), openWorld, {
    where: 'a real PDS',
    lacks: { like: 'likes are counted by the app view, which is not part of a PDS' },
  })
})

function withoutAppView(): Network {
  const { metrics: _, accountMetrics: __, ...network } = bluesky
  return network
}

async function openWorld(): Promise<World> {
  const pds = await startPds()
  const proxy = await startFaultProxy(pds.url)
  const accounts = new Map<string, PdsAccount>()
  return {
    origin: (role) => {
      if (role === 'api') return proxy.url
      if (role === 'plc') return pds.plcUrl
      if (role === 'web') return 'https://bsky.app'
      return 'http://127.0.0.1:9' // nobody is there: no app view, no video service
    },
    settings: {},
    app: null,
    person: {
      kind: 'credentials',
      async credentials() {
        const account = await pds.createAccount()
        accounts.set(account.did, account)
        return { identifier: `@${account.handle}`, appPassword: await pds.createAppPassword(account) }
      },
      async wrongCredentials() {
        const account = await pds.createAccount()
        return { identifier: account.handle, appPassword: 'abcd-efgh-ijkl-mnop' }
      },
    },
    async visible({ externalId }) {
      const { body } = await pds.call('GET', 'com.atproto.repo.listRecords', {
        repo: externalId,
        collection: 'app.bsky.feed.post',
        limit: '100',
      })
      return body.records.toReversed().map(seen)
    },
    async breakNextWrite(fault) {
      proxy.breakNext(proxyFault(fault), ({ path }) => path === '/xrpc/com.atproto.repo.putRecord')
    },
    async expireToken() {
      await pds.advance(2 * hours + 60_000)
    },
    async revokeAccess({ externalId }) {
      const account = accounts.get(externalId) as PdsAccount
      const session = await pds.call('POST', 'com.atproto.server.createSession', {
        identifier: account.handle,
        password: account.password,
      })
      const revoked = { name: 'fanfare' }
      await pds.call('POST', 'com.atproto.server.revokeAppPassword', revoked, session.body.accessJwt)
      // What was handed out before stays good until it runs out.
      await pds.advance(2 * hours + 60_000)
    },
    async close() {
      await proxy.close()
      await pds.close()
    },
  }
}

interface Kept {
  uri: string
  value: {
    text: string
    reply?: { parent: { uri: string } }
    embed?: { images?: { alt: string }[]; video?: object; alt?: string }
  }
}

const seen = ({ uri, value }: Kept) => {
  const { images, video, alt } = value.embed ?? {}
  return {
    externalId: uri,
    text: value.text,
    media: images?.length ?? (video ? 1 : 0),
    altTexts: images?.map((image) => image.alt) ?? (video ? [alt ?? ''] : []),
    replyTo: value.reply?.parent.uri ?? null,
  }
}

/** The answers are the server's own, as it gave them when it was asked for them (README.md). */
function proxyFault(fault: WriteFault): ProxyFault {
  switch (fault) {
    case 'rate_limited':
      return {
        kind: 'answer',
        when: 'before',
        status: 429,
        headers: { 'ratelimit-reset': String(Math.floor(Date.now() / 1000) + rateLimitSeconds) },
        body: { error: 'RateLimitExceeded', message: 'Rate Limit Exceeded' },
      }
    case 'rejected':
      return {
        kind: 'answer',
        when: 'before',
        status: 400,
        body: { error: 'InvalidRequest', message: 'Invalid app.bsky.feed.post record' },
      }
    case 'error_before':
    case 'error_after':
      return {
        kind: 'answer',
        when: fault === 'error_before' ? 'before' : 'after',
        status: 500,
        body: { error: 'InternalServerError', message: 'Internal Server Error' },
      }
    case 'cut_before':
    case 'silence_before':
      return { kind: fault === 'cut_before' ? 'cut' : 'silence', when: 'before' }
    case 'cut_after':
    case 'silence_after':
      return { kind: fault === 'cut_after' ? 'cut' : 'silence', when: 'after' }
  }
}
