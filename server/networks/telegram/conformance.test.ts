import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { telegram } from './index.ts'

let accounts = 0

describeConformance(
  telegram,
  () =>
    simulatedWorld({
      network: 'telegram',
      person: {
        kind: 'credentials',
        credentials: async () => ({
          botToken: `${700_000 + ++accounts}:AAF-a-token-of-the-simulated-botfather`,
          chatId: Number(`-100${7_000_000_000 + accounts}`),
        }),
        wrongCredentials: async () => ({ botToken: '700000:invalid-token', chatId: -1_007_000_000_000 }),
      },
      belongs: (account, post) => post.id.startsWith(`${account.externalId}/`),
      externalIdOf: (id) => id.split('/')[1] ?? '',
      hidesAltTexts: true,
      async revokeAccess(world, account) {
        const { botToken } = account.secret as { botToken: string }
        await world.control('networks/telegram/revokeToken', { botId: botToken.split(':')[0] })
      },
    }),
  {
    lacks: { expireToken: 'bot tokens never run out', like: 'the Bot API counts nothing per message' },
    secretInAddress: 'the Bot API takes the token in the path',
  },
)
