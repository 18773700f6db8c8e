import type { World } from '../simulator.ts'
import { codes, Declined, fieldError, type PayloadError, payloadErrors } from './problems.ts'
import { tables } from './state.ts'

/** Does the work, unless a test has ordered a refusal of this operation, before or after it. */
export function ordered<T>(world: World, operation: string, work: () => T): T {
  const order = nextOrder(world, operation)
  if (!order) return work()
  const refusal = () =>
    payloadErrors.includes(order.error as PayloadError)
      ? new Declined(order.error as PayloadError, order.message)
      : fieldError(order.error, order.message)
  if (order.when === 'before') throw refusal()
  const done = work()
  if (!(done instanceof Promise)) throw refusal()
  return done.then(() => {
    throw refusal()
  }) as T
}

function nextOrder(world: World, operation: string) {
  const { ordered: orders } = tables(world)
  const [id, order] = orders.entries().find(([, one]) => one.operation === operation) ?? []
  if (id === undefined || !order) return null
  if (order.times > 1) orders.put(id, { ...order, times: order.times - 1 })
  else orders.delete(id)
  return order
}

const timesMax = 1_000
const operations = [
  'account',
  'channels',
  'channel',
  'dailyPostingLimits',
  'posts',
  'post',
  'createPost',
  'editPost',
  'deletePost',
]

/** The control `refuse`: `{operation, error, message?, when?, times?}`. */
export function orderRefusal(world: World, input: Record<string, unknown>) {
  const { operation, error, when = 'before', times = 1 } = input
  if (!operations.includes(String(operation)))
    return { error: `operation must be one of ${operations.join(', ')}` }
  const hasPayload = operation === 'createPost' || operation === 'editPost'
  const errors: string[] = hasPayload ? [...payloadErrors, ...codes] : [...codes]
  if (!errors.includes(String(error)))
    return { error: `error of ${operation} must be one of ${errors.join(', ')}` }
  if (when !== 'before' && when !== 'after') return { error: 'when must be before or after' }
  if (!Number.isInteger(times) || Number(times) < 1 || Number(times) > timesMax)
    return { error: `times must be 1 to ${timesMax}` }
  tables(world).ordered.put(world.randomHex(8), {
    operation: String(operation),
    error: String(error),
    message: String(input.message ?? `The sandbox was asked to answer ${error}`),
    when,
    times: Number(times),
  })
  return {}
}
