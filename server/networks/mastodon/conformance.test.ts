import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { mastodonAllowances } from '../../../test/spec-validation/mastodon-allowances.ts'
import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { describeConformance } from '../conformance.ts'
import { mastodon } from './index.ts'
import type { MastodonSecret } from './request.ts'

let world: SimulatedWorld

describeConformance(mastodon, openWorld, {
  lacks: { expireToken: "Mastodon's tokens have no end and no refresh" },
})

async function openWorld() {
  world = await simulatedWorld({
    network: 'mastodon',
    settings: { instanceUrl: 'https://mastodon.example' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => account.handle === `${post.author.handle}@mastodon.example`,
    async revokeAccess({ url }, { secret }) {
      const { accessToken, clientId, clientSecret } = secret as unknown as MastodonSecret
      await fetch(`${url}/mastodon/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token: accessToken, client_id: clientId, client_secret: clientSecret }),
      })
    },
    async like({ url }, _account, externalId) {
      const headers = { authorization: 'Bearer A reader' }
      await fetch(`${url}/mastodon/api/v1/statuses/${externalId}/favourite`, { method: 'POST', headers })
    },
  })
  // The suite uploads more in a minute than an account may in half an hour.
  await world.control('networks/mastodon/rateLimits', { factor: 10 })
  return world
}

test("what the adapter says, and what it hears, is what Mastodon's description says", async (context) => {
  const spec = sharedSpec('mastodon/openapi.json')
  if (!spec) return context.skip(specIsAbsent)
  const validator = openApiValidator(spec, {
    mount: observedMount('mastodon'),
    oneOfIsAnyOf: true,
    formsAsJson: true,
    allow: [
      ...mastodonAllowances,
      {
        problem: 'POST /api/v1/statuses: response 500',
        why: 'a server that breaks; the suite makes it happen',
      },
    ],
  })
  expect(world.exchanges.length).toBeGreaterThan(50)
  expect(validator.check(await observedExchanges(world.exchanges))).toEqual([])
})
