import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { describeConformance } from '../conformance.ts'
import type { OAuthSecret } from '../oauth-request.ts'
import { pinterest } from './index.ts'

let world: SimulatedWorld

describeConformance(pinterest, async () => {
  world = await simulatedWorld({
    network: 'pinterest',
    app: { clientId: 'app', clientSecret: 'the secret of the app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === account.handle && post.place === account.name,
    // A Pin has one alternative text, however many images it has.
    hidesAltTexts: true,
    async expireToken({ control, exchanges }) {
      // The one in use, which may have been renewed since the account was connected.
      const last = exchanges.findLast(({ requestHeaders }) =>
        String(requestHeaders.authorization).startsWith('Bearer '),
      )
      const token = String(last?.requestHeaders.authorization).replace('Bearer ', '')
      await control('networks/pinterest/expire', { token })
    },
    async revokeAccess({ control }, { secret }) {
      await control('networks/pinterest/revoke', { token: (secret as OAuthSecret).accessToken })
    },
    async like({ control }, _account, pinId) {
      await control('networks/pinterest/react', { pinId })
    },
  })
  return world
})

test("what the adapter says, and what it hears, is what Pinterest's official description says", async (context) => {
  const spec = sharedSpec('pinterest/openapi.json')
  if (!spec) return context.skip(specIsAbsent)
  const validator = openApiValidator(spec, {
    mount: observedMount('pinterest'),
    allow: [
      {
        problem: 'POST /oauth/token: request body: "continuous_refresh"',
        why: 'developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization; the description leaves it out',
      },
      {
        problem: 'POST /storage/',
        why: "the storage service's own address, which registering an upload answers",
      },
      { problem: 'GET /web/oauth/', why: 'the consent page is at www.pinterest.com' },
    ],
  })
  expect(world.exchanges.length).toBeGreaterThan(50)
  expect(validator.check(await observedExchanges(world.exchanges))).toEqual([])
})
