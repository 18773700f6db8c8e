import type { Failure } from '../domain/delivery.ts'
import { Refusal } from '../domain/refusal.ts'

/**
 * What a network answered, told to the person who is waiting for it: something to put right at `path`, or something
 * that passes and may be asked again.
 */
export function failureRefusal(failure: Failure, path: string): Refusal {
  const { rule, message, remedy, retryAfterMs } = failure
  const sentence = remedy ? `${message} ${remedy}` : message
  switch (failure.class) {
    case 'transient':
    case 'rate_limited':
      return new Refusal('unavailable', sentence, { rule, retryAfterMs })
    case 'reconnect':
    case 'permanent':
    case 'administrator':
      return new Refusal('invalid', sentence, { rule, issues: [{ path, rule, message, remedy }] })
  }
}
