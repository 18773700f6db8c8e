import type { FastifyRequest } from 'fastify'
import { isMultipart, type UploadedFile } from '../bodies.ts'
import { badRequest } from './refusals.ts'

/** A method's parameters, from wherever the Bot API takes them: query, form, JSON or multipart. */
export interface Parameters {
  text(name: string): string | undefined
  number(name: string): number | undefined
  flag(name: string): boolean
  /** Structured parameters travel as JSON text, except in JSON bodies. */
  object<T>(name: string): T | undefined
  file(name: string): UploadedFile | undefined
}

export function parametersOf(request: FastifyRequest): Parameters {
  const { body } = request
  const fields: Record<string, unknown> = {
    ...(request.query as Record<string, unknown>),
    ...(isMultipart(body) ? body.fields : Buffer.isBuffer(body) ? {} : (body as Record<string, unknown>)),
  }
  const value = (name: string) => (fields[name] === null || fields[name] === '' ? undefined : fields[name])
  return {
    text: (name) => (value(name) === undefined ? undefined : String(value(name))),
    number(name) {
      const given = value(name)
      if (given === undefined) return undefined
      const read = Number(given)
      if (!Number.isSafeInteger(read)) throw badRequest(`invalid ${name} specified`)
      return read
    },
    flag: (name) => ['true', '1'].includes(String(value(name)).toLowerCase()),
    object<T>(name: string) {
      const given = value(name)
      if (typeof given !== 'string') return given as T | undefined
      try {
        return JSON.parse(given) as T
      } catch {
        throw badRequest(`can't parse ${name}: it is not valid JSON`)
      }
    },
    file: (name) => (isMultipart(body) ? body.files.find(({ field }) => field === name) : undefined),
  }
}
