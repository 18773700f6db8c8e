/** For tests: a server that answers what it is told, to see how the adapter gets along with others than Mastodon. */
import type { Answered, Http, HttpAnswer, HttpRequest } from '../../net/http.ts'
import type { AccountView, ConnectContext, Json, PublishContext } from '../network.ts'
import { defaultLimits } from './instance.ts'

type Scripted =
  | { status?: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | HttpAnswer
export type Script = Record<string, Scripted | ((request: HttpRequest) => Scripted)>

export const origin = 'https://server.example'

/** @param script by `GET /path`; what is not in it is a 404 with an HTML page. */
export function scriptedServer(script: Script): Http & { asked: HttpRequest[] } {
  const asked: HttpRequest[] = []
  return {
    asked,
    async send(request) {
      asked.push(request)
      const path = new URL(request.url).pathname
      const entry = script[`${request.method} ${path}`]
      const given = typeof entry === 'function' ? entry(request) : entry
      if (given && 'kind' in given) return given
      return answer(given ?? { status: 404, text: '<h1>404 Not Found</h1>' }, request.url)
    },
  }
}

function answer({ status = 200, json, text, headers }: Exclude<Scripted, HttpAnswer>, url: string): Answered {
  const body = text ?? (json === undefined ? '' : JSON.stringify(json))
  return {
    kind: 'answer',
    status,
    ok: status >= 200 && status < 300,
    headers: new Headers(headers),
    bytes: Buffer.from(body),
    text: body,
    json: json === undefined ? undefined : JSON.parse(body),
    url,
  }
}

export const connectTo = (http: Http): ConnectContext => ({
  http,
  origin: () => origin,
  settings: { instanceUrl: origin },
  app: { clientId: 'client', clientSecret: 'secret of the app' },
  now: () => new Date(),
  signal: new AbortController().signal,
})

/** What the engine gives, without a checkpoint that survives. */
export function publishAt(
  http: Http,
  { settings = {}, budget }: { settings?: Record<string, Json>; budget?: PublishContext['budget'] } = {},
): PublishContext {
  const account: AccountView = {
    id: 'account',
    externalId: '42@server.example',
    name: 'Ada',
    handle: '@ada@server.example',
    settings: { instanceUrl: origin, ...settings },
    limits: defaultLimits,
  }
  return {
    ...connectTo(http),
    account,
    secret: {
      current: async () => ({ accessToken: 'token', clientId: 'client', clientSecret: 'secret' }),
      refresh: async () => {
        throw new Error('Mastodon tokens are not refreshed')
      },
    },
    media: [],
    budget,
    step: async (_name, work) => work(),
  }
}
