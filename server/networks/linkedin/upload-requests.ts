import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { at } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { type Asked, askedFailure, readTimeoutMs } from './session.ts'

/** For one whole file or one part of a video; the largest whole file is a document of 100 MB. */
const uploadTimeoutMs = 5 * 60_000

/** Rest.li's way to a verb of its own: `POST /rest/images?action=initializeUpload`. */
export const action = (ctx: PublishContext, what: string, name: string, json: unknown): HttpRequest => ({
  method: 'POST',
  url: `${ctx.origin()}/rest/${what}`,
  query: { action: name },
  json,
  timeoutMs: readTimeoutMs,
  signal: ctx.signal,
})

export const put = (
  ctx: PublishContext,
  url: string,
  body: Uint8Array | ReadableStream<Uint8Array>,
  size: number,
): HttpRequest => ({
  method: 'PUT',
  url,
  headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
  ...(body instanceof Uint8Array ? { bytes: body } : { stream: body }),
  timeoutMs: uploadTimeoutMs,
  signal: ctx.signal,
})

export const valueIn = (asked: Asked) =>
  asked.kind === 'answer' && asked.ok ? at(asked.json, 'value') : undefined

export const failed = (ctx: PublishContext, asked: Asked | HttpAnswer, file: MediaFile) =>
  new PrepareFailed(askedFailure(asked, `take ${file.filename}`, ctx.now()))
