/** What Mastodon's kin leave loose in their answers, read one value at a time (net/read-json.ts does the rest). */
import { asList, asString } from '../../net/read-json.ts'

export const asStrings = (value: unknown): string[] =>
  asList(value).filter((one): one is string => typeof one === 'string')

/** Ids are strings in Mastodon; some servers send numbers. */
export const asId = (value: unknown): string | undefined =>
  typeof value === 'number' ? String(value) : asString(value) || undefined

export const asDate = (value: unknown): Date | undefined => {
  const date = new Date(asString(value) ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}
