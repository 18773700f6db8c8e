import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused, send } from '../answer.ts'
import { chance, grown } from '../growth.ts'
import { bearer, type OAuthRules, type Redeemed } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { Simulator, World } from '../simulator.ts'
import { type Creator, creatorOf, postingRoutes } from './posting-routes.ts'
import { countsOf, feedOf, type Publish, permalink, postsOf, publishesOf } from './publishes.ts'
import { fine, refuse, refuseOAuth, tiktokError } from './refusals.ts'

/** TikTok's Login Kit, Content Posting API and Display API, v2, as far as publishing needs them. */
export const tiktok: Simulator = {
  id: 'tiktok',
  name: 'TikTok',
  color: '#e8476a',
  // The last chunk of an upload may have 128 MB.
  bodyBytesMax: 130_000_000,

  routes(app, world) {
    oauthRoutes(app, world)
    const limit = world.rateLimit({ limit: 600, windowMs: 60_000 })
    postingRoutes(
      app,
      world,
      (request, scope) => personOf(world, request, scope),
      (request) => {
        if (!limit.take(bearer(request) ?? '').allowed)
          throw refuse(429, 'rate_limit_exceeded', 'The API rate limit was exceeded')
      },
    )
    readingRoutes(app, world)
    app.get('/web/:handle/:kind/:post', (request, reply) => {
      const { post } = request.params as { post: string }
      return send(reply, world.postPage(feedOf(world).find(({ id }) => id === post)))
    })
  },

  feed: feedOf,

  refusals: {
    rejected: () =>
      tiktokError(403, 'spam_risk_user_banned_from_posting', 'The user is banned from making new posts'),
    rateLimited: (_request, retryAfterMs) => ({
      ...tiktokError(429, 'rate_limit_exceeded', 'The API rate limit was exceeded'),
      // TikTok itself says nothing; for tests of how long is waited.
      headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
    }),
    expired(request, world) {
      world.oauth(rules).expire(bearer(request))
      return tokenRefusal
    },
    serverError: () => tiktokError(500, 'internal_error', 'Internal error'),
    notFound: () => tiktokError(404, 'invalid_params', 'Unsupported path'),
    badRequest: (_request, why) => tiktokError(400, 'invalid_params', why),
  },

  controls: {
    /** `{privacyLevels?, videoSecondsMax?}`; one privacy level alone is an app that was not audited. */
    setCreator: (world, input) =>
      world.table<Creator>('creator').put('all', { ...creatorOf(world), ...(input as Partial<Creator>) }),
    /** `{openId}`: the person's access tokens have run out. */
    expireToken: (world, input) => world.oauth(rules).expireAllOf(String(input.openId)),
    /** `{token}`: the person took all access away. */
    revoke: (world, input) => void world.oauth(rules).revoke(String(input.token)),
    /** `{postId}` */
    like(world, input) {
      const post = postsOf(world).find(({ postId }) => postId === String(input.postId))
      if (post) publishesOf(world).put(post.id, { ...post, likes: post.likes + 1 })
    },
    /** `{title, reason}`: TikTok takes the upload and then makes no post of it. */
    fail(world, input) {
      for (const publish of publishesOf(world).all())
        if (publish.title === input.title)
          publishesOf(world).put(publish.id, { ...publish, failReason: String(input.reason) })
    },
  },
}

const tokenRefusal = tiktokError(
  401,
  'access_token_invalid',
  'The access token is invalid or not found in the request',
)

/** Access 24 h, refresh 365 d, and the refresh token that comes back may be another (oauth-user-access-token-management). */
const rules: OAuthRules = {
  people: somePeople({ withPages: false }),
  pkce: 'optional',
  scopeSeparator: ',',
  codeMs: 600_000,
  accessTokenMs: 86_400_000,
  refreshTokens: 'single_use',
  refreshTokenMs: 365 * 86_400_000,
}

function oauthRoutes(app: FastifyInstance, world: World) {
  const oauth = world.oauth(rules)
  oauth.authorizeRoute(app, '/web/v2/auth/authorize/', { clientId: 'client_key' })

  app.post('/v2/oauth/token/', as('oauth.token'), (request) => {
    const form = request.body as Record<string, string>
    if (!form.client_key || !form.client_secret)
      throw refuseOAuth('invalid_request', 'client_key and client_secret are required')
    const redeemed = redeem(form)
    if (redeemed.outcome === 'refused') throw refuseOAuth(redeemed.error, redeemed.why)
    const { accessToken, refreshToken, expiresIn, refreshExpiresIn, grant } = redeemed.tokens
    return {
      access_token: accessToken,
      expires_in: expiresIn,
      open_id: grant.person.id,
      refresh_expires_in: refreshExpiresIn,
      refresh_token: refreshToken,
      scope: grant.scopes.join(','),
      token_type: 'Bearer',
    }
  })

  function redeem(form: Record<string, string>): Redeemed {
    if (form.grant_type === 'refresh_token')
      return oauth.refresh({ refreshToken: form.refresh_token, clientId: form.client_key })
    return oauth.redeem({
      code: form.code,
      clientId: form.client_key,
      redirectUri: form.redirect_uri,
      codeVerifier: form.code_verifier,
    })
  }

  app.post('/v2/oauth/revoke/', as('oauth.revoke'), (request) => {
    oauth.revoke((request.body as Record<string, string>).token)
    return {}
  })
}

function readingRoutes(app: FastifyInstance, world: World) {
  app.get('/v2/user/info/', as('user.info'), (request) => {
    const person = personOf(world, request, 'user.info.basic')
    const ageMs = world.now().getTime()
    const all: Record<string, unknown> = {
      open_id: person.id,
      display_name: person.name,
      username: person.handle,
      avatar_url: world.publicUrl('/web/avatar.png'),
      profile_deep_link: world.publicUrl(`/web/@${person.handle}`),
      follower_count: 300 + Math.floor(chance(person.id) * 9_000) + grown(person.id, ageMs, 10),
      following_count: 42,
      likes_count: 1_200,
      video_count: postsOf(world).filter((post) => post.person.id === person.id).length,
    }
    return fine({ user: chosen(all, request) })
  })

  const videos = (request: FastifyRequest, posts: Publish[]) =>
    posts.map((post) =>
      chosen(
        {
          id: post.postId,
          title: post.title,
          video_description: post.kind === 'video' ? post.title : post.description,
          create_time: Math.floor(Date.parse(post.readyAt ?? post.begunAt) / 1000),
          share_url: permalink(world, post),
          duration: 12,
          ...countsOf(world, post),
        },
        request,
      ),
    )
  const own = (request: FastifyRequest) => {
    const person = personOf(world, request, 'video.list')
    return postsOf(world).filter(
      (post) => post.person.id === person.id && post.privacy === 'PUBLIC_TO_EVERYONE',
    )
  }
  app.post('/v2/video/list/', as('video.list'), (request) => {
    const max = Math.min(Number((request.body as { max_count?: number }).max_count ?? 10), 20)
    const posts = own(request).toReversed()
    return fine({ videos: videos(request, posts.slice(0, max)), cursor: 0, has_more: posts.length > max })
  })
  app.post('/v2/video/query/', as('video.query'), (request) => {
    const ids = (request.body as { filters?: { video_ids?: string[] } }).filters?.video_ids ?? []
    if (ids.length > 20) throw refuse(400, 'invalid_params', 'At most 20 video_ids')
    return fine({
      videos: videos(
        request,
        own(request).filter(({ postId }) => ids.includes(postId)),
      ),
    })
  })
}

/** The fields that were asked for; asking for one that does not exist is an error. */
function chosen(all: Record<string, unknown>, request: FastifyRequest) {
  const names = String((request.query as { fields?: string }).fields ?? '')
    .split(',')
    .filter(Boolean)
  if (names.length === 0) throw refuse(400, 'invalid_params', 'fields is required')
  for (const name of names) if (!(name in all)) throw refuse(400, 'invalid_params', `Invalid field: ${name}`)
  return Object.fromEntries(names.map((name) => [name, all[name]]))
}

/** Whose token it is; a token without scopes was made up for a test and may do everything. */
function personOf(world: World, request: FastifyRequest, scope: string): Person {
  const checked = world.oauth(rules).check(bearer(request))
  if (checked.outcome !== 'valid') throw new Refused(tokenRefusal)
  const { scopes, person } = checked.grant
  if (scopes.length > 0 && !scopes.includes(scope))
    throw refuse(401, 'scope_not_authorized', `The user did not authorize the scope ${scope}`)
  return person
}

const as = (operation: string) => ({ config: { simulated: { operation } } })
