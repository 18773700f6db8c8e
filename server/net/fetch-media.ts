import { basename } from 'node:path'
import type { Failure } from '../domain/delivery.ts'
import type { FileFacts } from '../domain/media-types.ts'
import type { Http } from './http.ts'
import { inspectFile } from './media-facts.ts'

/** The answer stands in memory until it is looked at and stored; a larger file has to be uploaded. */
const fetchedBytesMax = 100_000_000
const fetchTimeoutMs = 120_000
const redirectsMax = 5

export type FetchedMedia =
  | { outcome: 'fetched'; bytes: Uint8Array; facts: FileFacts; filename: string }
  | { outcome: 'failed'; failure: Failure }

/**
 * Fetches a file from an address that a person gave. Where it may go is for `http` to know: every hop is held to the
 * address policy. What came is looked at as an upload is: what its server calls it does not count.
 */
export async function fetchMedia(
  http: Http,
  url: string,
  { bytesMax = fetchedBytesMax, signal }: { bytesMax?: number; signal?: AbortSignal } = {},
): Promise<FetchedMedia> {
  const answer = await http.send({
    method: 'GET',
    url,
    headers: { accept: 'image/*, video/*, */*;q=0.5' },
    redirectsMax,
    timeoutMs: fetchTimeoutMs,
    answerBytesMax: Math.min(bytesMax, fetchedBytesMax),
    signal,
  })
  if (answer.kind === 'no_answer' && answer.tooLarge) return failed(unusable(url, `${answer.why}.`))
  if (answer.kind !== 'answer')
    return failed(unreachable(url, answer.why, answer.kind === 'not_sent' && !!answer.blocked))
  if (!answer.ok) return failed(unavailable(url, answer.status))
  const { bytes } = answer
  const looked = await inspectFile({
    size: bytes.byteLength,
    read: async (range) =>
      new Blob([
        new Uint8Array(
          range ? bytes.subarray(range.start, range.end === undefined ? undefined : range.end + 1) : bytes,
        ),
      ]).stream(),
  })
  if (looked.outcome === 'refused') return failed(unusable(url, looked.problem))
  return {
    outcome: 'fetched',
    bytes,
    facts: looked.facts,
    filename: basename(new URL(answer.url).pathname) || 'file',
  }
}

const failed = (failure: Failure): FetchedMedia => ({ outcome: 'failed', failure })

const unreachable = (url: string, why: string, isBlocked: boolean): Failure => ({
  class: isBlocked ? 'permanent' : 'transient',
  rule: isBlocked ? 'media_url_blocked' : 'media_url_unreachable',
  message: `The file ${url} could not be fetched: ${why}.`,
  remedy: isBlocked ? 'Use a public address, or upload the file.' : 'Check the address, or upload the file.',
})

const unavailable = (url: string, status: number): Failure => ({
  class: status >= 500 || status === 429 ? 'transient' : 'permanent',
  rule: 'media_url_unavailable',
  message: `The file ${url} could not be fetched: its server answered ${status}.`,
  remedy: 'Check the address, or upload the file.',
})

const unusable = (url: string, problem: string): Failure => ({
  class: 'permanent',
  rule: 'media_url_unusable',
  message: `The file ${url} cannot be published. ${problem}`,
  remedy: 'Give the address of an image or a video itself, not of a page that shows it.',
})
