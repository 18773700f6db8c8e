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
import type { FacebookSecret } from './api.ts'
import { facebook } from './index.ts'

let world: SimulatedWorld

describeConformance(facebook, openWorld, {
  lacks: { expireToken: "a page's token has no end and no refresh" },
})

async function openWorld() {
  world = await simulatedWorld({
    network: 'facebook',
    app: { clientId: 'an-app', clientSecret: 'the-secret-of-the-app' },
    person: {
      kind: 'oauth',
      consent: (url) => consentTo(url, { sandbox_person: 'ada', sandbox_pages: 'ada-bakery' }),
    },
    belongs: (account, post) => post.author.handle === account.handle,
    async revokeAccess({ control }, { secret }) {
      await control('networks/facebook/revoke', { token: (secret as unknown as FacebookSecret).pageToken })
    },
    async like({ control }, _account, postId) {
      await control('networks/facebook/like', { postId })
    },
  })
  return world
}

test('every parameter that is sent is one that Meta publishes', (context) => {
  const [page, post, user] = ['Page', 'PagePost', 'User'].map((name) =>
    sharedSpec(`meta/api_specs/${name}.json`),
  )
  if (!page || !post || !user) return context.skip(specIsAbsent)
  const proved = (allowed: ReturnType<typeof fromCodegen>) => ({
    ...allowed,
    names: new Set([...allowed.names, 'appsecret_proof']),
  })
  const consent = ['client_id', 'client_secret', 'code', 'redirect_uri', 'response_type', 'scope', 'state']
  const own = {
    names: new Set([
      ...consent,
      'grant_type',
      'fb_exchange_token',
      'sandbox_consent',
      'sandbox_person',
      'sandbox_pages',
    ]),
    required: [],
  }
  expect(
    strangeParameters(world.exchanges, {
      authorize: own,
      'oauth.access_token': own,
      accounts: proved(fromCodegen(user, 'GET', 'accounts')),
      // `source` is the file itself, which the data does not list.
      'photos.post': withName(proved(fromCodegen(page, 'POST', 'photos')), 'source'),
      'feed.post': proved(fromCodegen(page, 'POST', 'feed')),
      'videos.post': proved(fromCodegen(page, 'POST', 'videos')),
      'video_reels.post': proved(fromCodegen(page, 'POST', 'video_reels')),
      published_posts: proved(fromCodegen(page, 'GET', 'published_posts')),
      'comments.post': proved(fromCodegen(post, 'POST', 'comments')),
      'comments.list': proved(fromCodegen(post, 'GET', 'comments')),
      insights: proved(fromCodegen(post, 'GET', 'insights')),
      'object.get': proved(fromCodegen(post, 'GET')),
      'object.delete': proved(fromCodegen(post, 'DELETE')),
    }),
  ).toEqual([])
})

test('every field that is asked for or answered is one that Meta publishes, and of its type', (context) => {
  const specs = ['Page', 'PagePost', 'Comment', 'AdVideo', 'Photo', 'InsightsResult'].map((name) =>
    sharedSpec(`meta/api_specs/${name}.json`),
  )
  if (specs.includes(null)) return context.skip(specIsAbsent)
  const [page, post, comment, video, photo, insight] = specs
  expect(
    strangeFields(world.exchanges, {
      // `tasks` is of the list of a person's pages alone (graph-api/reference/user/accounts).
      accounts: fieldsOfNodes([page], ['tasks']),
      published_posts: fieldsOfNodes([post]),
      insights: fieldsOfNodes([insight]),
      'object.get': fieldsOfNodes([page, post, comment, video, photo]),
    }),
  ).toEqual([])
})

const withName = (allowed: ReturnType<typeof fromCodegen>, name: string) => ({
  ...allowed,
  names: new Set([...allowed.names, name]),
})
