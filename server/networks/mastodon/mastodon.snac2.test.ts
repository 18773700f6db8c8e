/** Against a real server that speaks Mastodon's API and is not Mastodon, where it is installed (test/peers). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ProxyFault, startFaultProxy } from '../../../test/fault-proxy.ts'
import { consentAtSnac2, snac2Missing, startSnac2 } from '../../../test/peers/snac2.ts'
import {
  describeConformance,
  rateLimitSeconds,
  type Seen,
  type World,
  type WriteFault,
} from '../conformance.ts'
import { deliveryOf, draftOf, sampleImage, uniqueText } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { Connected, Network, OAuthConnect } from '../network.ts'
import { mastodon } from './index.ts'
import { accountIdOf, type MastodonSecret } from './request.ts'

if (snac2Missing) console.warn(`Mastodon's kin is not tried against a real server: ${snac2Missing}`)

describe.skipIf(snac2Missing)('a real server of another make', () => {
  describeConformance(asSuiteWantsIt(), openWorld, {
    where: 'a real snac2',
    lacks: {
      expireToken: 'its tokens have no end',
      like: 'likes reach it from other servers, and there is none',
    },
  })

  describe('what snac2 does differently', () => {
    const trial = new Trial(mastodon, openWorld)
    beforeAll(() => trial.open())
    afterAll(() => trial.close())

    test('it is not taken for Mastodon: nothing is sent twice on the strength of a key', () => {
      expect(trial.account.settings.keepsIdempotencyKeys).toBe(false)
      expect(trial.recovery.repeatableMs).toBe(0)
      expect(trial.limits.text.max).toBe(100_000)
    })

    test('a post with a picture, markup and emoticons is found again, whatever became of its text', async () => {
      const text = `${uniqueText('Look')} *here* :-) https://example.com/a_b_c #tag <3`
      const delivery = deliveryOf(trial.limits, draftOf({ text, contentType: 'image' }), [
        await sampleImage(trial.limits),
      ])
      const [write] = await trial.ready(delivery)
      await trial.world.breakNextWrite('cut_after')
      expect(await trial.commit(write as never)).toMatchObject({ outcome: 'unknown' })
      const found = await trial.lookup(write as never)
      const [seen] = await trial.seen(text)
      expect(found).toMatchObject({ outcome: 'published', externalId: seen?.externalId })
      expect(seen?.altTexts).toEqual(['What picture.jpg shows'])
    })

    test('a lost answer about a post that is not public is not called absent, since its list shows public posts only', async () => {
      const draft = draftOf({ text: uniqueText('For followers'), options: { visibility: 'private' } })
      const [write] = await trial.ready(deliveryOf(trial.limits, draft))
      await trial.world.breakNextWrite('cut_after')
      await trial.commit(write as never)
      expect(await trial.lookup(write as never)).toMatchObject({ outcome: 'unknown' })
    })

    test('a post is not called deleted where deleting is not offered', async () => {
      const draft = draftOf({ text: uniqueText('To stay') })
      const [written] = await trial.publish(deliveryOf(trial.limits, draft))
      const removed = await mastodon.remove?.(trial.context(), written as never)
      expect(removed).toMatchObject({ outcome: 'failed', failure: { rule: 'mastodon.cannot_delete' } })
    })

    test('a wrong token asks for reconnecting, whether it answers 401 or 422', async () => {
      const secret = { ...(trial.account.secret as object), accessToken: 'wrong' }
      const ctx = trial.contextOf({ ...trial.account, secret })
      const [write] = await trial.ready(deliveryOf(trial.limits, draftOf({ text: uniqueText('Nobody') })))
      expect(await trial.commit(write as never, [], ctx)).toMatchObject({
        outcome: 'rejected',
        failure: { class: 'reconnect' },
      })
      expect(await mastodon.probe(ctx)).toMatchObject({ failure: { class: 'reconnect' } })
    })
  })
})

/**
 * It does not delete over the API, and takes 100,000 characters but minutes to format them: the suite gets what it takes in
 * a moment.
 */
function asSuiteWantsIt(): Network {
  const { remove: _, ...network } = mastodon
  const connect = mastodon.connect as OAuthConnect
  return {
    ...network,
    connect: {
      ...connect,
      async exchange(ctx, grant) {
        const opened = await connect.exchange(ctx, grant)
        if (opened.outcome === 'failed') return opened
        return { outcome: 'done', value: opened.value.map(withShorterTexts) }
      },
    },
  }
}

function withShorterTexts(account: Connected): Connected {
  const limits = account.limits ?? mastodon.limits
  return { ...account, limits: { ...limits, text: { ...limits.text, max: 1_000 } } }
}

async function openWorld(): Promise<World> {
  const snac2 = await startSnac2()
  const proxy = await startFaultProxy(snac2.url)
  return {
    origin: () => proxy.url,
    settings: { instanceUrl: proxy.url },
    app: null,
    person: {
      kind: 'oauth',
      async consent(authorizeUrl) {
        const location = await consentAtSnac2(authorizeUrl, await snac2.createUser())
        return new URL(location).searchParams.get('code') ?? ''
      },
    },
    async visible(account) {
      const answer = await fetch(`${snac2.url}/api/v1/accounts/${accountIdOf(account.externalId)}/statuses`, {
        headers: { authorization: `Bearer ${(account.secret as unknown as MastodonSecret).accessToken}` },
      })
      return ((await answer.json()) as Kept[]).toReversed().map(seenOf)
    },
    async breakNextWrite(fault) {
      proxy.breakNext(
        proxyFault(fault),
        ({ method, path }) => method === 'POST' && path === '/api/v1/statuses',
      )
    },
    async revokeAccess({ secret }: Connected) {
      const { accessToken, clientId, clientSecret } = secret as unknown as MastodonSecret
      await fetch(`${snac2.url}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token: accessToken, client_id: clientId, client_secret: clientSecret }),
      })
    },
    async close() {
      await proxy.close()
      await snac2.close()
    },
  }
}

interface Kept {
  id: string
  text: string
  in_reply_to_id: string | null
  media_attachments: { description: string | null }[]
}

const seenOf = (status: Kept): Seen => ({
  externalId: status.id,
  text: status.text,
  media: status.media_attachments.length,
  altTexts: status.media_attachments.map(({ description }) => description ?? ''),
  replyTo: status.in_reply_to_id,
})

function proxyFault(fault: WriteFault): ProxyFault {
  switch (fault) {
    case 'rate_limited':
      // snac2 has no limits; this is Mastodon's own answer.
      return {
        kind: 'answer',
        when: 'before',
        status: 429,
        headers: { 'x-ratelimit-reset': new Date(Date.now() + rateLimitSeconds * 1000).toISOString() },
        body: { error: 'Too many requests' },
      }
    case 'rejected':
      return {
        kind: 'answer',
        when: 'before',
        status: 422,
        body: { error: "Validation failed: Text can't be blank" },
      }
    case 'error_before':
    case 'error_after':
      return {
        kind: 'answer',
        when: fault === 'error_before' ? 'before' : 'after',
        status: 500,
        body: { error: 'x' },
      }
    case 'cut_before':
    case 'silence_before':
      return { kind: fault === 'cut_before' ? 'cut' : 'silence', when: 'before' }
    case 'cut_after':
    case 'silence_after':
      return { kind: fault === 'cut_after' ? 'cut' : 'silence', when: 'after' }
  }
}
