import { expect, test } from 'vitest'
import { type SimulatedWorld, simulatedWorld } from '../../../test/simulated-world.ts'
import { lexiconProblems, sharedLexicons } from '../../../test/spec-validation/lexicons.ts'
import { observedExchanges } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { describeConformance } from '../conformance.ts'
import { bluesky } from './index.ts'

let people = 0
let world: SimulatedWorld

describeConformance(bluesky, openWorld)

async function openWorld() {
  world = await simulatedWorld({
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
  })
  return world
}

test('what the adapter says, and what it hears, is what the lexicons describe', async (context) => {
  const lexicons = sharedLexicons()
  if (!lexicons) return context.skip(specIsAbsent)
  expect(world.exchanges.length).toBeGreaterThan(50)
  const problems = lexiconProblems(lexicons, await observedExchanges(world.exchanges), [
    {
      problem: 'POST app.bsky.video.uploadVideo: parameters: there is no parameter "did"',
      why: 'the service wants `did` and `name` in the address (docs.bsky.app/docs/tutorials/video)',
    },
    {
      problem: 'POST app.bsky.video.uploadVideo: output',
      why: 'the service answers the job itself, not inside jobStatus (docs.bsky.app/docs/tutorials/video)',
    },
  ])
  expect(problems).toEqual([])
})
