import { expect, test } from 'vitest'
import { appUsedUp } from './failure.ts'

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
