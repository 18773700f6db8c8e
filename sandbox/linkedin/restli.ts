import type { FastifyRequest } from 'fastify'
import { bad } from './refusals.ts'

/**
 * A parameter of a Rest.li 2.0 query as it was sent: brackets and commas that are not escaped build lists and records,
 * escaped ones are part of a value.
 */
function rawParameter(request: FastifyRequest, name: string): string | undefined {
  const query = request.url.split('?')[1] ?? ''
  const found = query.split('&').find((part) => part.startsWith(`${name}=`))
  return found?.slice(name.length + 1)
}

/** `List(a,b)`; absent: none. */
export function listParameter(request: FastifyRequest, name: string): string[] {
  const raw = rawParameter(request, name)
  if (raw === undefined) return []
  const inner = /^List\((.*)\)$/.exec(raw)?.[1]
  if (inner === undefined || /[()]/.test(inner))
    throw bad('ILLEGAL_ARGUMENT', `${name} is not a list of Rest.li 2.0: ${raw}`)
  return inner === '' ? [] : inner.split(',').map(decodeURIComponent)
}

/** `(a:x,b:(c:y))` with its leaves as text. */
export type RestliRecord = { [name: string]: string | RestliRecord }

export function recordParameter(request: FastifyRequest, name: string): RestliRecord | undefined {
  const raw = rawParameter(request, name)
  if (raw === undefined) return undefined
  const tokens = raw.match(/[(),:]|[^(),:]+/g) ?? []
  let at = 0
  const wrong = () => bad('ILLEGAL_ARGUMENT', `${name} is not a record of Rest.li 2.0: ${raw}`)
  const take = (token: string) => {
    if (tokens[at++] !== token) throw wrong()
  }
  const record = (): RestliRecord => {
    const fields: RestliRecord = {}
    take('(')
    while (tokens[at] !== ')') {
      const key = tokens[at++]
      take(':')
      if (key === undefined || at >= tokens.length) throw wrong()
      fields[key] = tokens[at] === '(' ? record() : decodeURIComponent(tokens[at++] ?? '')
      if (tokens[at] === ',') at++
    }
    take(')')
    return fields
  }
  return record()
}
