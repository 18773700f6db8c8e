import { type Answer, Refused } from '../answer.ts'

/** Telegram's error body. Texts as the official Bot API server writes them (tdlib/telegram-bot-api, read 2026-11-22). */
export function telegramError(
  status: number,
  description: string,
  parameters?: Record<string, number>,
): Answer {
  return { status, body: { ok: false, error_code: status, description, ...(parameters && { parameters }) } }
}

export const badRequest = (why: string) => new Refused(telegramError(400, `Bad Request: ${why}`))

export function tooManyRequests(retryAfterMs: number): Answer {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  const answer = telegramError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })
  return { ...answer, headers: { 'retry-after': String(seconds) } }
}
