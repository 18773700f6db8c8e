import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { wordpress } from './index.ts'

let accounts = 0

describeConformance(
  wordpress,
  () =>
    simulatedWorld({
      network: 'wordpress',
      settings: { siteUrl: 'https://bakery.example' },
      person: {
        kind: 'credentials',
        credentials: async () => ({
          siteUrl: 'https://bakery.example',
          username: `baker-${++accounts}`,
          applicationPassword: 'abcd EFGH 1234 ijkl MNOP 6789',
        }),
        wrongCredentials: async () => ({
          siteUrl: 'https://bakery.example',
          username: 'baker-0',
          applicationPassword: 'invalid password',
        }),
      },
      belongs: (account, post) => post.author.handle === account.handle,
      revokeAccess: async (world, account) => {
        await world.control('networks/wordpress/revoke', { username: account.handle })
      },
    }),
  {
    lacks: {
      expireToken: 'application passwords never run out',
      like: 'WordPress counts comments and no likes',
    },
  },
)
