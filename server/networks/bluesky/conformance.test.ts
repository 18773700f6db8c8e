import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { bluesky } from './index.ts'

let people = 0

describeConformance(bluesky, () =>
  simulatedWorld({
    network: 'bluesky',
    person: {
      kind: 'credentials',
      credentials: async () => ({
        identifier: `person-${++people}.test`,
        appPassword: `simulated-app-password-${people}`,
      }),
      wrongCredentials: async () => ({ identifier: 'somebody.test', appPassword: 'wrong-app-password' }),
    },
    belongs: (account, post) => post.author.handle === `@${account.handle}`,
    expireToken: async (world) => {
      await world.control('clock', { advanceMs: 2 * 3_600_000 + 60_000 })
    },
    revokeAccess: async (world, account) => {
      await world.control('networks/bluesky/revokeAppPassword', { did: account.externalId })
    },
    like: async (world, _account, uri) => {
      await world.control('networks/bluesky/like', { uri })
    },
  }),
)
