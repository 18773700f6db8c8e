import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { fromPostman, strangeParameters } from '../../../test/spec-validation/graph-spec.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
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

test("every parameter that is sent is in Meta's own collection", (context) => {
  const spec = sharedSpec('threads/threads-api.postman_collection.json')
  if (!spec) return context.skip(specIsAbsent)
  const consent = [
    'client_id',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
    'sandbox_consent',
    'sandbox_person',
  ]
  expect(
    strangeParameters(world.exchanges, {
      authorize: { names: new Set(consent), required: [] },
      'oauth.access_token': fromPostman(spec, 'POST', 'oauth/access_token'),
      access_token: fromPostman(spec, 'GET', 'access_token'),
      me: fromPostman(spec, 'GET', 'me'),
      'me.insights': fromPostman(spec, 'GET', 'me/threads_insights'),
      'threads.create': fromPostman(spec, 'POST', 'me/threads'),
      'threads.publish': fromPostman(spec, 'POST', 'me/threads_publish'),
      'threads.limit': fromPostman(spec, 'GET', 'me/threads_publishing_limit'),
      'threads.list': fromPostman(spec, 'GET', 'me/threads'),
      'replies.list': fromPostman(spec, 'GET', 'me/replies'),
      'threads.insights': fromPostman(spec, 'GET', ':id/insights'),
      'threads.delete': fromPostman(spec, 'DELETE', ':id'),
      'object.get': fromPostman(spec, 'GET', ':id'),
    }),
  ).toEqual([])
})
