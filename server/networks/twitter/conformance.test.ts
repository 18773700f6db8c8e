import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { describeConformance } from '../conformance.ts'
import { twitter } from './index.ts'
import { parseSecret } from './session.ts'

let world: SimulatedWorld

describeConformance(twitter, openWorld)

async function openWorld() {
  world = await simulatedWorld({
    network: 'twitter',
    app: { clientId: 'the-app', clientSecret: 'the-secret-of-the-app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === `@${account.handle}`,
    hidesAltTexts: false,
    expireToken: async ({ control }) => {
      await control('clock', { advanceMs: 2 * 3_600_000 + 60_000 })
    },
    revokeAccess: async ({ control }, { secret }) => {
      await control('networks/twitter/revoke', { token: parseSecret(secret).accessToken })
    },
    like: async ({ control }, _account, postId) => {
      await control('networks/twitter/like', { postId })
    },
  })
  return world
}

test("what the adapter says, and what it hears, is what X's description says", async (context) => {
  const spec = sharedSpec('x/openapi.json')
  if (!spec) return context.skip(specIsAbsent)
  const problems = 'errors are problems with title, detail and type (docs.x.com, response-codes-and-errors)'
  const oauth = 'the description leaves OAuth to docs.x.com, fundamentals/authentication/oauth-2-0'
  const validator = openApiValidator(spec, {
    mount: observedMount('twitter'),
    oneOfIsAnyOf: true,
    allow: [
      ...[401, 403, 429, 500].map((status) => ({
        problem: `POST /2/tweets: response ${status} body`,
        why: problems,
      })),
      { problem: 'GET /2/users/me: response 401 body', why: problems },
      { problem: 'GET /authorize/i/oauth2/authorize: not in the description', why: oauth },
      { problem: 'POST /2/oauth2/token: not in the description', why: oauth },
      { problem: 'POST /2/oauth2/revoke: not in the description', why: oauth },
    ],
  })
  expect(world.exchanges.length).toBeGreaterThan(50)
  expect(validator.check(await observedExchanges(world.exchanges))).toEqual([])
})
