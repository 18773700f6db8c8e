/**
 * Rest.li 2.0 (linkedin.github.io/rest.li/spec/protocol): lists and records stand in the query with bare brackets and
 * commas, and what they hold is escaped. A query that goes through `URLSearchParams` would escape the brackets too, so
 * these addresses are written whole.
 */

/** A value inside a list or record, or in a path. */
export const restliValue = (value: string): string =>
  encodeURIComponent(value).replaceAll(
    /[()']/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** `List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)` */
export const restliList = (values: string[]): string => `List(${values.map(restliValue).join(',')})`

/** `(share:urn%3Ali%3Ashare%3A1)` */
export const restliRecord = (fields: Record<string, string>): string =>
  `(${Object.entries(fields)
    .map(([name, value]) => `${name}:${restliValue(value)}`)
    .join(',')})`

/** A query whose values are written already. */
export const restliQuery = (parts: Record<string, string>): string =>
  Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
