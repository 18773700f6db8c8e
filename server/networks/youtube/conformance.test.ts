import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { openApiFromDiscovery } from '../../../test/spec-validation/discovery.ts'
import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { youtubeAllowances } from '../../../test/spec-validation/youtube-allowances.ts'
import { describeConformance } from '../conformance.ts'
import type { OAuthSecret } from '../oauth-request.ts'
import { youtube } from './index.ts'

let world: SimulatedWorld

describeConformance(youtube, openWorld, { refusedCharacters: /[<>]/g })

async function openWorld() {
  world = await simulatedWorld({
    network: 'youtube',
    app: { clientId: 'app', clientSecret: 'the secret of the app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === account.handle,
    // A video has no alternative text.
    hidesAltTexts: true,
    async expireToken({ control, exchanges }) {
      // The one in use, which may have been renewed since the account was connected.
      const last = exchanges.findLast(({ requestHeaders }) =>
        String(requestHeaders.authorization).startsWith('Bearer '),
      )
      await control('networks/youtube/expire', {
        token: String(last?.requestHeaders.authorization).replace('Bearer ', ''),
      })
    },
    async revokeAccess({ control }, { secret }) {
      await control('networks/youtube/revoke', { token: (secret as OAuthSecret).accessToken })
    },
    async like({ control }, _account, videoId) {
      await control('networks/youtube/like', { videoId })
    },
  })
  return world
}

test("what the adapter says, and what it hears, is what YouTube's discovery document says", async (context) => {
  const spec = sharedSpec('youtube/youtube-v3.discovery.json')
  if (!spec) return context.skip(specIsAbsent)
  const validator = openApiValidator(openApiFromDiscovery(spec), {
    mount: observedMount('youtube'),
    allow: youtubeAllowances,
  })
  expect(world.exchanges.length).toBeGreaterThan(50)
  expect(validator.check(await observedExchanges(world.exchanges))).toEqual([])
})

test('every path it uses is one of the current client library', async (context) => {
  const spec = sharedSpec('youtube/youtube-v3.methods-2026.json') as {
    methods: { path: string; mediaPath?: string; httpMethod: string }[]
  } | null
  if (!spec) return context.skip(specIsAbsent)
  const known = spec.methods.flatMap(({ path, mediaPath, httpMethod }) => [
    `${httpMethod} ${path}`,
    ...(mediaPath ? [`${httpMethod} ${mediaPath}`, `PUT ${mediaPath}`] : []),
  ])
  const used = new Set(world.exchanges.map(({ method, path }) => `${method} ${path}`))
  expect([...used].filter((one) => /youtube\/v3/.test(one) && !known.includes(one))).toEqual([])
})
