import type { Failure } from '../../domain/delivery.ts'
import type { Json, Outcome, PublishContext } from '../network.ts'

class StepFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** A step keeps what worked; what did not is carried out of it by a throw. */
export async function done<T>(work: Promise<Outcome<T>>): Promise<T> {
  const outcome = await work
  if (outcome.outcome === 'failed') throw new StepFailed(outcome.failure)
  return outcome.value
}

export async function attempted<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { outcome: 'done', value: await work() }
  } catch (error) {
    if (error instanceof StepFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

class NotKept extends Error {}

/** The result of a step that was finished before; null when it was not. */
export async function keptStep<T extends Json>(ctx: PublishContext, name: string): Promise<T | null> {
  try {
    return await ctx.step<T>(name, () => Promise.reject(new NotKept()))
  } catch (error) {
    if (error instanceof NotKept) return null
    throw error
  }
}
