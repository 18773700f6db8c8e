/**
 * Holds exchanges against the lexicons, the official description of Bluesky's API and records, as openapi.ts does for
 * other networks: query parameters, bodies in both directions, and every record that is put into a repository.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jsonToLex, type LexiconDoc, Lexicons } from '@atproto/lexicon'
import { type Exchange, mediaType } from './exchange.ts'

const folder = fileURLToPath(new URL('../../../shared/specs/bluesky/lexicons', import.meta.url))

/** Null when they are absent; then a test says `specIsAbsent`. */
export function sharedLexicons(): Lexicons | null {
  if (!existsSync(folder)) return null
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  )
  return new Lexicons(files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as LexiconDoc))
}

export interface LexiconAllowance {
  /** As problems begin. */
  problem: string
  /** Why it is right, with the source. */
  why: string
}

/** What the exchanges do that the lexicons do not describe; allowances that never occur are problems too. */
export function lexiconProblems(
  lexicons: Lexicons,
  exchanges: Exchange[],
  allow: LexiconAllowance[] = [],
): string[] {
  const problems = [...new Set(exchanges.flatMap((exchange) => problemsOf(lexicons, exchange)))]
  const stale = allow.filter(({ problem }) => !problems.some((one) => one.startsWith(problem)))
  return [
    ...problems.filter((one) => !allow.some(({ problem }) => one.startsWith(problem))),
    ...stale.map(({ problem }) => `never happened, though it is allowed: ${problem}`),
  ]
}

function problemsOf(lexicons: Lexicons, { request, response }: Exchange): string[] {
  const url = new URL(request.url)
  const nsid = /\/xrpc\/([a-zA-Z0-9.-]+)$/.exec(url.pathname)?.[1]
  if (!nsid) return []
  const about = `${request.method} ${nsid}`
  const method = lexicons.getDef(`lex:${nsid}`)
  if (method?.type !== 'query' && method?.type !== 'procedure') return [`${about}: there is no such method`]
  const problems: string[] = []
  const attempt = (what: string, check: () => unknown) => {
    try {
      check()
    } catch (error) {
      problems.push(`${about}: ${what}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if ((method.type === 'query') !== (request.method === 'GET'))
    problems.push(`${about}: the wrong HTTP method`)
  const refused = response.status >= 400
  // What the server refused may be wrong on purpose.
  if (!refused) {
    attempt('parameters', () =>
      lexicons.assertValidXrpcParams(nsid, parametersOf(url, method.parameters?.properties ?? {})),
    )
    if (method.type === 'procedure') attempt('input', () => checkInput(lexicons, nsid, method.input, request))
    if (method.output?.schema)
      attempt('output', () => lexicons.assertValidXrpcOutput(nsid, jsonOf(response.body)))
  } else attempt('error', () => checkError(response.body))
  return problems
}

function parametersOf(url: URL, properties: Record<string, { type: string }>) {
  const parameters: Record<string, unknown> = {}
  for (const name of new Set(url.searchParams.keys())) {
    const type = properties[name]?.type
    if (type === undefined) throw new Error(`there is no parameter "${name}"`)
    const values = url.searchParams.getAll(name)
    const [first] = values
    parameters[name] =
      type === 'array'
        ? values
        : type === 'integer'
          ? Number(first)
          : type === 'boolean'
            ? first === 'true'
            : first
  }
  return parameters
}

function checkInput(
  lexicons: Lexicons,
  nsid: string,
  input: { encoding: string; schema?: unknown } | undefined,
  request: Exchange['request'],
) {
  if (!input) return
  const type = mediaType(request.headers)
  const isAccepted = input.encoding === '*/*' || input.encoding === type
  if (!isAccepted) throw new Error(`content type ${type || 'missing'}, not ${input.encoding}`)
  if (!input.schema) return
  const body = jsonOf(request.body) as { collection?: string; record?: unknown }
  lexicons.assertValidXrpcInput(nsid, body)
  const known = new Set(Object.keys((input.schema as { properties?: object }).properties ?? {}))
  const unknown = Object.keys(body).filter((name) => !known.has(name))
  if (unknown.length > 0) throw new Error(`unknown fields ${unknown.join(', ')}`)
  if (body.collection && body.record) lexicons.assertValidRecord(body.collection, body.record)
}

function checkError(body: Exchange['response']['body']) {
  const { error, message } = (jsonOf(body) ?? {}) as { error?: unknown; message?: unknown }
  if (typeof error !== 'string') throw new Error('no error name')
  if (message !== undefined && typeof message !== 'string') throw new Error('the message is no text')
}

const jsonOf = (body: Exchange['request']['body']): unknown =>
  body.kind === 'json' ? jsonToLex(body.value as never) : undefined
