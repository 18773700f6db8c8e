import type { Http, HttpRequest } from './http.ts'

/**
 * Requests to a part of this very server go straight to it. Its public address may lead through a proxy that this
 * machine cannot reach, or through a name that only others resolve.
 * @param from an address without a trailing slash, e.g. `https://social.example.org/sandbox`; `to` likewise.
 */
export function withShortcut(http: Http, from: string, to: string): Http {
  const isOurs = ({ url }: HttpRequest) => url === from || url.startsWith(`${from}/`)
  return {
    send: (request) =>
      http.send(isOurs(request) ? { ...request, url: to + request.url.slice(from.length) } : request),
  }
}
