/**
 * The one suite that every network passes. `describeConformance(network, openWorld)` in a test file of the network's
 * folder is all it takes; the world (conformance-world.ts) is a simulator or a real server. Stories that a network's
 * own data rules out (no threads, no metrics) are not in its list; what the world cannot do must be said with a reason.
 */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { commentStories } from './conformance-comments.ts'
import { connectingStories } from './conformance-connecting.ts'
import { crashStories } from './conformance-crashes.ts'
import { limitStories } from './conformance-limits.ts'
import { publishingStories } from './conformance-publishing.ts'
import { type Story, Trial } from './conformance-trial.ts'
import type { Ability, World } from './conformance-world.ts'
import type { Network } from './network.ts'

export type { Ability, Person, SampleFile, Seen, World, WriteFault } from './conformance-world.ts'
export { rateLimitSeconds } from './conformance-world.ts'

export interface WorldFacts {
  /** Names the world in the report: `a real PDS`. */
  where?: string
  /** What the world cannot do, with the reason: `{ expireToken: 'bot tokens never run out' }`. */
  lacks?: Partial<Record<Ability, string>>
  /** Why the credential stands in the addresses of requests, for the few networks that want it there. */
  secretInAddress?: string
  /** Characters the network takes in no text, which the suite then leaves out: YouTube's `<` and `>`. */
  refusedCharacters?: RegExp
}

/** @param openWorld called once, before the first story; the world is closed after the last one. */
export function describeConformance(
  network: Network,
  openWorld: () => Promise<World>,
  { where = 'its simulator', lacks = {}, secretInAddress, refusedCharacters }: WorldFacts = {},
): void {
  const reasons = Object.entries(lacks).map(([ability, reason]) => `; without ${ability}: ${reason}`)
  describe(`${network.name} against ${where}${reasons.join('')}`, () => {
    const trial = new Trial(network, openWorld)
    trial.addressesMayHoldSecrets = secretInAddress !== undefined
    trial.refusedCharacters = refusedCharacters ?? null
    beforeAll(() => trial.open(), 120_000)
    afterAll(() => trial.close())
    for (const story of conformanceStories(network, lacks))
      test(story.name, () => tell(story, trial), story.timeoutMs)
  })
}

/** Every story that applies, in the order to be told; the last one looks back at all of them. */
export const conformanceStories = (network: Network, lacks: WorldFacts['lacks'] = {}): Story[] =>
  [
    ...connectingStories,
    ...publishingStories,
    ...limitStories,
    ...commentStories,
    ...crashStories,
    nothingLeaked,
  ].filter((story) => (story.appliesTo?.(network) ?? true) && !(story.needs && lacks[story.needs]))

export async function tell(story: Story, trial: Trial): Promise<void> {
  if (story.needs && !trial.world[story.needs])
    throw new Error(`This world has no ${story.needs}: write it, or name the reason in "lacks"`)
  await story.run(trial)
}

const nothingLeaked: Story = {
  name: 'no secret appears in any result, failure, plan, checkpoint or address of a request',
  async run(trial) {
    trial.expectNoSecretSpoken()
  },
}
