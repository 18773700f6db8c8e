import { expect } from 'vitest'
import { type Checkpoint, fixedKeySource, ProcessDied } from './conformance-context.ts'
import { deliveryOf, draftOf, sampleImage, uniqueText } from './conformance-samples.ts'
import { expectHelpful, type Story, type Trial } from './conformance-trial.ts'
import { rateLimitSeconds, type WriteFault } from './conformance-world.ts'
import type { DeliveryInput, Write } from './network.ts'

/** A network with more steps than this for two pictures is doing something else. */
const stepsMax = 30

export const crashStories: Story[] = [
  {
    name: 'prepare may die at any step: the next one goes on from there, and nothing is visible meanwhile',
    timeoutMs: 60_000,
    async run(trial) {
      const delivery = await richDelivery(trial)
      const checkpoint: Checkpoint = new Map()
      let deaths = 0
      for (let atStep = 0; atStep < stepsMax; atStep++) {
        const before = await dies(trial, delivery, checkpoint, { atStep, when: 'before' })
        const after = await dies(trial, delivery, checkpoint, { atStep, when: 'after' })
        if (!before && !after) break
        deaths++
      }
      expect(deaths).toBeLessThan(stepsMax)
      expect(await trial.seen(delivery.draft.text)).toEqual([])
      const first = await trial.network.prepare(trial.context(checkpoint), delivery)
      trial.hear([...checkpoint])
      const requests = writingRequests(trial)
      const second = await trial.network.prepare(trial.context(checkpoint), delivery)
      expect(second).toEqual(first)
      expect(first.outcome).toBe('ready')
      expect(writingRequests(trial)).toBe(requests)
      await trial.publish(delivery, trial.context(checkpoint))
      expect(await trial.seen(delivery.draft.text)).toHaveLength(1)
    },
  },
  {
    name: 'the plan follows from what was prepared and nothing else, and survives the disk',
    async run(trial) {
      const delivery = await richDelivery(trial)
      const prepared = await trial.network.prepare(trial.context(), delivery)
      if (prepared.outcome === 'failed') throw new Error(prepared.failure.message)
      const kept = JSON.parse(JSON.stringify(prepared.prepared))
      const requests = trial.http.sent.length
      const plan = trial.network.plan(delivery, prepared.prepared, fixedKeySource())
      expect(trial.network.plan(delivery, kept, fixedKeySource())).toEqual(plan)
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
      expect(new Set(plan.map((write) => write.key)).size).toBe(plan.length)
      expect(trial.http.sent.length).toBe(requests)
    },
  },
  {
    name: 'a write that was never sent is not found',
    async run(trial) {
      const [write] = await trial.ready(await trial.plainDelivery('Never sent'))
      const found = await trial.lookup(write as Write)
      expect(['absent', 'unknown']).toContain(found.outcome)
    },
  },
  {
    name: 'a write that was done is found, or the network says that it cannot tell; never that it is absent',
    async run(trial) {
      const delivery = await trial.plainDelivery('Done and found')
      const [write] = await trial.ready(delivery)
      const written = await trial.accept(write as Write)
      const found = await trial.lookup(write as Write)
      expect(['published', 'unknown']).toContain(found.outcome)
      if (found.outcome === 'published') expect(found.externalId).toBe(written.externalId)
    },
  },
  ...(['cut_before', 'silence_before', 'error_before'] as const).map(notDone),
  ...(['cut_after', 'silence_after', 'error_after'] as const).map(done),
  {
    name: 'too many requests: the write is put off for as long as the network says',
    async run(trial) {
      const failure = await rejection(trial, 'rate_limited')
      expect(failure.class).toBe('rate_limited')
      expect(failure.retryAfterMs).toBeGreaterThan((rateLimitSeconds - 10) * 1000)
      expect(failure.retryAfterMs).toBeLessThanOrEqual((rateLimitSeconds + 10) * 1000)
    },
  },
  {
    name: 'what the network does not want fails for good, with a remedy',
    async run(trial) {
      const failure = await rejection(trial, 'rejected')
      expect(['permanent', 'administrator']).toContain(failure.class)
    },
  },
  {
    name: 'every request of a write has an end, and ends when the work is to stop',
    async run(trial) {
      const writes = await trial.ready(await trial.plainDelivery('With an end'))
      const from = trial.http.sent.length
      await trial.accept(writes[0] as Write)
      for (const request of trial.http.sent.slice(from)) {
        expect(request.hasSignal, request.url).toBe(true)
        expect(request.timeoutMs ?? 30_000, request.url).toBeLessThanOrEqual(trial.recovery.writeTimeoutMs)
      }
      const delivery = await trial.plainDelivery('Stopped')
      const [write] = await trial.ready(delivery)
      const result = await trial.commit(write as Write, [], {
        ...trial.context(),
        signal: AbortSignal.abort(),
      })
      expect(['rejected', 'unknown']).toContain(result.outcome)
      if (result.outcome === 'rejected') expect(result.failure.class).toBe('transient')
      expect(await trial.seen(delivery.draft.text)).toEqual([])
    },
  },
]

/** The request was lost on its way, or refused by something that broke: nobody may say it was published. */
function notDone(fault: WriteFault): Story {
  return {
    name: `${fault}: the write is not called published, and sending it again makes one post`,
    async run(trial) {
      const { delivery, write } = await broken(trial, fault)
      expect(await trial.seen(delivery.draft.text)).toEqual([])
      const found = await trial.lookup(write)
      expect(['absent', 'unknown']).toContain(found.outcome)
      if (trial.recovery.repeatableMs === 0 && found.outcome !== 'absent') return
      await trial.accept(write)
      expect(await trial.seen(delivery.draft.text)).toHaveLength(1)
    },
  }
}

/** The write happened and its answer was lost: nobody may say it did not happen, and a repeat makes no second post. */
function done(fault: WriteFault): Story {
  return {
    name: `${fault}: the write is never called absent, and there is one post whatever is done next`,
    async run(trial) {
      const { delivery, write } = await broken(trial, fault)
      const seen = await trial.seen(delivery.draft.text)
      expect(seen).toHaveLength(1)
      const found = await trial.lookup(write)
      expect(['published', 'unknown']).toContain(found.outcome)
      if (found.outcome === 'published') expect(found.externalId).toBe(seen[0]?.externalId)
      if (trial.recovery.repeatableMs === 0) return
      const repeated = await trial.accept(write)
      expect(repeated.externalId).toBe(seen[0]?.externalId)
      expect(await trial.seen(delivery.draft.text)).toHaveLength(1)
    },
  }
}

/** Commits one write while the world breaks it; its outcome must be that nobody knows. */
async function broken(trial: Trial, fault: WriteFault): Promise<{ delivery: DeliveryInput; write: Write }> {
  const delivery = await trial.plainDelivery(fault)
  const [write] = await trial.ready(delivery)
  const result = await trial.commitBroken(write as Write, fault)
  expect(result.outcome, JSON.stringify(result)).toBe('unknown')
  if (result.outcome === 'unknown') expect(result.why).not.toBe('')
  return { delivery, write: write as Write }
}

async function rejection(trial: Trial, fault: WriteFault) {
  const delivery = await trial.plainDelivery(fault)
  const [write] = await trial.ready(delivery)
  const result = await trial.commitBroken(write as Write, fault)
  if (result.outcome !== 'rejected') throw new Error(`It was ${JSON.stringify(result)}`)
  expectHelpful(result.failure)
  expect(await trial.seen(delivery.draft.text)).toEqual([])
  return result.failure
}

/** A post with two pictures where the network takes them, so that there are steps to die at. */
async function richDelivery(trial: Trial): Promise<DeliveryInput> {
  const { limits } = trial
  if (!limits.image) return trial.plainDelivery('Prepared and planned')
  const count = Math.min(2, limits.mediaMax, limits.image.countMax)
  const images = await Promise.all(
    Array.from({ length: count }, (_, index) => sampleImage(limits, `step-${index}`)),
  )
  const contentType = count > 1 ? 'carousel' : 'image'
  return deliveryOf(limits, draftOf({ text: uniqueText('Prepared and planned'), contentType }), images)
}

/** Whether prepare came as far as the step it was to die at. */
async function dies(
  trial: Trial,
  delivery: DeliveryInput,
  checkpoint: Checkpoint,
  die: { atStep: number; when: 'before' | 'after' },
): Promise<boolean> {
  try {
    const prepared = await trial.network.prepare(trial.context(checkpoint, die), delivery)
    trial.hear(prepared)
    return false
  } catch (error) {
    if (error instanceof ProcessDied) return true
    throw error
  }
}

const writingRequests = (trial: Trial) =>
  trial.http.sent.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length
