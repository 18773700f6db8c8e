import type { Http, HttpRequest } from '../../server/net/http.ts'
import { type Body, bodyOf, type Exchange, fieldsOf } from './exchange.ts'

/**
 * Wraps an `Http` so that every exchange of an adapter is kept, in order. Requests without an answer are not: there
 * is nothing to hold against a specification.
 */
export function recordingHttp(http: Http): Http & { exchanges: Exchange[] } {
  const exchanges: Exchange[] = []
  return {
    exchanges,
    async send(request) {
      const answer = await http.send(request)
      if (answer.kind !== 'answer') return answer
      const responseHeaders = Object.fromEntries(answer.headers as unknown as Iterable<[string, string]>)
      exchanges.push({
        request: {
          method: request.method,
          url: addressOf(request),
          headers: headersOf(request),
          body: requestBody(request),
        },
        response: {
          status: answer.status,
          headers: responseHeaders,
          body: await bodyOf(answer.bytes, responseHeaders),
        },
      })
      return answer
    },
  }
}

function addressOf({ url: address, query }: HttpRequest): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) url.searchParams.append(name, String(one))
  return url.href
}

/** As they leave: `createHttp` sets the content type that the body calls for. */
function headersOf(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers ?? {}))
    if (value !== undefined) headers[name.toLowerCase()] = value
  if (request.json !== undefined) headers['content-type'] ??= 'application/json'
  if (request.form) headers['content-type'] = 'application/x-www-form-urlencoded'
  if (request.multipart) headers['content-type'] = 'multipart/form-data'
  return headers
}

function requestBody(request: HttpRequest): Body {
  if (request.json !== undefined)
    return { kind: 'json', value: JSON.parse(JSON.stringify(request.json)) as unknown }
  if (request.form)
    return {
      kind: 'fields',
      encoding: 'form',
      fields: Object.entries(request.form).filter(
        (field): field is [string, string] => field[1] !== undefined,
      ),
    }
  if (request.multipart)
    return { kind: 'fields', encoding: 'multipart', fields: fieldsOf(request.multipart as never) }
  return request.bytes || request.stream ? { kind: 'opaque' } : { kind: 'none' }
}
