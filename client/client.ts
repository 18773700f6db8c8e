import type { components } from './api.ts'
import { errorIn, FanfareError } from './error.ts'
import { loginSession, noSession, type Opened, type Session, tokenSession } from './session.ts'
import type { Call, CallOptions, Given, ItemOf, OperationOf, Output, PathOf, Verb } from './types.ts'
import { type Upload, uploadMedia } from './upload.ts'

export { FanfareError } from './error.ts'
export type { CallOptions } from './types.ts'
/** The types of the API: `Schemas['Post']`. */
export type Schemas = components['schemas']

export interface ClientOptions {
  /** Where the server is: `https://fanfare.example.org`. */
  baseUrl: string
  /** An access token, or a function that knows the newest one. Without it, log in. */
  token?: string | (() => string | Promise<string>)
  /** Another `fetch`: for tests, or for a server in the same process. */
  fetch?: typeof fetch
  /** How long one answer may take, in milliseconds. Default 30 s. */
  timeoutMs?: number
  /**
   * How long a request waits in all while the server says that there are too many of them (429), in milliseconds;
   * then the error is thrown. Default 60 s; 0 never waits.
   */
  patienceMs?: number
}

/** Paged lists: those whose answers have a `nextCursor`. */
type PagedPath = {
  [P in PathOf<'get'>]: Output<OperationOf<'get', P>> extends { data: unknown[]; page: unknown } ? P : never
}[PathOf<'get'>]

export interface Client {
  get: Call<'get'>
  post: Call<'post'>
  put: Call<'put'>
  patch: Call<'patch'>
  delete: Call<'delete'>
  /** Every item of a paged list, page by page as they are asked for. */
  all<P extends PagedPath>(
    path: P,
    ...given: Given<OperationOf<'get', P>>
  ): AsyncGenerator<ItemOf<OperationOf<'get', P>>>
  /** Logs in; from then on the client renews its access token by itself. */
  logIn(email: string, password: string): Promise<Schemas['User']>
  /** Uploads a file in the three steps of the API. @returns the media, ready to be used. */
  upload(brandId: string, file: Upload, options?: { signal?: AbortSignal }): ReturnType<typeof uploadMedia>
}

const timeoutMsDefault = 30_000
const patienceMsDefault = 60_000
/** A server that says 429 without saying for how long is left alone for this. */
const pauseMsDefault = 1_000

/** A client of Fanfare's native API. Every path, parameter, body and answer has its type. */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch
  const base = options.baseUrl.replace(/\/+$/, '')
  const timeoutMs = options.timeoutMs ?? timeoutMsDefault
  let session: Session = options.token ? tokenSession(options.token) : noSession

  const call =
    <V extends Verb>(verb: V): Call<V> =>
    async (path, ...[input]) =>
      (await ask(verb, path, (input ?? {}) as AnyInput)) as never

  async function ask(verb: Verb, path: string, input: AnyInput): Promise<unknown> {
    const url = addressOf(base, path, input)
    const headers = headersOf(verb, input)
    const body = input.body === undefined ? undefined : JSON.stringify(input.body)
    const giveUpAt = Date.now() + (options.patienceMs ?? patienceMsDefault)
    let hasRenewed = false
    for (;;) {
      const token = await session.token()
      const answer = await fetchOnce(
        url,
        { method: verb.toUpperCase(), headers: withToken(headers, token), body },
        input,
      )
      if (answer.ok) return answer.status === 204 ? undefined : await read(answer)
      const error = await errorIn(answer)
      if (error.status === 401 && !hasRenewed && (await session.renew(token))) {
        hasRenewed = true
        continue
      }
      const pauseMs = error.retryAfterMs ?? pauseMsDefault
      if (error.status !== 429 || Date.now() + pauseMs > giveUpAt) throw error
      await pause(pauseMs, input.signal)
    }
  }

  async function fetchOnce(url: string, request: RequestInit, { signal }: CallOptions): Promise<Response> {
    const late = AbortSignal.timeout(timeoutMs)
    try {
      return await send(url, { ...request, signal: signal ? AbortSignal.any([signal, late]) : late })
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      const why = late.aborted ? `did not answer within ${timeoutMs} ms` : 'could not be reached'
      throw new FanfareError(`${new URL(url).origin} ${why}`, { status: 0, code: 'NO_ANSWER', cause })
    }
  }

  async function* all(path: string, input: AnyInput = {}): AsyncGenerator<never> {
    let cursor: string | null | undefined
    do {
      const query = { ...input.query, ...(cursor ? { cursor } : {}) }
      const page = (await ask('get', path, { ...input, query })) as Page
      yield* page.data
      cursor = page.page.nextCursor
    } while (cursor)
  }

  async function logIn(email: string, password: string) {
    const answer = await open('/auth/login', { email, password }, null)
    session = loginSession(answer, async (cookie) => {
      try {
        return await open('/auth/refresh', undefined, cookie)
      } catch (error) {
        if (error instanceof FanfareError && error.status === 401) return null
        throw error
      }
    })
    return answer.user as Schemas['User']
  }

  async function open(
    path: string,
    body: unknown,
    cookie: string | null,
  ): Promise<Opened & { user?: unknown }> {
    const answer = await fetchOnce(
      `${base}/api/v1${path}`,
      {
        method: 'POST',
        headers: { ...(body ? json : {}), ...(cookie ? { cookie } : {}) },
        body: body ? JSON.stringify(body) : undefined,
        credentials: 'include',
      },
      {},
    )
    if (!answer.ok) throw await errorIn(answer)
    const { accessToken, user } = (await read(answer)) as { accessToken: string; user?: unknown }
    return { accessToken, user, cookie: answer.headers.getSetCookie?.()[0]?.split(';')[0] ?? null }
  }

  const client: Client = {
    get: call('get'),
    post: call('post'),
    put: call('put'),
    patch: call('patch'),
    delete: call('delete'),
    all: all as Client['all'],
    logIn,
    upload: (brandId, file, { signal } = {}) => uploadMedia(client, send, brandId, file, signal),
  }
  return client
}

interface AnyInput extends CallOptions {
  path?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}

interface Page {
  data: never[]
  page: { nextCursor: string | null }
}

const json = { 'content-type': 'application/json' }

function addressOf(base: string, path: string, { path: parts = {}, query = {} }: AnyInput): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (parts[name] === undefined) throw new TypeError(`${path} needs ${name}`)
    return encodeURIComponent(String(parts[name]))
  })
  const url = new URL(`${base}/api/v1${filled}`)
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) url.searchParams.append(name, String(one))
  return url.href
}

function headersOf(verb: Verb, { body, idempotencyKey, ifMatch }: AnyInput): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : json),
    ...(verb === 'post' ? { 'idempotency-key': idempotencyKey ?? crypto.randomUUID() } : {}),
    ...(ifMatch ? { 'if-match': ifMatch } : {}),
  }
}

const withToken = (headers: Record<string, string>, token: string | null) =>
  token ? { ...headers, authorization: `Bearer ${token}` } : headers

/** Exports answer CSV; everything else is JSON. */
const read = async (answer: Response): Promise<unknown> =>
  (answer.headers.get('content-type') ?? '').includes('json') ? await answer.json() : await answer.text()

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const stop = () => {
      clearTimeout(timer)
      fail(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      done()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
