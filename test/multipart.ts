/** A multipart/form-data body with one file, its fields before or after it. */
export function multipart(
  file: { name: string; filename: string; type: string; bytes: Buffer },
  fields: Record<string, string>,
  order: 'fields first' | 'file first',
): { payload: Buffer; type: string } {
  const boundary = 'fanfare-test'
  const texts = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  )
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${file.name}"; filename="${file.filename}"\r\ncontent-type: ${file.type}\r\n\r\n`
  const bytes = Buffer.concat([Buffer.from(head), file.bytes, Buffer.from('\r\n')])
  const parts = order === 'fields first' ? [...texts, bytes] : [bytes, ...texts]
  return {
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}
