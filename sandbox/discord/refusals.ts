import { type Answer, Refused } from '../answer.ts'

/** Discord's error body; codes from docs.discord.com/developers/topics/opcodes-and-status-codes (read 2026-11-22). */
export function discordError(status: number, code: number, message: string, errors?: unknown): Answer {
  return { status, body: { message, code, ...(errors !== undefined && { errors }) } }
}

export const refuse = (status: number, code: number, message: string) =>
  new Refused(discordError(status, code, message))

/** 50035 for one field: `invalidForm('content', 'BASE_TYPE_MAX_LENGTH', 'Must be 2000 or fewer in length.')` */
export const invalidForm = (field: string, code: string, message: string) =>
  new Refused(discordError(400, 50_035, 'Invalid Form Body', { [field]: { _errors: [{ code, message }] } }))

export function rateLimited(retryAfterMs: number, scope = 'user'): Answer {
  const retryAfter = retryAfterMs / 1000
  return {
    status: 429,
    headers: {
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-scope': scope,
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset-after': retryAfter.toFixed(3),
    },
    body: { message: 'You are being rate limited.', retry_after: retryAfter, global: false, code: 0 },
  }
}
