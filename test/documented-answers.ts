/** Holds every answer that a test gets against the OpenAPI document of its dialect, so that the stories prove the documents. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import type { HttpDialect } from '../server/http/dialect.ts'
import { openApiDocument } from '../server/http/openapi.ts'

interface Documented {
  responses: Record<string, { content?: Record<string, unknown> }>
}

/** Answers that a document does not tell of, as sentences; empty when it tells the truth. */
export class DocumentedAnswers {
  readonly lies = new Set<string>()

  /** The same dialect, watched. */
  watch(dialect: HttpDialect): HttpDialect {
    return {
      ...dialect,
      mounts: dialect.mounts.map(({ prefix, routes }) => ({
        prefix,
        routes: async (own) => {
          const judge = this.#judgeOf(own, dialect)
          own.addHook('onSend', async (request, reply, payload) => {
            const { url = '', method } = request.routeOptions
            const lie = judge(
              `${String(method).toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`,
              reply.statusCode,
              String(reply.getHeader('content-type') ?? ''),
              payload,
            )
            if (lie) this.lies.add(`${dialect.id}: ${request.method} ${url} ${reply.statusCode} ${lie}`)
          })
          await own.register(routes)
        },
      })),
    }
  }

  requireTruth(): void {
    if (this.lies.size > 0)
      throw new Error(
        `The documents do not tell of these answers (${this.lies.size}):\n${[...this.lies].slice(0, 60).join('\n')}`,
      )
  }

  /** The document is made at the first answer, when all routes are known. */
  #judgeOf(own: FastifyInstance, dialect: HttpDialect) {
    const validators = new Map<string, ValidateFunction>()
    let paths: Record<string, Record<string, Documented>> | undefined
    const ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false })
    formats.default(ajv)
    return (route: string, status: number, type: string, payload: unknown): string | null => {
      if (!paths) {
        const document = openApiDocument(own, dialect)
        ajv.addSchema({ $id: 'document:', ...document })
        paths = document.paths as typeof paths
      }
      const [verb = '', path = ''] = route.split(' ')
      const response = paths?.[path]?.[verb]?.responses[status]
      if (!response)
        return paths?.[path]?.[verb] ? `is not declared: ${String(payload).slice(0, 150)}` : 'is no operation'
      if (status === 204 || typeof payload !== 'string' || payload === '') return null
      const mediaType = type.split(';', 1)[0] ?? ''
      if (!response.content?.[mediaType]) return `is not declared as ${mediaType}`
      if (mediaType !== 'application/json') return null
      const pointer = ['paths', path, verb, 'responses', String(status), 'content', mediaType, 'schema']
        .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
        .join('/')
      const key = `${route} ${status}`
      const validate = validators.get(key) ?? ajv.compile({ $ref: `document:#/${pointer}` })
      validators.set(key, validate)
      if (validate(JSON.parse(payload))) return null
      const { instancePath = '', message = '' } = validate.errors?.[0] ?? {}
      return `${instancePath} ${message}: ${payload.slice(0, 200)}`
    }
  }
}
