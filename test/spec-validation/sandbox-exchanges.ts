import type { Exchange as Observed } from '../../sandbox/recorder.ts'
import { bodyOf, type Exchange } from './exchange.ts'

/** The address that stands for a simulated network in what `observedExchanges` keeps; the validator's `mount`. */
export const observedMount = (network: string) => `http://sandbox.test/${network}`

/**
 * What passed between a simulated network and whoever spoke to it, adapter or public client library, as the validator
 * wants it: `validator.check(await observedExchanges(world.exchanges))`. What was cut off by a fault has no answer to hold
 * against anything and is left out.
 */
export const observedExchanges = (seen: Observed[]): Promise<Exchange[]> =>
  Promise.all(seen.filter(({ cut }) => !cut).map(exchangeOf))

async function exchangeOf(seen: Observed): Promise<Exchange> {
  const url = new URL(observedMount(seen.network) + seen.path)
  for (const [name, value] of Object.entries(seen.query))
    for (const one of [value].flat()) url.searchParams.append(name, String(one))
  const requestHeaders = plainHeaders(seen.requestHeaders)
  const responseHeaders = plainHeaders(seen.responseHeaders)
  return {
    request: {
      method: seen.method,
      url: url.href,
      headers: requestHeaders,
      body: await bodyOf(seen.requestBody, requestHeaders),
    },
    response: {
      status: seen.status,
      headers: responseHeaders,
      body: await bodyOf(seen.responseBody, responseHeaders),
    },
  }
}

function plainHeaders(headers: Record<string, number | string | string[] | undefined>) {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) plain[name.toLowerCase()] = [value].flat().join(', ')
  return plain
}
