import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A `multipart/form-data` body: text fields by name (the last one wins) and files in their order. */
export interface MultipartBody {
  fields: Record<string, string>
  files: UploadedFile[]
}

export interface UploadedFile {
  /** The part's name: `file`, `files[0]`, `photo`. */
  field: string
  filename: string
  mimeType: string
  bytes: Buffer
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's body as it came; set for the simulated networks only. */
    simulatedBody?: Buffer
  }
}

/**
 * Reads every kind of body the networks' clients send: JSON to its value, urlencoded to a record (repeated names become
 * arrays), multipart to `MultipartBody`, anything else to a Buffer. All are held in memory, up to `bytesMax`.
 */
export function readBodies(app: FastifyInstance, bytesMax: number) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: bytesMax },
    async (request: FastifyRequest, body: Buffer) => {
      request.simulatedBody = body
      return read(request.headers['content-type'] ?? '', body)
    },
  )
}

export function isMultipart(body: unknown): body is MultipartBody {
  return typeof body === 'object' && body !== null && 'fields' in body && 'files' in body
}

async function read(contentType: string, body: Buffer): Promise<unknown> {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json' || type.endsWith('+json')) return body.length === 0 ? {} : parseJson(body)
  if (type === 'application/x-www-form-urlencoded') return readForm(body.toString('utf8'))
  if (type === 'multipart/form-data') return readMultipart(contentType, body)
  return body
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Unreadable('The body is not JSON')
  }
}

function readForm(text: string): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const before = form[name]
    form[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return form
}

async function readMultipart(contentType: string, body: Buffer): Promise<MultipartBody> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw new Unreadable('The body is not multipart/form-data')
    })
  const read: MultipartBody = { fields: Object.create(null), files: [] }
  for (const [field, value] of form) {
    if (typeof value === 'string') read.fields[field] = value
    else
      read.files.push({
        field,
        filename: value.name,
        mimeType: value.type || 'application/octet-stream',
        bytes: Buffer.from(await value.arrayBuffer()),
      })
  }
  return read
}

/** Answered with the network's own `badRequest`. */
export class Unreadable extends Error {
  readonly statusCode = 400
}
