/** A `multipart/related` body (RFC 2387), as Google's clients send metadata and bytes in one request. */
export function relatedParts(contentType: string, body: unknown): { type: string; bytes: Buffer }[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (!boundary || !Buffer.isBuffer(body)) return []
  const mark = Buffer.from(`--${boundary}`)
  const parts: { type: string; bytes: Buffer }[] = []
  for (let at = body.indexOf(mark); at !== -1; ) {
    const next = body.indexOf(mark, at + mark.length)
    if (next === -1) break
    // Between the marks: CRLF, headers, an empty line, the bytes, CRLF.
    const part = body.subarray(at + mark.length + 2, next - 2)
    const headersEnd = part.indexOf('\r\n\r\n')
    const headers = part.subarray(0, headersEnd).toString('latin1')
    const type = /^content-type:\s*([^;\r\n]+)/im.exec(headers)?.[1]?.trim() ?? 'application/octet-stream'
    parts.push({ type: type.toLowerCase(), bytes: part.subarray(headersEnd + 4) })
    at = next
  }
  return parts
}
