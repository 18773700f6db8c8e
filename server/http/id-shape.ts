import type { IdShape } from './dialect.ts'

/**
 * Two dialects serve `/api/v1/posts/{id}` and four more templates (conflicts K1 to K5). One has integer ids, the other
 * UUIDs, so the third path segment tells them apart before any handler, body or credential is looked at.
 */
export const idShapeConstraint = {
  name: 'idShape',
  storage() {
    const handlers = new Map<string, unknown>()
    return {
      get: (shape: string) => handlers.get(shape) ?? null,
      set: (shape: string, handler: unknown) => void handlers.set(shape, handler),
    } as never
  },
  deriveConstraint: (request: { url?: string }): string => idShapeOf(request.url ?? ''),
  mustMatchWhenDerived: false,
}

/** First segments under `/api/v1` that more than one dialect serves. */
const sharedResources = new Set(['posts', 'social-accounts', 'analytics'])

/** True for a route template such as `/api/v1/posts/:id/schedule`, whose id must be told apart by its shape. */
export function isSharedTemplate(template: string): boolean {
  const [, api, version, resource = '', id = ''] = template.split('/')
  return api === 'api' && version === 'v1' && sharedResources.has(resource) && id.startsWith(':')
}

/** The shape of the id in `/api/v1/<resource>/<id>...`; `other` when it is neither. */
export function idShapeOf(url: string): IdShape | 'other' {
  const id = url.split('/', 5)[4]?.split('?', 1)[0] ?? ''
  if (/^\d+$/.test(id)) return 'integer'
  return uuidPattern.test(id) ? 'uuid' : 'other'
}

/** Any version; upper case is accepted, as PostgreSQL does. */
export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
