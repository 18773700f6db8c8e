import { consentTo } from '../../../test/simulated-consent.ts'
import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { tiktok } from './index.ts'
import type { TikTokSecret } from './request.ts'

const openWorld = () =>
  simulatedWorld({
    network: 'tiktok',
    app: { clientId: 'a-client-key', clientSecret: 'a-client-secret' },
    person: { kind: 'oauth', consent: consentTo },
    belongs: (account, post) => post.author.handle === `@${account.handle}`,
    hidesAltTexts: true,
    processingMs: 0,
    expireToken: async (world, account) => {
      await world.control('networks/tiktok/expireToken', { openId: account.externalId })
    },
    revokeAccess: async (world, account) => {
      await world.control('networks/tiktok/revoke', { token: (account.secret as TikTokSecret).refreshToken })
    },
    like: async (world, _account, postId) => {
      await world.control('networks/tiktok/like', { postId })
    },
  })

describeConformance(tiktok, openWorld, { where: 'its simulator, with photos' })

// Without pictures the suite's plain post is a video, whose bytes are uploaded.
describeConformance(
  { ...tiktok, limits: { ...tiktok.limits, image: null, text: { ...tiktok.limits.text, max: 2200 } } },
  openWorld,
  { where: 'its simulator, with videos' },
)
