import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import type { AccountContext, Json } from '../network.ts'

/** `folder` is where on its server the site is: '' or `/blog`. */
export type WordPressSecret = { username: string; applicationPassword: string; folder: string }

type Request = Omit<HttpRequest, 'url' | 'signal' | 'query'> & {
  /** Below the REST API: `/wp/v2/posts`. */
  route: string
  query?: HttpRequest['query']
}

/** One request to the site's REST API. `?rest_route=` works on every site, with or without pretty addresses. */
export function send(
  ctx: Pick<AccountContext, 'http' | 'origin' | 'signal'>,
  secret: WordPressSecret,
  { route, query, headers, ...request }: Request,
): Promise<HttpAnswer> {
  const credential = Buffer.from(`${secret.username}:${secret.applicationPassword}`).toString('base64')
  return ctx.http.send({
    ...request,
    url: `${ctx.origin()}${secret.folder}/`,
    query: { rest_route: route, ...query },
    headers: { ...headers, authorization: `Basic ${credential}` },
    signal: ctx.signal,
  })
}

export const sendForAccount = async (ctx: AccountContext, request: Request) =>
  send(ctx, (await ctx.secret.current()) as WordPressSecret, request)

export const asRecord = (value: unknown): Record<string, Json> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined
export const asString = (value: unknown) => (typeof value === 'string' ? value : undefined)
export const asNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)

/** The body of a 2xx answer that is an object; a page of HTML with status 200 (a cache, a login wall) is none. */
export const resultOf = (answer: HttpAnswer) =>
  answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
