import { lookup as dnsLookup } from 'node:dns'
import { isIP } from 'node:net'
import { Agent, FormData, fetch, type RequestInit } from 'undici'
import { type AddressPolicy, isAllowedAddress, isTrusted } from './address-policy.ts'

/**
 * The only way out. One request, one answer as a value, no retries: what may be repeated is for the caller to know.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  url: string
  query?: Record<string, string | number | boolean | undefined | (string | number)[]>
  headers?: Record<string, string | undefined>
  /** At most one of these five. */
  json?: unknown
  form?: Record<string, string | undefined>
  multipart?: FormData
  bytes?: Uint8Array
  stream?: ReadableStream<Uint8Array>
  timeoutMs?: number
  signal?: AbortSignal
  /** Bytes of answer kept at most; a longer one is an error. */
  answerBytesMax?: number
  /** Hops followed, each checked against the address policy. 0: a redirect is an answer like any other. */
  redirectsMax?: number
}

export type HttpAnswer =
  | Answered
  /** Certainly never reached the server: no such host, refused, blocked by the address policy, aborted before sending. */
  | { kind: 'not_sent'; why: string; blocked?: boolean }
  /** Sent, or perhaps sent, and no usable answer came: the server may have acted on it. */
  | { kind: 'no_answer'; why: string; tooLarge?: boolean }

export interface Answered {
  kind: 'answer'
  status: number
  ok: boolean
  headers: Headers
  bytes: Uint8Array
  /** The body as UTF-8. */
  text: string
  /** The body parsed, or undefined when it is not JSON. */
  json: unknown
  /** Where the answer came from after redirects. */
  url: string
}

export { FormData }

const timeoutMsDefault = 30_000
const answerBytesMaxDefault = 5_000_000

export function createHttp(
  policy: AddressPolicy,
  userAgent = 'Fanfare/0.1',
): Http & { close(): Promise<void> } {
  const guarded = new Agent({
    connect: { timeout: 10_000, lookup: guardedLookup(policy) },
    bodyTimeout: 0,
    headersTimeout: 0,
  })
  const trusted = new Agent({ connect: { timeout: 10_000 }, bodyTimeout: 0, headersTimeout: 0 })

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    let url: URL
    try {
      url = withQuery(request.url, request.query)
    } catch {
      return { kind: 'not_sent', why: `Not an address: ${request.url.slice(0, 100)}` }
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      return { kind: 'not_sent', why: `Not an http address: ${url.protocol}`, blocked: true }
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const isTrustedUrl = isTrusted(policy, url)
    if (!isTrustedUrl && isIP(host) && !isAllowedAddress(policy, host))
      return { kind: 'not_sent', why: `The address ${host} is private and not allowed`, blocked: true }
    if (request.signal?.aborted) return { kind: 'not_sent', why: 'Stopped before sending' }

    const timeout = AbortSignal.timeout(request.timeoutMs ?? timeoutMsDefault)
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout
    try {
      const response = await fetch(url, {
        ...bodyOf(request),
        method: request.method,
        redirect: 'manual',
        signal,
        dispatcher: isTrustedUrl ? trusted : guarded,
      })
      const location = response.headers.get('location')
      if (location && response.status >= 300 && response.status < 400 && (request.redirectsMax ?? 0) > 0) {
        await response.body?.cancel()
        return await send(redirected(request, response.status, url, location))
      }
      const bytes = await readBounded(response.body, request.answerBytesMax ?? answerBytesMaxDefault)
      const text = new TextDecoder().decode(bytes)
      return {
        kind: 'answer',
        status: response.status,
        ok: response.ok,
        headers: response.headers as unknown as Headers,
        bytes,
        text,
        json: parseJson(text),
        url: url.href,
      }
    } catch (error) {
      return unanswered(error, request.signal, timeout)
    }
  }

  function bodyOf(request: HttpRequest): RequestInit {
    const headers: Record<string, string> = { 'user-agent': userAgent, accept: 'application/json, */*;q=0.5' }
    for (const [name, value] of Object.entries(request.headers ?? {}))
      if (value !== undefined) headers[name.toLowerCase()] = value
    if (request.json !== undefined) {
      headers['content-type'] ??= 'application/json'
      return { headers, body: JSON.stringify(request.json) }
    }
    if (request.form) {
      const form = new URLSearchParams()
      for (const [name, value] of Object.entries(request.form))
        if (value !== undefined) form.append(name, value)
      return { headers, body: form }
    }
    if (request.multipart) return { headers, body: request.multipart }
    if (request.bytes) return { headers, body: request.bytes }
    if (request.stream) return { headers, body: request.stream as never, duplex: 'half' }
    return { headers }
  }

  return {
    send,
    close: async () => {
      await Promise.all([guarded.close(), trusted.close()])
    },
  }
}

/** DNS answers are checked at connect time, so a name that changes its mind between check and use gains nothing. */
function guardedLookup(policy: AddressPolicy): typeof dnsLookup {
  const lookup = (host: string, options: object, done: (error: Error | null, ...rest: unknown[]) => void) =>
    dnsLookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error)
      const allowed = addresses.filter(({ address }) => isAllowedAddress(policy, address))
      if (allowed.length === 0) return done(new BlockedAddress(host))
      if ((options as { all?: boolean }).all) return done(null, allowed)
      done(null, allowed[0]?.address, allowed[0]?.family)
    })
  return lookup as unknown as typeof dnsLookup
}

class BlockedAddress extends Error {
  constructor(host: string) {
    super(`${host} resolves to private addresses only, which are not allowed`)
  }
}

class AnswerTooLarge extends Error {
  constructor(bytesMax: number) {
    super(`The answer is larger than ${bytesMax} bytes`)
  }
}

/** Errors that are raised before the first byte of a request leaves. */
const notSentCodes = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function unanswered(error: unknown, stop: AbortSignal | undefined, timeout: AbortSignal): HttpAnswer {
  const causes: (Error & { code?: string; errors?: Error[] })[] = []
  for (let cause = error as Error | undefined; cause; cause = cause.cause as Error | undefined) {
    causes.push(cause)
    for (const inner of (cause as AggregateError).errors ?? []) causes.push(inner)
  }
  if (causes.some((cause) => cause instanceof BlockedAddress))
    return {
      kind: 'not_sent',
      why: causes.find((cause) => cause instanceof BlockedAddress)?.message ?? 'Blocked',
      blocked: true,
    }
  const notSent = causes.find((cause) => cause.code && notSentCodes.has(cause.code))
  if (notSent) return { kind: 'not_sent', why: `${notSent.code}: ${notSent.message}` }
  const tooLarge = causes.find((cause) => cause instanceof AnswerTooLarge)
  if (tooLarge) return { kind: 'no_answer', why: tooLarge.message, tooLarge: true }
  if (timeout.aborted) return { kind: 'no_answer', why: 'No answer in time' }
  if (stop?.aborted) return { kind: 'no_answer', why: 'Stopped while waiting for the answer' }
  const last = causes.at(-1)
  return {
    kind: 'no_answer',
    why: [last?.code, last?.message].filter(Boolean).join(': ') || 'The connection broke',
  }
}

function withQuery(address: string, query: HttpRequest['query']): URL {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one))
  }
  return url
}

/** 307 and 308 repeat the request; the others become a GET. Credentials stay with the origin they were meant for. */
function redirected(request: HttpRequest, status: number, from: URL, location: string): HttpRequest {
  const to = new URL(location, from)
  const { authorization: _, Authorization: __, cookie: ___, ...others } = request.headers ?? {}
  const headers = to.origin === from.origin ? request.headers : others
  const next = {
    ...request,
    headers,
    url: to.href,
    query: undefined,
    redirectsMax: (request.redirectsMax ?? 0) - 1,
  }
  if (status === 307 || status === 308) return next
  return {
    ...next,
    method: 'GET',
    json: undefined,
    form: undefined,
    multipart: undefined,
    bytes: undefined,
    stream: undefined,
  }
}

async function readBounded(body: AsyncIterable<Uint8Array> | null, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of body ?? []) {
    total += chunk.byteLength
    if (total > bytesMax) throw new AnswerTooLarge(bytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
