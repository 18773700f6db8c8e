import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { discord } from './index.ts'

let accounts = 0

describeConformance(
  discord,
  () =>
    simulatedWorld({
      network: 'discord',
      person: {
        kind: 'credentials',
        credentials: async () => ({
          botToken: `a-simulated-bot-token-${++accounts}`,
          channelId: String(800_000 + accounts),
        }),
        wrongCredentials: async () => ({ botToken: 'invalid-bot-token', channelId: '800000' }),
      },
      belongs: (account, post) => post.url?.includes(`/${account.externalId}/`) ?? false,
      revokeAccess: async (world, account) => {
        const { botToken } = account.secret as { botToken: string }
        await world.control('networks/discord/revokeBot', { token: botToken })
      },
      like: async (world, _account, messageId) => {
        await world.control('networks/discord/react', { messageId })
      },
    }),
  { where: 'its simulator, as a bot', lacks: { expireToken: 'bot tokens never run out' } },
)

describeConformance(
  // A webhook's messages answer nothing, so its threads are several messages one after the other.
  { ...discord, limits: { ...discord.limits, threads: false } },
  () =>
    simulatedWorld({
      network: 'discord',
      person: {
        kind: 'credentials',
        credentials: async () => ({
          webhookUrl: `https://discord.com/api/webhooks/${900_000 + 10 * ++accounts}/a-simulated-webhook-token`,
        }),
        wrongCredentials: async () => ({
          webhookUrl: 'https://discord.com/api/webhooks/900000/invalid-token-1',
        }),
      },
      // The simulated webhook's channel has the number after its own.
      belongs: (account, post) => post.url?.includes(`/${Number(account.externalId) + 1}/`) ?? false,
      revokeAccess: (world, account) =>
        world.control('networks/discord/deleteWebhook', { id: account.externalId }).then(() => undefined),
      like: async (world, _account, messageId) => {
        await world.control('networks/discord/react', { messageId })
      },
    }),
  {
    where: 'its simulator, as a webhook',
    lacks: { expireToken: 'webhooks never run out' },
    secretInAddress: "a webhook's token is part of its address",
  },
)
