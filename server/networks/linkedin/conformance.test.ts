import { expect, test } from 'vitest'
import { consentTo } from '../../../test/simulated-consent.ts'
import { simulatedWorld } from '../../../test/simulated-world.ts'
import { describeConformance } from '../conformance.ts'
import { appUsedUp } from './failure.ts'
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

test("a day that the whole app has used up is told apart from a person's own", () => {
  const now = new Date('2026-12-01T23:00:00Z')
  const refused = (scope: string) => {
    const message = `Resource level throttle ${scope} DAY limit for calls to this resource is reached.`
    const json = { status: 429, serviceErrorCode: 101, code: 'TOO_MANY_REQUESTS', message }
    const text = JSON.stringify(json)
    const bytes = Buffer.from(text)
    const headers = new Headers()
    return { kind: 'answer', status: 429, ok: false, headers, bytes, text, json, url: '' } as const
  }
  expect(appUsedUp(refused('APPLICATION'), now)).toEqual({
    left: 0,
    resetsAt: new Date('2026-12-02T00:01:00Z'),
  })
  for (const scope of ['MEMBER', 'APPLICATION_AND_MEMBER']) expect(appUsedUp(refused(scope), now)).toBeNull()
})
