import type { Pulled } from './simulator.ts'

/** What the largest network takes by address is far more; tests do not need it. */
const bytesMax = 110_000_000
const timeoutMs = 20_000

/**
 * Fetches a file as the networks that pull media do. Only from addresses `mayPull` allows: whoever can reach a simulated
 * network must not be able to make this machine ask others.
 */
export async function pullFrom(url: string, mayPull: (url: string) => boolean): Promise<Pulled> {
  if (!mayPull(url))
    return {
      outcome: 'failed',
      why: 'The sandbox fetches media only from the server it belongs to',
      isElsewhere: true,
    }
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok) return { outcome: 'failed', why: `The address answered ${response.status}` }
    if (Number(response.headers.get('content-length') ?? 0) > bytesMax)
      return { outcome: 'failed', why: `The file is over ${bytesMax} bytes` }
    const bytes = Buffer.from(await response.arrayBuffer())
    if (bytes.byteLength > bytesMax) return { outcome: 'failed', why: `The file is over ${bytesMax} bytes` }
    const mimeType = response.headers.get('content-type')?.split(';')[0] ?? 'application/octet-stream'
    return { outcome: 'done', bytes, mimeType }
  } catch (error) {
    return { outcome: 'failed', why: `The address gave no answer: ${(error as Error).message}` }
  }
}
