/** Compares an answer with the one a document prints: every documented name is there, with a value of the same kind. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export interface Leeway {
  /** Places whose value the document fixes: they must be equal. */
  fixed?: string[]
  /** Places that are honestly null here although the example shows a value: nobody measured it. */
  nullable?: string[]
  /** Places that are honestly empty lists or objects here although the example fills them. */
  empty?: string[]
}

/** What differs, one line each; `path` names a place with `[]` for every item of a list: `data.posts[].id`. */
export function shapeFaults(
  documented: Json,
  actual: Json | undefined,
  leeway: Leeway = {},
  path = '',
): string[] {
  const place = path || 'the answer'
  if (leeway.fixed?.includes(path))
    return JSON.stringify(documented) === JSON.stringify(actual)
      ? []
      : [`${place}: ${JSON.stringify(actual)} instead of ${JSON.stringify(documented)}`]
  if (documented === null) return actual === undefined ? [`${place}: missing`] : []
  if (actual === null && leeway.nullable?.includes(path)) return []
  if (kindOf(documented) !== kindOf(actual))
    return [
      `${place}: ${kindOf(actual)} ${JSON.stringify(actual)?.slice(0, 80)} instead of ${kindOf(documented)}`,
    ]
  if (Array.isArray(documented) && Array.isArray(actual)) {
    const [example] = documented
    if (example === undefined) return []
    if (actual.length === 0) return leeway.empty?.includes(path) ? [] : [`${place}: empty`]
    return actual.flatMap((item) => shapeFaults(example, item, leeway, `${path}[]`))
  }
  if (isObject(documented) && isObject(actual)) {
    if (leeway.empty?.includes(path) && Object.keys(actual).length === 0) return []
    return Object.entries(documented).flatMap(([name, value]) =>
      shapeFaults(value, actual[name], leeway, path ? `${path}.${name}` : name),
    )
  }
  return []
}

const isObject = (value: unknown): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Instants, days and prefixed ids are kinds of their own, so that a bare UUID does not pass for `post_abc123`. */
function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'list'
  if (typeof value !== 'string') return value === null ? 'null' : typeof value
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return 'instant'
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value)) return 'time without a zone'
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(value)) return 'time with an offset'
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return 'day'
  return /^(ws|post|media|sched|slot|acc|user|key|wh|log)_/.exec(value)?.[1] ?? 'string'
}
