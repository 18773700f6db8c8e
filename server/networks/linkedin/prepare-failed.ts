import type { Failure } from '../../domain/delivery.ts'

/** Carries a failure out of a step, so that the step is not kept as finished. */
export class PrepareFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}
