import type { FastifyRequest } from 'fastify'
import { type Answer, Refused, send } from '../answer.ts'
import { bearer, type OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { FeedPost, Simulator, World } from '../simulator.ts'

interface Asset {
  urn: string
  kind: 'image' | 'video'
  fileIds: string[]
  readyAt: string | null
}

interface Post {
  urn: string
  author: string
  person: Person
  body: Body
  at: string
}

interface Body {
  author?: string
  commentary?: string
  visibility?: string
  lifecycleState?: string
  content?: {
    media?: { id: string; altText?: string }
    multiImage?: { images: { id: string; altText?: string }[] }
    article?: { source: string; title: string }
  }
}

const rules: OAuthRules = {
  people: somePeople({ withPages: true }),
  pageWord: 'page',
  pkce: 'ignored',
  scopeSeparator: ' ',
  codeMs: 30 * 60_000,
  accessTokenMs: 60 * 86_400_000,
  refreshTokens: 'none',
  refreshTokenMs: null,
}

const duplicateMs = 10 * 60_000
const partBytes = 4_194_304
const textMax = 3000
const postsPerDay = 150

const tables = (world: World) => ({
  assets: world.table<Asset>('assets', { max: 2_000 }),
  posts: world.table<Post>('posts', { max: 5_000 }),
})

const no = (status: number, code: string, message: string, headers?: Record<string, string>): Answer => ({
  status,
  headers,
  body: { status, code, serviceErrorCode: 100, message },
})
const unauthorized = no(
  401,
  'REVOKED_ACCESS_TOKEN',
  'The token used in the request has been revoked by the user',
)
const serverError = no(500, 'INTERNAL_SERVER_ERROR', 'Internal Server Error')
const bad = (code: string, message: string) => new Refused(no(400, code, message))

/** LinkedIn's Posts API, version 202609, from its documents (digests of 19 September 2026). */
export const linkedin: Simulator = {
  id: 'linkedin',
  name: 'LinkedIn',
  color: '#0a66c2',
  bodyBytesMax: 20_000_000,

  routes(app, world) {
    const oauth = world.oauth(rules)
    const { assets, posts } = tables(world)
    const daily = world.rateLimit({ limit: postsPerDay, windowMs: 86_400_000 })
    const named = (operation: string) => ({ config: { simulated: { operation } } })

    const personOf = (request: FastifyRequest): Person => {
      const checked = oauth.check(bearer(request))
      if (checked.outcome !== 'valid') throw new Refused(unauthorized)
      return checked.grant.person
    }
    const versioned = (request: FastifyRequest): Person => {
      if (!request.headers['linkedin-version']) throw bad('VERSION_MISSING', 'A version must be present')
      return personOf(request)
    }

    oauth.authorizeRoute(app, '/oauth/oauth/v2/authorization')
    app.post('/oauth/oauth/v2/accessToken', named('token'), async (request) => {
      const form = request.body as Record<string, string>
      const redeemed = oauth.redeem({
        code: form.code,
        clientId: form.client_id,
        redirectUri: form.redirect_uri,
      })
      if (redeemed.outcome === 'refused')
        throw new Refused({
          status: 400,
          body: {
            error: 'invalid_request',
            error_description: `Unable to retrieve access token: ${redeemed.why}`,
          },
        })
      const { accessToken, expiresIn, grant } = redeemed.tokens
      return { access_token: accessToken, expires_in: expiresIn, scope: grant.scopes.join(',') }
    })
    app.post('/oauth/oauth/v2/revoke', named('revoke'), async (request, reply) => {
      oauth.revoke((request.body as Record<string, string>).token)
      return reply.code(200).send()
    })

    app.get('/v2/userinfo', named('userinfo'), async (request) => {
      const person = personOf(request)
      return { sub: person.id, name: person.name, locale: 'en_US' }
    })
    app.get('/rest/organizationAcls', named('organizationAcls'), async (request) => ({
      elements: (versioned(request).pages ?? []).map(({ id }) => ({
        organization: `urn:li:organization:${pageNumber(id)}`,
        role: 'ADMINISTRATOR',
        state: 'APPROVED',
      })),
    }))
    app.get<{ Params: { id: string } }>(
      '/rest/organizations/:id',
      named('organizations'),
      async (request) => {
        const page = versioned(request).pages?.find(({ id }) => pageNumber(id) === request.params.id)
        if (!page) throw new Refused(no(404, 'NOT_FOUND', 'Not found'))
        return { id: Number(request.params.id), localizedName: page.name, vanityName: page.id }
      },
    )

    const mine = (person: Person) => [
      `urn:li:person:${person.id}`,
      ...(person.pages ?? []).map(({ id }) => `urn:li:organization:${pageNumber(id)}`),
    ]

    app.post<{ Params: { kind: string }; Querystring: { action?: string } }>(
      '/rest/:kind(^images$|^videos$)',
      named('upload'),
      async (request) => {
        const person = versioned(request)
        const kind = request.params.kind === 'images' ? 'image' : 'video'
        const body = request.body as Record<string, Record<string, unknown>>
        if (request.query.action === 'finalizeUpload') {
          const urn = String(body.finalizeUploadRequest?.video)
          const asset = assets.get(urn)
          if (!asset) throw bad('INVALID_URN_ID', `No such video: ${urn}`)
          const parts = body.finalizeUploadRequest?.uploadedPartIds as string[]
          assets.put(urn, {
            ...asset,
            fileIds: parts,
            readyAt: new Date(world.now().getTime() + world.processingMs()).toISOString(),
          })
          return {}
        }
        const { owner, fileSizeBytes } = body.initializeUploadRequest ?? {}
        if (!mine(person).includes(String(owner)))
          throw new Refused(no(403, 'ACCESS_DENIED', 'Not enough permissions to upload for this owner'))
        const id = String(world.nextNumber('asset', 5_000_000))
        const urn = `urn:li:${kind}:${id}`
        assets.put(urn, { urn, kind, fileIds: [], readyAt: null })
        const uploadUrl = (part: number) => world.ownUrl(request, `/upload/${kind}/${id}/${part}`)
        if (kind === 'image') return { value: { uploadUrl: uploadUrl(0), image: urn, uploadUrlExpiresAt: 0 } }
        const count = Math.max(1, Math.ceil(Number(fileSizeBytes) / partBytes))
        const uploadInstructions = Array.from({ length: count }, (_, part) => ({
          uploadUrl: uploadUrl(part),
          firstByte: part * partBytes,
          lastByte: Math.min((part + 1) * partBytes, Number(fileSizeBytes)) - 1,
        }))
        return { value: { video: urn, uploadToken: '', uploadInstructions, uploadUrlsExpireAt: 0 } }
      },
    )
    app.put<{ Params: { kind: string; id: string } }>(
      '/upload/:kind/:id/:part',
      named('put'),
      async (request, reply) => {
        const urn = `urn:li:${request.params.kind}:${request.params.id}`
        const asset = assets.get(urn)
        if (!asset) throw bad('EXPIRED_UPLOAD_URL', 'The upload address has expired')
        if (asset.kind === 'image') personOf(request)
        const file = await world.media.keep(request.simulatedBody ?? Buffer.alloc(0), {
          mimeType: asset.kind === 'video' ? 'video/mp4' : 'image/jpeg',
        })
        if (asset.kind === 'image')
          assets.put(urn, { ...asset, fileIds: [file.id], readyAt: world.now().toISOString() })
        return reply
          .code(asset.kind === 'image' ? 201 : 200)
          .header('etag', file.id)
          .send()
      },
    )
    app.get<{ Params: { urn: string } }>('/rest/videos/:urn', named('videos.get'), async (request) => {
      versioned(request)
      const asset = assets.get(request.params.urn)
      if (!asset) throw new Refused(no(404, 'NOT_FOUND', 'Not found'))
      const isReady = asset.readyAt !== null && asset.readyAt <= world.now().toISOString()
      return { id: asset.urn, status: isReady ? 'AVAILABLE' : 'PROCESSING' }
    })

    app.post(
      '/rest/posts',
      {
        config: {
          simulated: {
            operation: 'posts.create',
            text: (request) => plain((request.body as Body | undefined)?.commentary ?? ''),
            account: (request) => (request.body as Body | undefined)?.author,
          },
        },
      },
      async (request, reply) => {
        const person = versioned(request)
        const body = request.body as Body
        if (!body.author || !mine(person).includes(body.author))
          throw new Refused(no(403, 'ACCESS_DENIED', 'Not enough permissions to access: posts.CREATE'))
        const text = plain(body.commentary ?? '')
        if (text.length > textMax)
          throw bad('FIELD_LENGTH_TOO_LONG', `commentary: length (${text.length}) is over ${textMax}`)
        if (/(?<!\\)[|{}@[\]()<>*_~]/.test(body.commentary ?? ''))
          throw bad('INVALID_VALUE_FOR_FIELD', 'commentary has reserved characters that are not escaped')
        for (const { id } of mediaOf(body))
          if (!assets.get(id)?.readyAt) throw bad('MEDIA_ASSET_WAITING_UPLOAD', `${id} is not uploaded`)
        const now = world.now()
        const same = posts
          .all()
          .find(
            (post) =>
              JSON.stringify(post.body) === JSON.stringify(body) &&
              now.getTime() - Date.parse(post.at) < duplicateMs,
          )
        if (same) throw new Refused(no(422, 'DUPLICATE_POST', `Content is a duplicate of ${same.urn}`))
        const taken = daily.take(person.id)
        if (!taken.allowed)
          throw new Refused(no(429, 'TOO_MANY_REQUESTS', 'Resource level throttle limit reached'))
        const urn = `urn:li:share:${world.nextNumber('share', 7_000_000_000)}`
        posts.put(urn, { urn, author: body.author, person, body, at: now.toISOString() })
        return reply.code(201).header('x-restli-id', urn).send()
      },
    )
    app.get<{ Querystring: { author?: string } }>('/rest/posts', named('posts.list'), async (request) => {
      versioned(request)
      const { author } = request.query
      if (!author?.startsWith('urn:li:organization:'))
        throw new Refused(no(403, 'ACCESS_DENIED', 'Not enough permissions to access: posts.FINDER-author'))
      const elements = posts
        .all()
        .filter((post) => post.author === author)
        .toReversed()
        .map((post) => ({ id: post.urn, ...post.body, createdAt: Date.parse(post.at) }))
      return { elements: elements.slice(0, 50), paging: { start: 0, count: 50, links: [] } }
    })
    app.delete<{ Params: { urn: string } }>(
      '/rest/posts/:urn',
      named('posts.delete'),
      async (request, reply) => {
        const person = versioned(request)
        const post = posts.get(request.params.urn)
        if (post && !mine(person).includes(post.author))
          throw new Refused(no(403, 'ACCESS_DENIED', 'Not enough permissions to access: posts.DELETE'))
        posts.delete(request.params.urn)
        return reply.code(204).send()
      },
    )
    app.get<{ Params: { urn: string } }>('/web/feed/update/:urn', (request, reply) =>
      send(reply, world.postPage(feedOf(world).find(({ id }) => id === request.params.urn))),
    )
  },

  feed: feedOf,

  refusals: {
    rejected: () => no(400, 'INVALID_VALUE_FOR_FIELD', 'commentary was refused by the sandbox'),
    rateLimited: (_request, ms) =>
      no(429, 'TOO_MANY_REQUESTS', 'Resource level throttle limit reached', {
        'retry-after': String(Math.ceil(ms / 1000)),
      }),
    expired(request, world) {
      world.oauth(rules).expire(bearer(request))
      return unauthorized
    },
    serverError: () => serverError,
    notFound: () => no(404, 'RESOURCE_NOT_FOUND', 'No virtual resource found'),
    badRequest: (_request, why) => no(400, 'BAD_REQUEST', why),
  },

  controls: {
    /** `{token}`: the person took the app's access away. */
    revoke: (world, { token }) => ({ revoked: world.oauth(rules).revoke(String(token)) }),
  },
}

/** A number for a page, since LinkedIn's pages have numbers. */
const pageNumber = (id: string) =>
  String([...id].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) % 90_000_000, 7))

const plain = (commentary: string) => commentary.replaceAll(/\\([\\|{}@[\]()<>#*_~])/g, '$1')

const mediaOf = ({ content }: Body) => [
  ...(content?.media ? [content.media] : []),
  ...(content?.multiImage?.images ?? []),
]

function feedOf(world: World): FeedPost[] {
  const { posts, assets } = tables(world)
  return posts.all().map((post): FeedPost => {
    const { article } = post.body.content ?? {}
    const page = post.person.pages?.find(({ id }) => post.author === `urn:li:organization:${pageNumber(id)}`)
    return {
      id: post.urn,
      author: { name: page?.name ?? post.person.name, handle: post.author },
      text: plain(post.body.commentary ?? ''),
      at: post.at,
      url: world.publicUrl(`/web/feed/update/${post.urn}`),
      media: mediaOf(post.body).map(({ id, altText }) => {
        const asset = assets.get(id)
        const fileId = asset?.fileIds[0]
        const file = fileId ? world.media.get(fileId) : undefined
        return {
          kind: asset?.kind ?? 'image',
          url: file ? world.media.url(file.id) : null,
          mimeType: file?.mimeType ?? '',
          altText: altText ?? null,
        }
      }),
      link: article ? { url: article.source, title: article.title } : null,
      notes: post.body.visibility && post.body.visibility !== 'PUBLIC' ? [post.body.visibility] : [],
    }
  })
}
