import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asNumber, asRecord, asString } from './request.ts'

const retryAfterMsDefault = 5_000
const retryAfterMsMax = 24 * 60 * 60_000

type Kind = Pick<Failure, 'class' | 'rule' | 'remedy'>

const editPost = 'Change the post so that Discord takes it, then retry.'
const webhookGone: Kind = {
  class: 'reconnect',
  rule: 'discord.webhook_gone',
  remedy: 'Make a webhook in the settings of the channel and connect it.',
}
const noAccess: Kind = {
  class: 'reconnect',
  rule: 'discord.access_missing',
  remedy: 'Let the bot see the channel, send messages and attach files there, then reconnect the account.',
}
const forumRules: Kind = {
  class: 'permanent',
  rule: 'discord.forum_thread',
  remedy: 'Forum channels need the option threadName or threadId, other channels take no threadName.',
}
const threadClosed: Kind = {
  class: 'permanent',
  rule: 'discord.thread_closed',
  remedy: 'Reopen the thread in Discord, or post somewhere else.',
}

/** docs.discord.com/developers/topics/opcodes-and-status-codes, read 2026-11-22. */
const byCode: Record<number, Kind> = {
  10003: { ...noAccess, rule: 'discord.channel_gone', remedy: 'Choose another channel and connect it.' },
  10015: webhookGone,
  50027: webhookGone,
  40001: {
    class: 'reconnect',
    rule: 'discord.token_invalid',
    remedy: 'Get the current token of the bot and connect the account again.',
  },
  50001: noAccess,
  50013: noAccess,
  50006: { class: 'permanent', rule: 'discord.empty', remedy: 'Write a text or add a file.' },
  50008: { class: 'permanent', rule: 'discord.channel_without_text', remedy: 'Connect a text channel.' },
  50083: threadClosed,
  160005: threadClosed,
  40005: {
    class: 'permanent',
    rule: 'discord.file_too_large',
    remedy: 'Make the files smaller: 10 MiB each, 25 MiB together.',
  },
  40067: {
    class: 'permanent',
    rule: 'discord.tag_required',
    remedy: 'Name a tag of the forum in appliedTags.',
  },
  220001: forumRules,
  220002: forumRules,
  220003: forumRules,
  20009: { class: 'permanent', rule: 'discord.content_refused', remedy: editPost },
  240000: { class: 'permanent', rule: 'discord.link_blocked', remedy: 'Remove the link, then retry.' },
}
/** Slow mode and write limits say 4xx with a code where others say 429. */
const limitCodes = new Set([20_016, 20_028, 40_062])

/**
 * What a refused or lost request means: the JSON code first, then the status.
 * @param tried in the words of a sentence: `publish the message`.
 */
export function failureOf(answer: HttpAnswer, tried: string): Failure {
  if (answer.kind !== 'answer') return unreachable(answer, tried)
  const body = asRecord(answer.json)
  const code = asNumber(body?.code) ?? 0
  const message = `Discord refused to ${tried}: ${wordsOf(body) ?? `it answered ${answer.status}`}`
  if (answer.status === 429 || limitCodes.has(code))
    return {
      class: 'rate_limited',
      rule: 'discord.rate_limited',
      message,
      remedy: 'Nothing to do: it is tried again when Discord allows it.',
      retryAfterMs: retryAfterMs(answer),
    }
  return { ...(byCode[code] ?? byStatus(answer, body !== undefined)), message }
}

function byStatus({ status }: Answered, isJson: boolean): Kind {
  if (status === 401)
    return {
      class: 'reconnect',
      rule: 'discord.token_invalid',
      remedy: 'Get the current token of the bot, or a new webhook, and connect the account again.',
    }
  // Cloudflare answers in HTML when an address made 10,000 invalid requests in ten minutes.
  if (status === 403 && !isJson)
    return {
      class: 'administrator',
      rule: 'discord.address_banned',
      remedy: 'Discord has blocked the address of this server for a while; try again in an hour.',
    }
  if (status === 403) return noAccess
  if (status === 404) return { ...webhookGone, rule: 'discord.not_found' }
  if (status === 413) return byCode[40_005] as Kind
  if (status >= 500 || status === 408)
    return { class: 'transient', rule: 'discord.server_error', remedy: 'Nothing to do: it is tried again.' }
  return { class: 'permanent', rule: 'discord.rejected', remedy: editPost }
}

/** `Invalid Form Body: content: Must be 2000 or fewer in length.` */
function wordsOf(body: Record<string, unknown> | undefined): string | undefined {
  const message = asString(body?.message)
  if (!message) return undefined
  const details = fieldErrors(body?.errors).slice(0, 3)
  return [message, ...details].join(': ').slice(0, 500)
}

function fieldErrors(errors: unknown, path = ''): string[] {
  const record = asRecord(errors)
  if (!record) return []
  if (Array.isArray(record._errors))
    return record._errors.map((one) => `${path}: ${asString(asRecord(one)?.message) ?? 'invalid'}`)
  return Object.entries(record).flatMap(([name, inner]) =>
    fieldErrors(inner, path ? `${path}.${name}` : name),
  )
}

/** `retry_after` of the body and `Retry-After` are seconds; the body's has decimals. */
function retryAfterMs(answer: Answered): number {
  const seconds =
    asNumber(asRecord(answer.json)?.retry_after) ?? Number(answer.headers.get('retry-after') ?? Number.NaN)
  if (!Number.isFinite(seconds)) return retryAfterMsDefault
  return Math.min(Math.max(Math.ceil(seconds * 1000), 500), retryAfterMsMax)
}

function unreachable(answer: Exclude<HttpAnswer, { kind: 'answer' }>, tried: string): Failure {
  const message = `Could not ${tried}: ${answer.why}`
  if (answer.kind === 'not_sent' && answer.blocked)
    return {
      class: 'administrator',
      rule: 'discord.address_blocked',
      message,
      remedy: 'Set FANFARE_ALLOW_PRIVATE_ADDRESSES if this server is meant to be reached.',
    }
  return {
    class: 'transient',
    rule: 'discord.unreachable',
    message,
    remedy: 'Nothing to do: it is tried again. If it goes on, check the connection to discord.com.',
  }
}
