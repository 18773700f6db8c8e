/**
 * Google describes its APIs in discovery documents (developers.google.com/discovery/v1/reference). This makes an OpenAPI
 * document of one, as far as `openApiValidator` looks: `openApiFromDiscovery(sharedSpec('youtube/youtube-v3.discovery.json'))`.
 */
type Obj = Record<string, unknown>

interface Method {
  httpMethod: string
  path: string
  parameters?: Record<string, Obj>
  request?: { $ref: string }
  response?: { $ref: string }
  mediaUpload?: { accept: string[]; protocols: { simple?: { path: string } } }
}

export function openApiFromDiscovery(discovery: unknown): unknown {
  const root = discovery as Obj
  const paths: Record<string, Obj> = {}
  const common = Object.entries((root.parameters ?? {}) as Record<string, Obj>).map(parameterOf)
  for (const method of methodsIn(root)) {
    const verb = method.httpMethod.toLowerCase()
    const path = `/${String(root.servicePath)}${method.path}`
    const operation = operationOf(method, common)
    paths[path] = { ...paths[path], [verb]: operation }
    const upload = method.mediaUpload?.protocols.simple?.path
    if (upload) paths[upload] = uploadItem(method, operation)
  }
  const schemas = Object.fromEntries(
    Object.entries(root.schemas as Record<string, Obj>).map(([name, schema]) => [name, schemaOf(schema)]),
  )
  return {
    openapi: '3.1.0',
    security: [{ oauth2: [] }],
    paths,
    components: { schemas: { ...schemas, GoogleError: googleError } },
  }
}

function methodsIn(at: Obj): Method[] {
  const own = Object.values((at.methods ?? {}) as Record<string, Method>)
  const below = Object.values((at.resources ?? {}) as Record<string, Obj>).flatMap(methodsIn)
  return [...own, ...below]
}

function operationOf(method: Method, common: Obj[]): Obj {
  return {
    parameters: [...common, ...Object.entries(method.parameters ?? {}).map(parameterOf)],
    ...(method.request && {
      requestBody: { required: true, content: json(method.request.$ref) },
    }),
    responses: {
      '2XX': { content: method.response ? json(method.response.$ref) : {} },
      default: { content: json('GoogleError') },
    },
  }
}

/** `POST` begins a resumable session or sends all at once, `PUT` sends what is missing to the session. */
function uploadItem(method: Method, operation: Obj): Obj {
  const extra = (name: string) => ({ name, in: 'query', schema: { type: 'string' } })
  const anything = { '*/*': { schema: true } }
  return {
    post: {
      ...operation,
      requestBody: {
        content: {
          ...json(method.request?.$ref ?? ''),
          'multipart/related': { schema: true },
        },
      },
      responses: {
        ...(operation.responses as Obj),
        200: { content: { ...anything, ...json(method.response?.$ref ?? '') } },
      },
    },
    put: {
      parameters: [extra('upload_id'), extra('uploadType')],
      requestBody: { content: anything },
      responses: { ...(operation.responses as Obj), 308: { content: {} } },
    },
  }
}

function parameterOf([name, parameter]: [string, Obj]): Obj {
  const { repeated, required, location } = parameter
  const schema = schemaOf(parameter) as Obj
  return {
    name,
    in: location,
    required: required === true,
    // Google takes a list with commas as well as repeated.
    explode: false,
    schema: repeated ? { type: 'array', items: schema } : schema,
  }
}

/** Its schemas are JSON Schema of an early draft: names as references, `required` as a flag, numbers of 64 bits as strings. */
function schemaOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(schemaOf)
  if (value === null || typeof value !== 'object') return value
  const source = value as Obj
  if (typeof source.$ref === 'string') return { $ref: `#/components/schemas/${source.$ref}` }
  const {
    type,
    enum: allowed,
    format,
    properties,
    items,
    additionalProperties,
    pattern,
    minimum,
    maximum,
  } = source
  return {
    ...(typeof type === 'string' && type !== 'any' && { type }),
    ...(allowed !== undefined && { enum: allowed }),
    ...(format === 'date-time' && { format }),
    ...(type === 'string' && (format === 'uint64' || format === 'int64') && { pattern: '^-?\\d+$' }),
    ...(pattern !== undefined && { pattern }),
    ...(type !== 'string' && minimum !== undefined && { minimum: Number(minimum) }),
    ...(type !== 'string' && maximum !== undefined && { maximum: Number(maximum) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Obj).map(([name, property]) => [name, schemaOf(property)]),
      ),
    }),
    ...(items !== undefined && { items: schemaOf(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: schemaOf(additionalProperties) }),
  }
}

const json = (name: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } })

/** developers.google.com/youtube/v3/docs/errors */
const googleError = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'integer' },
        message: { type: 'string' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            required: ['domain', 'reason', 'message'],
            properties: {
              domain: { type: 'string' },
              reason: { type: 'string' },
              message: { type: 'string' },
            },
          },
        },
      },
    },
  },
}
