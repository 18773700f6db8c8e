import { type Answer, Refused } from '../answer.ts'

const logId = '202611220000000000000000SANDBOX'

/** `{data, error}` of every answer; `error.code` is `ok` when it worked (tiktok-api-v2-error-handling). */
export const fine = (data: unknown) => ({ data, error: { code: 'ok', message: '', log_id: logId } })

export const tiktokError = (status: number, code: string, message: string): Answer => ({
  status,
  body: { data: {}, error: { code, message, log_id: logId } },
})

export const refuse = (status: number, code: string, message: string) =>
  new Refused(tiktokError(status, code, message))

/** The OAuth addresses speak another way. */
export const refuseOAuth = (code: string, description: string) =>
  new Refused({ status: 400, body: { error: code, error_description: description, log_id: logId } })
