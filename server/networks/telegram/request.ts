import { FormData, type HttpAnswer } from '../../net/http.ts'
import type { AccountContext, ConnectContext, Json } from '../network.ts'

/**
 * The credential. The chat is kept in it because its id may change while the account is connected: a group that becomes
 * a supergroup gets another one, and says so once asked (`migrate_to_chat_id`).
 */
export type TelegramSecret = { botToken: string; chatId: number }

export interface Call {
  method: string
  parameters: Record<string, Json | undefined>
  /** Sent along by field name. */
  files?: { field: string; blob: Blob; filename: string }[]
  timeoutMs?: number
}

/** The answer with the token taken out of whatever words came with it. */
export async function callBot(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  botToken: string,
  { method, parameters, files = [], timeoutMs = 30_000 }: Call,
): Promise<HttpAnswer> {
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/bot${botToken}/${method}`,
    ...(files.length === 0 ? { json: parameters } : { multipart: formOf(parameters, files) }),
    timeoutMs,
    signal: ctx.signal,
  })
  // The token is in the address, so an error that quotes the address quotes the token.
  return answer.kind === 'answer' ? answer : { ...answer, why: answer.why.replaceAll(botToken, '<token>') }
}

/** For the account's chat. When the chat has moved, the new id is kept and the call made again: the first did nothing. */
export async function callChat(ctx: AccountContext, call: Call): Promise<HttpAnswer> {
  const secret = secretOf(await ctx.secret.current())
  const answer = await callBot(ctx, secret.botToken, withChat(call, secret.chatId))
  const movedTo = movedChat(answer)
  // A call that names a chat of its own is about messages that stayed behind in it.
  if (movedTo === null || call.parameters.chat_id !== undefined) return answer
  await ctx.secret.refresh(secret, async (stale) => ({
    outcome: 'done',
    value: { secret: { ...secretOf(stale), chatId: movedTo }, expiresAt: null },
  }))
  return callBot(ctx, secret.botToken, withChat(call, movedTo))
}

export const secretOf = (secret: Json) => secret as TelegramSecret

const withChat = (call: Call, chatId: number): Call => ({
  ...call,
  parameters: { chat_id: chatId, ...call.parameters },
})

function formOf(parameters: Call['parameters'], files: NonNullable<Call['files']>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  for (const { field, blob, filename } of files) form.append(field, blob, filename)
  return form
}

function movedChat(answer: HttpAnswer): number | null {
  const id = asRecord(bodyOf(answer)?.parameters)?.migrate_to_chat_id
  return typeof id === 'number' ? id : null
}

/** The body `{ok, result}` or `{ok, error_code, description, parameters}`; undefined when it is something else. */
export const bodyOf = (answer: HttpAnswer): Record<string, Json> | undefined =>
  answer.kind === 'answer' ? asRecord(answer.json) : undefined

/** `result` of a call that worked; undefined of any other. */
export function resultOf(answer: HttpAnswer): Json | undefined {
  const body = bodyOf(answer)
  return answer.kind === 'answer' && answer.ok && body?.ok === true ? body.result : undefined
}

export const asRecord = (value: unknown): Record<string, Json> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined
export const asString = (value: unknown) => (typeof value === 'string' ? value : undefined)
export const asNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)
