import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { HttpDialect } from './dialect.ts'
import { openApiDocument } from './openapi.ts'

export interface DocumentedDialect {
  dialect: HttpDialect
  /** Its encapsulated instance, with its routes alone. */
  own: FastifyInstance
}

/**
 * The documentation of every dialect: `/docs` to choose one, `/docs/<dialect>` to read and try it, and
 * `/docs/<dialect>.json` for programs. Everything comes from this server; no page asks another one for anything.
 */
export function serveDocs(app: FastifyInstance, documented: DocumentedDialect[]): void {
  app.get('/docs', async (_request, reply) => page(reply, chooser(documented.map(({ dialect }) => dialect))))
  for (const { dialect, own } of documented) {
    // Made at the first request; the routes do not change after that.
    let document: object | undefined
    app.get(`/docs/${dialect.id}`, async (_request, reply) => page(reply, reader(dialect)))
    app.get(`/docs/${dialect.id}.json`, async () => {
      document ??= openApiDocument(own, dialect)
      return document
    })
  }
  app.get('/docs/scalar.js', async (_request, reply) => {
    script ??= loadScript()
    return reply
      .type('text/javascript; charset=utf-8')
      .headers({ 'content-encoding': 'gzip', 'cache-control': 'public, max-age=86400' })
      .send(await script)
  })
}

/** Nothing from elsewhere: the page of an installation without internet access works, and no third party sees its readers. */
const contentSecurityPolicy =
  "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const page = (reply: FastifyReply, html: string) =>
  reply.type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy).send(html)

/** Four megabytes of JavaScript that most processes never serve: read at the first request, kept compressed. */
let script: Promise<Buffer> | undefined

/** The library gives its script only through a route of its own, so one is made for a moment. */
async function loadScript(): Promise<Buffer> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const moment = Fastify({ logger: false })
  await moment.register(scalar, { routePrefix: '/docs', configuration: { url: '/' } })
  const { rawPayload } = await moment.inject('/docs/js/scalar.js')
  await moment.close()
  return await promisify(gzip)(rawPayload)
}

/** Scalar reads its settings from the element; no script stands in the page itself. */
const reader = ({ id, title }: HttpDialect) =>
  html(
    title,
    `<script id="api-reference" data-url="/docs/${id}.json" data-configuration="${escaped(JSON.stringify(settings))}"></script>
<script src="/docs/scalar.js"></script>`,
  )

const settings = {
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  mcp: { disabled: true },
  agent: { disabled: true },
  persistAuth: false,
}

const chooser = (dialects: HttpDialect[]) =>
  html(
    'Fanfare: API documentation',
    `<style>${style}</style>
<main>
<h1>API documentation</h1>
<p>This server speaks several documented APIs over one store. The native one can do everything.</p>
<ul>
${dialects
  .map(
    ({ id, title, description }) =>
      `<li><a href="/docs/${id}"><strong>${escaped(title)}</strong></a><p>${escaped(firstSentence(description))}</p><a href="/docs/${id}.json">OpenAPI 3.1</a></li>`,
  )
  .join('\n')}
</ul>
</main>`,
  )

/** The rest is for the reader's page, which understands its lists. */
const firstSentence = (text: string) => /^[^.]*\./.exec(text)?.[0] ?? text

const style = `:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 44rem; margin: 0 auto; padding: 3rem 1.5rem }
ul { list-style: none; padding: 0; display: grid; gap: 1rem }
li { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .5rem; padding: 1rem 1.25rem }
li p { margin: .25rem 0 }`

const html = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title></head>
<body>
${body}
</body>
</html>
`

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
