import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { linkedin } from './index.ts'
import { littleText, plainText } from './little-text.ts'
import { parseSecret } from './session.ts'

const openWorld = () =>
  simulatedWorld({
    network: 'linkedin',
    app: { clientId: 'the-app', clientSecret: 'the-secret-of-the-app' },
    person: { kind: 'oauth', consent: (url) => consentTo(url, { sandbox_person: 'ada' }) },
    belongs: (account, post) => post.author.handle === account.externalId,
    revokeAccess: async ({ control }, { secret }) => {
      await control('networks/linkedin/revoke', { token: parseSecret(secret).accessToken })
    },
  })

describeConformance(linkedin, openWorld, {
  lacks: {
    expireToken: 'only approved partners can renew access; for everyone else the end of it is the end',
    like: 'numbers of members need a product that LinkedIn grants by hand',
  },
})

test('the signs that mean something to LinkedIn are escaped, hashtags stay, and nothing is lost', () => {
  const text = 'Ada (she/her) & co. <tag> {x} [y] @z a_b *c* ~d | e\\f #Launch 5#6 C# #日本'
  expect(littleText(text)).toBe(
    'Ada \\(she/her\\) & co. \\<tag\\> \\{x\\} \\[y\\] \\@z a\\_b \\*c\\* \\~d \\| e\\\\f #Launch 5\\#6 C\\# #日本',
  )
  expect(plainText(littleText(text))).toBe(text)
})
