/** One request and its answer, in a form that does not care who sent it: an adapter, or a public client library. */
export interface Exchange {
  request: {
    method: string
    /** Complete, with its query. */
    url: string
    headers: Record<string, string>
    body: Body
  }
  response: {
    status: number
    headers: Record<string, string>
    body: Body
  }
}

/**
 * `fields` are the names and texts of a form or multipart body, in order; a file is told by name, type and size.
 * `opaque` was sent, but is not kept (bytes, streams).
 */
export type Body =
  | { kind: 'none' }
  | { kind: 'json'; value: unknown }
  | { kind: 'fields'; encoding: 'form' | 'multipart'; fields: [name: string, value: string | FilePart][] }
  | { kind: 'text'; text: string }
  | { kind: 'opaque' }

export interface FilePart {
  filename: string
  mimeType: string
  bytes: number
}

/** The media type of a `Content-Type`, without its parameters. */
export const mediaType = (headers: Record<string, string>) =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** Reads a body by its content type. */
export async function bodyOf(bytes: Uint8Array, headers: Record<string, string>): Promise<Body> {
  if (bytes.byteLength === 0) return { kind: 'none' }
  const type = mediaType(headers)
  const text = () => new TextDecoder().decode(bytes)
  if (type.endsWith('json')) {
    try {
      return { kind: 'json', value: JSON.parse(text()) }
    } catch {
      return { kind: 'text', text: text() }
    }
  }
  if (type === 'application/x-www-form-urlencoded')
    return { kind: 'fields', encoding: 'form', fields: [...new URLSearchParams(text())] }
  if (type === 'multipart/form-data') {
    const contentType = headers['content-type'] ?? ''
    const form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': contentType },
    }).formData()
    return { kind: 'fields', encoding: 'multipart', fields: fieldsOf(form) }
  }
  return type.startsWith('text/') ? { kind: 'text', text: text() } : { kind: 'opaque' }
}

/** Works on any FormData, the built-in one and undici's. */
export function fieldsOf(form: Iterable<[string, unknown]>): [string, string | FilePart][] {
  return [...form].map(([name, value]) => {
    if (typeof value === 'string') return [name, value]
    const file = value as { name: string; type: string; size: number }
    return [name, { filename: file.name, mimeType: file.type, bytes: file.size }]
  })
}
