/** The suite must notice a network that breaks its promises: each of these has one flaw, and one story that tells. */
import { expect, test } from 'vitest'
import { simulatedWorld } from '../../test/simulated-world.ts'
import { bluesky } from './bluesky/index.ts'
import { conformanceStories, tell } from './conformance.ts'
import { Trial } from './conformance-trial.ts'
import type { Network } from './network.ts'

const openWorld = () =>
  simulatedWorld({
    network: 'bluesky',
    person: {
      kind: 'credentials',
      credentials: async () => ({ identifier: 'ada', appPassword: 'some-app-password' }),
      wrongCredentials: async () => ({ identifier: 'ada', appPassword: 'wrong' }),
    },
    belongs: () => true,
  })

const flaws: [flaw: string, storyThatTells: string, network: Network][] = [
  [
    'calls a lost write rejected',
    'cut_after',
    {
      ...bluesky,
      async commit(ctx, write, done) {
        const result = await bluesky.commit(ctx, write, done)
        if (result.outcome !== 'unknown') return result
        const failure = { class: 'transient' as const, rule: 'x', message: 'Lost', remedy: 'Retry' }
        return { outcome: 'rejected', failure }
      },
    },
  ],
  [
    'calls every write absent',
    'a write that was done is found',
    { ...bluesky, lookup: async () => ({ outcome: 'absent' }) },
  ],
  [
    'makes a second post when a write is repeated',
    'cut_after',
    {
      ...bluesky,
      commit: (ctx, write, done) =>
        bluesky.commit(ctx, { ...write, key: `3${write.key.slice(1, 10)}${randomKeyEnd()}` }, done),
    },
  ],
  [
    'publishes while it prepares',
    'prepare may die at any step',
    {
      ...bluesky,
      async prepare(ctx, delivery) {
        const prepared = await bluesky.prepare(ctx, delivery)
        if (prepared.outcome === 'ready')
          for (const write of bluesky.plan(delivery, prepared.prepared, await keys()))
            await bluesky.commit(ctx, write, [])
        return prepared
      },
    },
  ],
  [
    'uploads outside its checkpoints',
    'prepare may die at any step',
    {
      ...bluesky,
      prepare: (ctx, delivery) => bluesky.prepare({ ...ctx, step: (_name, work) => work() }, delivery),
    },
  ],
  [
    'puts a secret into its plan',
    'no secret appears',
    {
      ...bluesky,
      async prepare(ctx, delivery) {
        const prepared = await bluesky.prepare(ctx, delivery)
        if (prepared.outcome !== 'ready') return prepared
        const secret = await ctx.secret.current()
        return { outcome: 'ready', prepared: { ...(prepared.prepared as object), secret } }
      },
    },
  ],
  [
    'promises more letters than the network takes',
    'a text of exactly the most',
    { ...bluesky, limits: { ...bluesky.limits, text: { ...bluesky.limits.text, max: 301 } } },
  ],
  [
    'waits longer than it says',
    'every request of a write has an end',
    { ...bluesky, recovery: { ...bluesky.recovery, writeTimeoutMs: 1_000 } },
  ],
]

test.each(flaws)('a network that %s is found out', async (_flaw, storyThatTells, network) => {
  const trial = new Trial(network, openWorld)
  await trial.open()
  try {
    const story = conformanceStories(network).find(({ name }) => name.startsWith(storyThatTells))
    if (!story) throw new Error(`There is no story "${storyThatTells}"`)
    // Looking back needs something to look back at.
    if (storyThatTells === 'no secret appears') await trial.ready(await trial.plainDelivery('With a secret'))
    await expect(tell(story, trial)).rejects.toThrow()
  } finally {
    await trial.close()
  }
})

test('the same stories pass for the network without flaws', async () => {
  const trial = new Trial(bluesky, openWorld)
  await trial.open()
  try {
    const telling = new Set(flaws.map(([, story]) => story))
    for (const story of conformanceStories(bluesky))
      if ([...telling].some((start) => story.name.startsWith(start))) await tell(story, trial)
  } finally {
    await trial.close()
  }
})

let ends = 0
const randomKeyEnd = () => `22${'234567abcdefghijklmnopqrstuvwxyz'[ends++ % 32]}`
const keys = async () => (await import('./conformance-context.ts')).keySource()
