import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import { Type } from 'typebox'
import type { Context } from '../operations/context.ts'
import { type OpenFile, openFile, openStoredFile } from '../operations/open-file.ts'

const Token = Type.Object({ token: Type.String({ maxLength: 200, default: '' }) })

/**
 * Serves media under signed addresses, in parts when asked (players seek, networks resume). What people uploaded must
 * never run as a page of ours: each file goes out under the type its bytes were found to have, is not guessed at, and
 * is shut in a sandbox should a browser show it as a page.
 */
export const fileRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/files/:id/:name',
      {
        config: { public: true },
        schema: {
          hide: true,
          params: Type.Object({
            id: Type.String({ format: 'uuid' }),
            name: Type.String({ pattern: '^(original|thumbnail)[.][a-z0-9]{1,5}$' }),
          }),
          querystring: Token,
        },
      },
      async (request, reply) => {
        const { token } = request.query
        const { id, name } = request.params
        return serve(request, reply, await openFile(ctx, { mediaId: id, name, token }), ctx.clock.now())
      },
    )
    app.get(
      '/files/stored/:key/:name',
      {
        config: { public: true },
        schema: {
          hide: true,
          params: Type.Object({
            key: Type.String({ pattern: '^[A-Za-z0-9_-]{1,400}$' }),
            name: Type.String({ pattern: '^file[.][a-z0-9]{1,5}$' }),
          }),
          querystring: Token,
        },
      },
      async (request, reply) => {
        const file = await openStoredFile(ctx, { ...request.params, ...request.query })
        return serve(request, reply, file, ctx.clock.now())
      },
    )
  }

async function serve(request: FastifyRequest, reply: FastifyReply, file: OpenFile, now: Date) {
  describe(reply, file, now)
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  const range = rangeOf(request.headers.range, String(request.headers['if-range'] ?? ''), file)
  if (range === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${file.bytes}`).send()
  reply.header('content-length', range ? range.end - range.start + 1 : file.bytes)
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`)
  // An empty stream, because Fastify would put the length of an empty body over ours.
  if (request.method === 'HEAD') return reply.send(Readable.from([]))
  return reply.send(Readable.fromWeb((await file.read(range ?? undefined)) as never))
}

function describe(reply: FastifyReply, file: OpenFile, now: Date) {
  const maxAge = Math.max(0, Math.floor((file.expiresAt.getTime() - now.getTime()) / 1000))
  reply.headers({
    'content-type': file.mimeType,
    'content-disposition': file.kind === 'document' ? 'attachment' : 'inline',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    // The dashboard may live on another host than the API.
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': `private, max-age=${maxAge}, immutable`,
    'accept-ranges': 'bytes',
    etag: file.etag,
  })
}

/** One range or none: several at once are answered whole, as RFC 9110 allows. */
function rangeOf(
  asked: string | undefined,
  ifRange: string,
  file: OpenFile,
): { start: number; end: number } | 'unsatisfiable' | null {
  if (!asked || (ifRange !== '' && ifRange !== file.etag)) return null
  const ranges = parseRange(file.bytes, asked)
  if (ranges === -1) return 'unsatisfiable'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  return ranges[0] ?? null
}
