/**
 * LinkedIn publishes no machine-readable description. What stands in ../shared/specs/linkedin is a third party's conversion of
 * LinkedIn's own Postman workspaces: several documents that know paths, parameters and example bodies, and little else.
 * Here they become one document that exchanges can be held against.
 */
import { parse } from 'yaml'
import type { Allowance } from './openapi.ts'
import { sharedText } from './shared-spec.ts'

const files = [
  'linkedin-marketing-content.openapi.yml',
  'linkedin-marketing-community.openapi.yml',
  'posts-api.openapi.yml',
  'statistics-apis-organization-follower-statistics-api.openapi.yml',
  'statistics-apis-organization-share-statistics-api.openapi.yml',
]

type Obj = Record<string, unknown>

/** One OpenAPI document of all of them, or null when they are absent. */
export function linkedinDescription(): unknown {
  const documents = files.map((file) => {
    const text = sharedText(`linkedin/${file}`)
    return text === null ? null : (parse(text) as Obj)
  })
  const paths: Record<string, Obj> = {}
  const schemas: Obj = {}
  for (const document of documents) {
    if (!document) return null
    const components = document.components as { schemas?: Obj } | undefined
    for (const [name, schema] of Object.entries(components?.schemas ?? {}))
      schemas[name] = schemaOfExample(schema as Obj)
    for (const [path, item] of Object.entries(document.paths as Record<string, Obj>))
      for (const [method, operation] of Object.entries(item)) {
        const target = pathOf(path)
        paths[target] = { ...paths[target], [method]: mended(operation as Obj) }
      }
  }
  const error = { $ref: '#/components/schemas/error' }
  for (const operations of Object.values(paths))
    for (const operation of Object.values(operations) as Obj[])
      operation.responses = {
        ...(operation.responses as Obj),
        ...Object.fromEntries(
          ['4XX', '5XX'].map((status) => [status, { content: { 'application/json': { schema: error } } }]),
        ),
      }
  return {
    openapi: '3.1.0',
    info: { title: 'LinkedIn', version: '202609' },
    security: [{ token: [] }],
    paths,
    components: { schemas: { ...schemas, error: errorSchema } },
  }
}

/**
 * The workspaces write `/posts`, `/rest/posts` and `//documents/...` for what all stands under `/rest`; and in a path a
 * URN is escaped (Rest.li 2.0).
 */
const pathOf = (path: string) =>
  `/rest/${path.replace(/^\/+(rest\/)?/, '')}`.replace('urn:li:organization:{', 'urn%3Ali%3Aorganization%3A{')

/** Both headers are obligatory (concepts/versioning, concepts/protocol-version), and an empty body means: nothing is said of it. */
function mended(operation: Obj): Obj {
  const body = operation.requestBody as { content?: Obj } | undefined
  const isHeader = ({ name }: { name: string }) =>
    /^(linkedin-version|x-restli-protocol-version)$/i.test(name)
  const parameters = ((operation.parameters ?? []) as { name: string; in: string }[]).filter(
    (parameter) => !isHeader(parameter),
  )
  const header = (name: string) => ({ name, in: 'header', required: true, schema: { type: 'string' } })
  return {
    ...operation,
    parameters: [...parameters, header('LinkedIn-Version'), header('X-Restli-Protocol-Version')],
    ...(body && {
      requestBody:
        Object.keys(body.content ?? {}).length > 0 ? body : { content: { '*/*': { schema: open } } },
    }),
  }
}

/** Said so, since the validator takes no field of a request that is not described. */
const open = { type: 'object', additionalProperties: {} }

/** Concepts/error-handling: every refusal has these; `code` and the details come and go. */
const errorSchema = {
  type: 'object',
  required: ['status', 'message'],
  properties: {
    status: { type: 'integer' },
    code: { type: 'string' },
    serviceErrorCode: { type: 'integer' },
    message: { type: 'string' },
    errorDetailType: { type: 'string' },
    errorDetails: { type: 'object' },
  },
  additionalProperties: false,
}

/** Bodies are described by an example in a string in a string, with comments in it; its fields become a schema. */
function schemaOfExample(schema: Obj): unknown {
  if (schema.type !== 'string' || typeof schema.example !== 'string') return schema
  try {
    const text = JSON.parse(schema.example) as string
    return schemaOf(JSON.parse(text.replaceAll(/\s\/\/[^\n]*/g, '')))
  } catch {
    return true // an example that is no JSON says nothing
  }
}

function schemaOf(value: unknown): Obj {
  if (Array.isArray(value)) return { type: 'array' }
  if (value === null || typeof value !== 'object') return { type: typeof value }
  const properties = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, schemaOf(inner)]))
  return { type: 'object', properties, additionalProperties: false }
}

const postsApi = 'learn.microsoft.com/linkedin, shares/posts-api'

/** Where the description is wrong or silent, and what says so. */
export const linkedinAllowances: Allowance[] = [
  {
    problem: 'POST /oauth/',
    why: 'shared/authentication/authorization-code-flow; no part of the description',
  },
  { problem: 'GET /oauth/', why: 'the consent page; no part of the description' },
  { problem: 'GET /v2/userinfo', why: 'OpenID Connect; no part of the description' },
  {
    problem: 'PUT /upload/',
    why: 'the address comes with the answer; described as "PUT /", which is nowhere',
  },
  {
    problem: 'POST /rest/posts: request body /content: "multiImage"',
    why: 'shares/multiimage-post-api; the example is the post of a document',
  },
  { problem: 'POST /rest/posts: request body /content: "article"', why: `${postsApi}, articles` },
  {
    problem: 'POST /rest/posts: request body /content/media: "altText"',
    why: `${postsApi}; the example is the post of a document`,
  },
  { problem: 'POST /rest/posts: response 201', why: `${postsApi}: 201 with x-restli-id and no body` },
  {
    problem: 'POST /rest/videos: request body: "finalizeUploadRequest"',
    why: 'shares/videos-api; the description knows the first of the two actions',
  },
  {
    problem: 'GET /rest/videos/',
    why: 'shares/videos-api; the description has "Get a Single Video" under /images/{image_urn}',
  },
  {
    problem: 'GET /rest/posts: request query author',
    why: `${postsApi}, "Find Posts by Account"; the description knows the batch read alone`,
  },
  { problem: 'GET /rest/posts: request query q', why: `${postsApi}, "Find Posts by Account"` },
  { problem: 'GET /rest/posts: request query count', why: `${postsApi}, "Find Posts by Account"` },
  { problem: 'GET /rest/posts: request query sortBy', why: `${postsApi}, "Find Posts by Account"` },
  {
    problem: 'DELETE /rest/posts/{encoded ugcPostUrn|shareUrn}: response 204',
    why: 'its own words: "return a `204` code - No Content"; the list of answers has 200',
  },
  { problem: 'POST /rest/socialActions/', why: 'shares/comments-api; not in the workspaces' },
  { problem: 'GET /rest/socialActions/', why: 'shares/comments-api; not in the workspaces' },
  {
    problem: 'GET /rest/organizationAcls: request query role',
    why: 'organizations/organization-access-control-by-role, finder roleAssignee',
  },
  {
    problem: 'GET /rest/organizationAcls: request query state',
    why: 'organizations/organization-access-control-by-role, finder roleAssignee',
  },
  {
    problem: 'GET /rest/organizationalEntityShareStatistics: request query shares',
    why: 'organizations/share-statistics, "statistics for specific shares"',
  },
  {
    problem: 'GET /rest/organizationalEntityFollowerStatistics: request query timeIntervals',
    why: 'Rest.li 2.0 writes the record as one parameter; the description has the dotted names of 1.0 beside the header of 2.0',
  },
  {
    problem: 'GET /rest/memberCreatorPostAnalytics',
    why: 'members/post-statistics; newer than the workspaces',
  },
  {
    problem: 'GET /rest/memberFollowersCount',
    why: 'members/follower-statistics; newer than the workspaces',
  },
]
