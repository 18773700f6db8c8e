/**
 * Holds Telegram traffic against the machine-readable copy of the Bot API's documents (`telegram/api.json`), which is no
 * OpenAPI: methods with typed parameters, types with typed fields.
 */
import type { Body, Exchange } from './exchange.ts'

interface BotApiDocument {
  methods: Record<string, { returns: string[]; fields?: Field[] }>
  types: Record<string, { fields?: Field[]; subtypes?: string[] }>
}

interface Field {
  name: string
  types: string[]
  required: boolean
}

/** A file of a multipart body, where an InputFile is wanted. */
const uploaded = Symbol('uploaded file')

/** Every problem of the exchanges with `mount`, one line each; empty when all is as documented. */
export function checkBotApi(root: unknown, exchanges: Exchange[], mount: string): string[] {
  const document = root as BotApiDocument
  const problems = new Set<string>()
  for (const { request, response } of exchanges) {
    if (!request.url.startsWith(`${mount}/bot`)) continue
    const name = new URL(request.url).pathname.split('/').at(-1) ?? ''
    const method = document.methods[name]
    if (!method) {
      problems.add(`${name}: no such method`)
      continue
    }
    const say = (problem: string) => problems.add(`${name}: ${problem}`)
    checkParameters(document, method.fields ?? [], parametersOf(request.body), say)
    checkAnswer(document, method.returns, response, say)
  }
  return [...problems]
}

function checkParameters(
  document: BotApiDocument,
  fields: Field[],
  given: Record<string, unknown>,
  say: (problem: string) => void,
) {
  for (const { name, types, required } of fields) {
    if (given[name] === undefined) {
      if (required) say(`parameter ${name} is missing`)
    } else if (!types.some((type) => fits(document, type, given[name])))
      say(`parameter ${name} is no ${types.join(' or ')}: ${JSON.stringify(given[name])}`)
  }
  const attached = JSON.stringify(given)
  for (const name of Object.keys(given)) {
    const isAttachment = given[name] === uploaded && attached.includes(`attach://${name}`)
    if (!isAttachment && !fields.some((field) => field.name === name)) say(`there is no parameter ${name}`)
  }
}

function checkAnswer(
  document: BotApiDocument,
  returns: string[],
  { status, body }: Exchange['response'],
  say: (problem: string) => void,
) {
  const answer = body.kind === 'json' ? (body.value as Record<string, unknown>) : {}
  if (status === 200) {
    if (answer.ok !== true || !returns.some((type) => fits(document, type, answer.result)))
      say(`the answer is no ${returns.join(' or ')}: ${JSON.stringify(answer)}`)
    return
  }
  // "the field ok equals false and the error is explained in description"
  if (answer.ok !== false || typeof answer.description !== 'string' || answer.error_code !== status)
    say(`the refusal is not as documented: ${JSON.stringify(answer)}`)
}

function fits(document: BotApiDocument, type: string, value: unknown): boolean {
  const item = /^Array of (.+)$/.exec(type)?.[1]
  if (item) return Array.isArray(value) && value.every((one) => fits(document, item, one))
  switch (type) {
    case 'Integer':
      return Number.isSafeInteger(value)
    case 'Float':
      return typeof value === 'number'
    case 'String':
      return typeof value === 'string'
    case 'Boolean':
      return typeof value === 'boolean'
    case 'True':
      return value === true
    case 'InputFile':
      return value === uploaded
  }
  const known = document.types[type]
  if (!known) throw new Error(`The document has no type ${type}`)
  if (known.subtypes) return known.subtypes.some((subtype) => fits(document, subtype, value))
  return fitsFields(document, known.fields ?? [], value)
}

function fitsFields(document: BotApiDocument, fields: Field[], value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const given = value as Record<string, unknown>
  return (
    fields.every(({ name, types, required }) =>
      given[name] === undefined ? !required : types.some((type) => fits(document, type, given[name])),
    ) && Object.keys(given).every((name) => fields.some((field) => field.name === name))
  )
}

/** In a form everything is text: numbers, booleans and structures as their JSON. */
function parametersOf(body: Body): Record<string, unknown> {
  if (body.kind === 'json') return body.value as Record<string, unknown>
  if (body.kind !== 'fields') return {}
  return Object.fromEntries(
    body.fields.map(([name, value]) => [name, typeof value === 'string' ? fromText(value) : uploaded]),
  )
}

function fromText(text: string): unknown {
  if (!/^([[{]|-?\d+$|true$|false$)/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
