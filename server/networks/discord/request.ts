import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import type { AccountContext, ConnectContext, Json } from '../network.ts'

/**
 * The credential: a webhook, whose token is part of its address, or a bot and the channel it posts in. A webhook may have a
 * bot beside it that reads the channel, so that a message whose answer was lost can be looked for.
 */
export type DiscordSecret =
  | { kind: 'webhook'; webhookId: string; webhookToken: string; botToken: string | null }
  | { kind: 'bot'; botToken: string; channelId: string }

export const secretOf = (secret: Json) => secret as DiscordSecret

export const webhookPath = ({ webhookId, webhookToken }: Extract<DiscordSecret, { kind: 'webhook' }>) =>
  `/webhooks/${webhookId}/${webhookToken}`

type Sender = Pick<ConnectContext, 'http' | 'origin' | 'signal'>
type Request = Omit<HttpRequest, 'url' | 'signal' | 'headers'> & { path: string }

/** One request with a webhook's address, which needs nothing else. */
export async function sendPlain(
  ctx: Sender,
  { path, ...request }: Request,
  token?: string,
): Promise<HttpAnswer> {
  const answer = await ctx.http.send({
    ...request,
    url: ctx.origin() + path,
    headers: token === undefined ? {} : { authorization: `Bot ${token}` },
    signal: ctx.signal,
  })
  // A webhook's token is in the address, so an error that quotes the address quotes the token.
  const secret = /^\/webhooks\/\d+\/([^/?]+)/.exec(path)?.[1]
  return answer.kind === 'answer' || !secret
    ? answer
    : { ...answer, why: answer.why.replaceAll(secret, '<token>') }
}

export const sendAsBot = (ctx: Sender, botToken: string, request: Request) =>
  sendPlain(ctx, request, botToken)

/** The path of the account's messages, and how to get at them. */
export async function sendForAccount(
  ctx: AccountContext,
  paths: (base: { messages: string; webhook: boolean }) => Request,
): Promise<HttpAnswer> {
  const secret = secretOf(await ctx.secret.current())
  return secret.kind === 'webhook'
    ? sendPlain(ctx, paths({ messages: `${webhookPath(secret)}/messages`, webhook: true }))
    : sendAsBot(
        ctx,
        secret.botToken,
        paths({ messages: `/channels/${secret.channelId}/messages`, webhook: false }),
      )
}

/** The body of a 2xx answer that is an object. */
export const resultOf = (answer: HttpAnswer): Record<string, Json> | undefined =>
  answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined

export const asRecord = (value: unknown): Record<string, Json> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined
export const asString = (value: unknown) => (typeof value === 'string' ? value : undefined)
export const asNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)
