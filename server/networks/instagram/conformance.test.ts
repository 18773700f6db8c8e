import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import {
  fieldsOfNodes,
  fromCodegen,
  strangeFields,
  strangeParameters,
} from '../../../test/spec-validation/graph-spec.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { describeConformance } from '../conformance.ts'
import type { InstagramSecret } from './api.ts'
import { instagram } from './index.ts'

let world: SimulatedWorld

describeConformance(instagram, openWorld, {
  lacks: { expireToken: 'a token that has run out cannot be renewed' },
  secretInAddress:
    'the exchange for a long token wants token and app secret there (docs/instagram-platform/reference/access_token)',
})

async function openWorld() {
  world = await simulatedWorld({
    network: 'instagram',
    app: { clientId: 'an-app', clientSecret: 'the-secret-of-the-app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === `@${account.handle}`,
    async revokeAccess({ control }, { secret }) {
      await control('networks/instagram/revoke', {
        token: (secret as unknown as InstagramSecret).accessToken,
      })
    },
    async like({ control }, _account, postId) {
      await control('networks/instagram/like', { postId })
    },
  })
  return world
}

test('only the two calls that must have them carry a token or the app secret in their address', () => {
  expect(world.exchanges.length).toBeGreaterThan(50)
  const telling = world.exchanges.filter(({ query }) => 'access_token' in query || 'client_secret' in query)
  expect(new Set(telling.map(({ path }) => path))).toEqual(new Set(['/access_token']))
})

test('every parameter that is sent is one that Meta publishes', (context) => {
  const [user, media, container, token] = [
    'IGUserForIGOnlyAPI',
    'IGMediaForIGOnlyAPI',
    'ShadowIGMediaBuilder',
    'IGAccessTokenForIGOnlyAPI',
  ].map((name) => sharedSpec(`meta/api_specs/${name}.json`))
  if (!user || !media || !container || !token) return context.skip(specIsAbsent)
  const consent = [
    'client_id',
    'client_secret',
    'code',
    'grant_type',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ]
  const own = { names: new Set([...consent, 'sandbox_consent', 'sandbox_person']), required: [] }
  expect(
    strangeParameters(world.exchanges, {
      authorize: own,
      'oauth.access_token': own,
      access_token: fromCodegen(token, 'GET'),
      me: fromCodegen(user, 'GET'),
      'media.create': fromCodegen(user, 'POST', 'media'),
      // The data calls it so; the guide and the reference have media_publish.
      'media.publish': fromCodegen(user, 'POST', 'mediapublish'),
      publishing_limit: fromCodegen(user, 'GET', 'content_publishing_limit'),
      'media.list': fromCodegen(user, 'GET', 'media'),
      'media.insights': fromCodegen(media, 'GET', 'insights'),
      'comments.create': fromCodegen(media, 'POST', 'comments'),
      'comments.list': fromCodegen(media, 'GET', 'comments'),
      'object.get': fromCodegen(container, 'GET'),
    }),
  ).toEqual([])
})

test('every field that is asked for or answered is one that Meta publishes, and of its type', (context) => {
  const specs = [
    'IGUserForIGOnlyAPI',
    'IGMediaForIGOnlyAPI',
    'ShadowIGMediaBuilder',
    'InstagramInsightsResult',
  ].map((name) => sharedSpec(`meta/api_specs/${name}.json`))
  if (specs.includes(null)) return context.skip(specIsAbsent)
  const [user, media, container, insight] = specs
  expect(
    strangeFields(world.exchanges, {
      // The reference answers the id in quotes (instagram-api-with-instagram-login/get-started).
      me: fieldsOfNodes([user], ['user_id']),
      'media.list': fieldsOfNodes([media]),
      'media.insights': fieldsOfNodes([insight]),
      'object.get': fieldsOfNodes([media, container]),
    }),
  ).toEqual([])
})
