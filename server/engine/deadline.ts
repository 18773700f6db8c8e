/** A signal that aborts after a while, or with its parent. */
export interface Deadline extends Disposable {
  signal: AbortSignal
  /** The promise's value, or a throw when the signal aborts first; what the promise still does is left alone. */
  race<T>(promise: Promise<T>): Promise<T>
}

/**
 * For use with `using`: the timer ends with the block. AbortSignal.timeout would keep one for every request until it
 * fires, which for thousands of preparations of up to half an hour is a lot of memory.
 */
export function deadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController()
  const { signal } = controller
  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => undefined)
  const abort = (reason: unknown) => {
    controller.abort(reason)
    aborted.reject(reason)
  }
  const onParent = () => abort(parent?.reason)
  const timer = setTimeout(() => abort(new DOMException(`Not done in ${ms} ms`, 'TimeoutError')), ms)
  if (parent?.aborted) onParent()
  else parent?.addEventListener('abort', onParent, { once: true })
  return {
    signal,
    async race(promise) {
      promise.catch(() => undefined)
      return await Promise.race([promise, aborted.promise])
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      parent?.removeEventListener('abort', onParent)
    },
  }
}
