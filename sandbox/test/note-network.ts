import { Refused } from '../answer.ts'
import { grown } from '../growth.ts'
import { bearer, type OAuth, type OAuthRules } from '../oauth.ts'
import { somePeople } from '../people.ts'
import type { Simulator } from '../simulator.ts'

interface Note {
  id: string
  by: string
  text: string
  at: string
}

/** The smallest network there could be: what sandbox/README.md shows, and what the core's tests run against. */
export const noteNetwork: Simulator = {
  id: 'notes',
  name: 'Notes',
  color: '#b3541e',
  bodyBytesMax: 1_000_000,

  routes(app, world) {
    const notes = world.table<Note>('notes', { max: 5_000 })
    const oauth = world.oauth(rules)
    oauth.authorizeRoute(app, '/authorize')

    app.post('/token', { config: { simulated: { operation: 'token' } } }, (request) => {
      const form = request.body as Record<string, string>
      const redeemed =
        form.grant_type === 'refresh_token'
          ? oauth.refresh({ refreshToken: form.refresh_token, clientId: form.client_id })
          : oauth.redeem({
              code: form.code,
              clientId: form.client_id,
              redirectUri: form.redirect_uri,
              codeVerifier: form.code_verifier,
            })
      if (redeemed.outcome === 'refused')
        throw new Refused({
          status: 400,
          body: { error: redeemed.error, error_description: redeemed.why },
        })
      const { accessToken, refreshToken, expiresIn, grant } = redeemed.tokens
      return {
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_in: expiresIn,
        pages: grant.pageIds,
      }
    })

    app.post(
      '/notes',
      {
        config: {
          simulated: {
            operation: 'notes.create',
            text: (request) => (request.body as { text?: string }).text,
            account: (request) => nameOf(oauth, bearer(request)),
          },
        },
      },
      (request) => {
        const by = nameOf(oauth, bearer(request))
        if (!by) throw new Refused({ status: 401, body: { error: 'expired' } })
        const id = String(world.nextNumber('note'))
        notes.put(id, {
          id,
          by,
          text: (request.body as { text: string }).text,
          at: world.now().toISOString(),
        })
        return { id }
      },
    )
    app.post('/files', async (request) =>
      world.media.keep(request.body as Buffer, { mimeType: 'image/svg+xml' }),
    )
  },

  feed: (world) =>
    world
      .table<Note>('notes', { max: 5_000 })
      .all()
      .map(({ id, by, text, at }) => ({
        id,
        author: { name: by, handle: `@${by}` },
        text,
        at,
        url: null,
        counts: { likes: grown(id, world.now().getTime() - Date.parse(at), 40) },
      })),

  refusals: {
    rejected: () => ({ status: 422, body: { error: 'rejected' } }),
    rateLimited: (_request, ms) => ({
      status: 429,
      headers: { 'retry-after': String(Math.ceil(ms / 1000)) },
      body: { error: 'slow down' },
    }),
    expired(request, world) {
      world.oauth(rules).expire(bearer(request))
      return { status: 401, body: { error: 'expired' } }
    },
    serverError: () => ({ status: 500, body: { error: 'broken' } }),
    notFound: () => ({ status: 404, body: { error: 'no such route' } }),
    badRequest: (_request, why) => ({ status: 400, body: { error: why } }),
  },
}

const rules: OAuthRules = {
  people: somePeople({ withPages: true }),
  pageWord: 'page',
  pkce: 'required',
  scopeSeparator: ' ',
  codeMs: 600_000,
  accessTokenMs: 3_600_000,
  refreshTokens: 'single_use',
  refreshTokenMs: null,
}

function nameOf(oauth: OAuth, token: string | undefined) {
  const checked = oauth.check(token)
  return checked.outcome === 'valid' ? checked.grant.person.handle : null
}
