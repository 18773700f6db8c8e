import { consentTo } from '../../../test/simulated-consent.ts'
import { type SimulatedFacts, type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import type { Network } from '../network.ts'
import { linkedin } from './index.ts'
import { parseSecret } from './session.ts'

/** Ada consents; she has two company pages. */
export const openWorld = (facts: Partial<SimulatedFacts> = {}): Promise<SimulatedWorld> =>
  simulatedWorld({
    network: 'linkedin',
    app: { clientId: 'the-app', clientSecret: 'the-secret-of-the-app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === account.externalId,
    revokeAccess: async ({ control }, { secret }) => {
      await control('networks/linkedin/revoke', { token: parseSecret(secret).accessToken })
    },
    like: async ({ control }, _account, post) => {
      await control('networks/linkedin/like', { post })
    },
    ...facts,
  })

/** LinkedIn with only the pages of a consent, which come after the member. */
export const pagesOnly: Network = {
  ...linkedin,
  connect: {
    ...linkedin.connect,
    async exchange(ctx, grant) {
      if (linkedin.connect.kind !== 'oauth') throw new Error('LinkedIn has a consent page')
      const opened = await linkedin.connect.exchange(ctx, grant)
      return opened.outcome === 'done' ? { ...opened, value: opened.value.slice(1) } : opened
    },
  } as Network['connect'],
}

/** What a page's world is opened with. */
export const pageFacts: Partial<SimulatedFacts> = {
  app: { clientId: 'partner-app', clientSecret: 'the-secret-of-the-app' },
  settings: { organizations: true },
  expireToken: async ({ control }) => {
    await control('networks/linkedin/expire', { person: 'ada' })
  },
}
