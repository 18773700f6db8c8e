import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import type { ThreadsSecret } from './api.ts'
import { threads } from './index.ts'

let world: SimulatedWorld

describeConformance(threads, openWorld, {
  lacks: { expireToken: 'a token that has run out cannot be renewed' },
  secretInAddress:
    'the exchange for a long token wants token and app secret there (docs/threads/get-started)',
})

async function openWorld() {
  world = await simulatedWorld({
    network: 'threads',
    app: { clientId: 'an-app', clientSecret: 'the-secret-of-the-app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === `@${account.handle}`,
    async revokeAccess({ control }, { secret }) {
      await control('networks/threads/revoke', { token: (secret as unknown as ThreadsSecret).accessToken })
    },
    async like({ control }, _account, postId) {
      await control('networks/threads/like', { postId })
    },
  })
  return world
}

test('only the two calls that must have them carry a token or the app secret in their address', () => {
  expect(world.exchanges.length).toBeGreaterThan(50)
  const telling = world.exchanges.filter(({ query }) => 'access_token' in query || 'client_secret' in query)
  expect(new Set(telling.map(({ path }) => path))).toEqual(new Set(['/access_token']))
})
