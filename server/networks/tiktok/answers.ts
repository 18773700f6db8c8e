import type { HttpAnswer } from '../../net/http.ts'
import type { Json } from '../network.ts'

/** `data` of an answer whose `error.code` is `ok`; a status of 200 alone says nothing (tiktok-api-v2-error-handling). */
export function dataOf(answer: HttpAnswer): Record<string, Json> | undefined {
  if (answer.kind !== 'answer' || !answer.ok || errorCodeOf(answer) !== 'ok') return undefined
  return asRecord(asRecord(answer.json)?.data)
}

/** `error.code` of the API, or `error` of the OAuth addresses. */
export function errorCodeOf(answer: HttpAnswer): string | undefined {
  const body = answer.kind === 'answer' ? asRecord(answer.json) : undefined
  return asString(asRecord(body?.error)?.code) ?? asString(body?.error)
}

export const asRecord = (value: unknown): Record<string, Json> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined
export const asString = (value: unknown) => (typeof value === 'string' ? value : undefined)
export const asNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)
