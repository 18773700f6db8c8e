import type { FastifyInstance, FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import { isMultipart } from '../bodies.ts'
import {
  graphParams,
  graphPerson,
  graphRefusals,
  insight,
  missing,
  personNumber,
  pickFields,
  refuseGraph,
} from '../graph-api.ts'
import { grown } from '../growth.ts'
import type { OAuth } from '../oauth.ts'
import type { Simulator, World } from '../simulator.ts'
import {
  commentsOn,
  countsOf,
  feedOf,
  isOver,
  isReady,
  longTokenMs,
  oauthRules,
  ownPage,
  type Post,
  pageOf,
  permalink,
  tables,
  type Video,
} from './pages.ts'
import { videoRoutes } from './video-routes.ts'

/**
 * Facebook pages, as far as publishing needs them: pages-api/posts, video-api/guides (2026), docs/page-stories-api, and the
 * parameter lists of facebook-business-sdk-codegen (Page, PagePost, AdVideo).
 */
export const facebook: Simulator = {
  id: 'facebook',
  name: 'Facebook',
  color: '#0866ff',
  bodyBytesMax: 120_000_000,

  async routes(app, world) {
    const oauth = world.oauth(oauthRules)
    oauth.authorizeRoute(app, '/web/v25.0/dialog/oauth')
    app.get('/web/posts/:id', (request, reply) => {
      const { id } = request.params as { id: string }
      return send(reply, world.postPage(feedOf(world).find((post) => post.id === id)))
    })
    tokenRoutes(app, world, oauth)
    videoRoutes(app, world, oauth)
    publishRoutes(app, world, oauth)
    readRoutes(app, world, oauth)
  },

  feed: feedOf,

  refusals: graphRefusals(oauthRules, {
    code: 100,
    subcode: 1_609_008,
    message: 'Invalid parameter',
    userMessage: 'Your post goes against our community standards.',
  }),

  controls: {
    /** `{token}`: the person removes the app, or loses their role on the page. */
    revoke: (world, { token }) => ({ revoked: world.oauth(oauthRules).revoke(String(token)) }),
    /** `{postId}` */
    like(world, { postId }) {
      const { posts, videos } = tables(world)
      const post = posts.get(String(postId))
      if (post) return { likes: posts.put(post.id, { ...post, likes: post.likes + 1 }).likes }
      const video = videos.get(String(postId))
      if (!video) throw missing(String(postId))
      return { likes: videos.put(video.id, { ...video, likes: video.likes + 1 }).likes }
    },
  },
}

const as = (operation: string) => ({ config: { simulated: { operation } } })

function tokenRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  app.post('/:version/oauth/access_token', as('oauth.access_token'), (request) => {
    const params = graphParams(request)
    if (params.grant_type === 'fb_exchange_token') {
      const checked = oauth.check(params.fb_exchange_token)
      if (checked.outcome !== 'valid') throw refuseGraph({ code: 190, message: 'Invalid OAuth access token' })
      const { person, pageIds, scopes } = checked.grant
      const { accessToken } = oauth.issue({
        person,
        clientId: params.client_id ?? '',
        scopes,
        pageIds,
        accessTokenMs: longTokenMs,
      })
      return { access_token: accessToken, token_type: 'bearer', expires_in: longTokenMs / 1000 }
    }
    const redeemed = oauth.redeem({
      code: params.code,
      clientId: params.client_id,
      redirectUri: params.redirect_uri,
    })
    if (redeemed.outcome === 'refused')
      throw refuseGraph({
        code: 100,
        subcode: 36_009,
        message: `Error validating verification code: ${redeemed.why}`,
      })
    const { accessToken, expiresIn } = redeemed.tokens
    return { access_token: accessToken, token_type: 'bearer', expires_in: expiresIn }
  })

  app.get('/:version/me/accounts', as('accounts'), (request) => {
    const checked = oauth.check(tokenIn(oauth, request))
    if (checked.outcome !== 'valid') throw refuseGraph({ code: 190, message: 'Invalid OAuth access token' })
    const { person, pageIds, clientId, scopes } = checked.grant
    const pages = (person.pages ?? []).filter(({ id }) => pageIds.includes(id))
    return {
      data: pages.map(({ id, name }) => {
        const page = { id, name, handle: id }
        const { accessToken } = oauth.issue({ person: page, clientId, scopes, accessTokenMs: null })
        return pickFields(request, {
          ...presentPage(world, page),
          access_token: accessToken,
          tasks: ['CREATE_CONTENT', 'MANAGE', 'ANALYZE'],
        })
      }),
      paging: { cursors: { before: 'b', after: 'a' } },
    }
  })
}

/** Refuses a bad one before it is looked at. */
function tokenIn(oauth: OAuth, request: FastifyRequest): string | undefined {
  graphPerson(oauth, request)
  return request.headers.authorization?.replace(/^Bearer\s+/i, '')
}

function presentPage(world: World, page: { id: string; name: string; handle: string }) {
  const id = personNumber(world, page)
  return {
    id,
    name: page.name,
    username: page.handle,
    link: world.publicUrl(`/web/${page.handle}`),
    category: 'Local business',
    picture: { data: { url: world.publicUrl(`/web/${page.handle}/picture.jpg`) } },
    followers_count: grown(`${id}:followers`, 90 * 86_400_000, 3000),
    fan_count: grown(`${id}:fans`, 90 * 86_400_000, 2500),
  }
}

function publishRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  const { photos, posts, comments } = tables(world)
  const nextId = () => String(world.nextNumber('object', 17_900_000_000_001))

  app.post('/:version/:page/photos', as('photos.post'), async (request) => {
    const { id: pageId } = ownPage(world, oauth, request)
    const params = graphParams(request)
    const source = isMultipart(request.body) ? request.body.files[0] : undefined
    if (params.published !== 'false' || !source)
      throw refuseGraph({
        code: 100,
        message: '(#100) This sandbox takes unpublished photos with their bytes',
      })
    const file = await world.media.keep(source.bytes, {
      mimeType: source.mimeType,
      filename: source.filename,
    })
    if (!file.mimeType.startsWith('image/'))
      throw refuseGraph({ code: 1, subcode: 2_446_386, message: 'Your photos couldn’t be uploaded' })
    const id = nextId()
    photos.put(id, {
      id,
      pageId,
      fileId: file.id,
      altText: params.alt_text_custom ?? null,
      at: world.now().getTime(),
    })
    return { id }
  })

  app.post('/:version/:page/feed', publishing('feed.post', 'message'), (request) => {
    const { page, id: pageId } = ownPage(world, oauth, request)
    const params = graphParams(request)
    const photoIds = attached(params)
    for (const id of photoIds) if (photos.get(id)?.pageId !== pageId) throw missing(id)
    if (!params.message && !params.link && photoIds.length === 0)
      throw refuseGraph({ code: 100, message: '(#100) You must provide a message, a link or media' })
    const before = posts.all().findLast((post) => post.page.id === page.id && !post.isStory)
    if (params.message && before?.message === params.message && photoIds.length === 0)
      throw refuseGraph({ code: 506, message: 'Duplicate status message' })
    const id = `${pageId}_${nextId()}`
    const at = world.now().toISOString()
    const message = params.message ?? ''
    posts.put(id, { id, page, message, link: params.link ?? null, photoIds, isStory: false, at, likes: 0 })
    return { id }
  })

  app.post('/:version/:page/photo_stories', publishing('photo_stories.post', 'none'), (request) => {
    const { page, id: pageId } = ownPage(world, oauth, request)
    const { photo_id } = graphParams(request)
    if (photos.get(photo_id ?? '')?.pageId !== pageId) throw missing(photo_id ?? '')
    const id = nextId()
    posts.put(id, {
      id,
      page,
      message: '',
      link: null,
      photoIds: [photo_id ?? ''],
      isStory: true,
      at: world.now().toISOString(),
      likes: 0,
    })
    return { success: true, post_id: id }
  })

  app.post('/:version/:page/comments', publishing('comments.post', 'message'), (request) => {
    const { page } = pageOf(world, oauth, request)
    const on = (request.params as { page: string }).page
    if (!posts.get(on) && !tables(world).videos.get(on)) throw missing(on)
    const { message } = graphParams(request)
    if (!message) throw refuseGraph({ code: 100, message: '(#100) message is required' })
    const id = `${on}_${nextId()}`
    comments.put(id, { id, on, by: page, message, at: world.now().toISOString() })
    return { id }
  })
}

/** `attached_media[0]={"media_fbid":"1"}` and so on, in order. */
function attached(params: Record<string, string>): string[] {
  return Object.entries(params)
    .filter(([name]) => name.startsWith('attached_media['))
    .sort(([a], [b]) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
    .map(([, value]) => String((JSON.parse(value) as { media_fbid?: string }).media_fbid ?? ''))
}

const publishing = (operation: string, field: string) => ({
  config: {
    simulated: {
      operation,
      text: (request: FastifyRequest) => graphParams(request)[field] ?? '',
      account: (request: FastifyRequest) => (request.params as { page: string }).page,
    },
  },
})

function readRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  const { posts, videos } = tables(world)
  app.get('/:version/:page/published_posts', as('published_posts'), (request) => {
    const { page } = ownPage(world, oauth, request)
    return {
      data: posts
        .all()
        .filter((post) => post.page.id === page.id && !post.isStory)
        .toReversed()
        .slice(0, Math.min(Number(graphParams(request).limit) || 25, 100))
        .map((post) => presentPost(world, request, post)),
    }
  })
  app.get('/:version/:page/stories', as('stories'), (request) => {
    const { page, id: pageId } = ownPage(world, oauth, request)
    const photos = posts
      .all()
      .filter((post) => post.page.id === page.id && post.isStory && !isOver(world, post.at))
      .map((post) => ({ post_id: post.id, media_id: post.photoIds[0], media_type: 'photo', at: post.at }))
    const moving = videos
      .all()
      .filter((video) => video.pageId === pageId && video.form === 'story' && isReady(world, video))
      .map((video) => ({ post_id: video.id, media_id: video.id, media_type: 'video', at: video.finishedAt }))
    return {
      data: [...photos, ...moving].map(({ at, ...story }) => ({
        ...story,
        status: 'PUBLISHED',
        creation_time: String(Date.parse(at ?? '') / 1000),
        url: permalink(world, story.post_id),
      })),
    }
  })
  app.get('/:version/:id/comments', as('comments.list'), (request) => {
    pageOf(world, oauth, request)
    const { id } = request.params as { id: string }
    return {
      data: commentsOn(world, id)
        .slice(0, 50)
        .map((comment) =>
          pickFields(request, {
            id: comment.id,
            message: comment.message,
            created_time: graphTime(comment.at),
          }),
        ),
    }
  })
  app.get('/:version/:id/insights', as('insights'), (request) => {
    pageOf(world, oauth, request)
    const { id } = request.params as { id: string }
    const post = posts.get(id)
    if (!post) throw missing(id)
    const counts = countsOf(world, post, post.at)
    const known: Record<string, number> = {
      post_media_view: counts.views,
      post_total_media_view_unique: counts.reach,
    }
    const asked = (graphParams(request).metric ?? '').split(',')
    // One metric that is gone spoils the whole call (deprecated-metrics).
    if (asked.some((name) => !(name in known)))
      throw refuseGraph({ code: 100, message: '(#100) The value must be a valid insights metric' })
    return { data: asked.map((name) => insight(id, name, known[name] ?? 0)) }
  })
  app.get('/:version/:id', as('object.get'), (request) => {
    const { page, id: pageId } = pageOf(world, oauth, request)
    const { id } = request.params as { id: string }
    if (id === pageId || id === 'me') return pickFields(request, presentPage(world, page))
    const post = posts.get(id)
    if (post?.page.id === page.id) return presentPost(world, request, post)
    const video = videos.get(id)
    if (video?.pageId === pageId) return presentVideo(world, request, video)
    throw missing(id)
  })
  app.delete('/:version/:id', as('object.delete'), (request) => {
    const { page, id: pageId } = pageOf(world, oauth, request)
    const { id } = request.params as { id: string }
    if (posts.get(id)?.page.id === page.id) posts.delete(id)
    else if (videos.get(id)?.pageId === pageId) videos.delete(id)
    else throw missing(id)
    return { success: true }
  })
}

const graphTime = (at: string) => at.replace(/\.\d+Z$/, '+0000')
const summary = (total_count: number) => ({ data: [], summary: { total_count } })

function presentPost(world: World, request: FastifyRequest, post: Post) {
  const counts = countsOf(world, post, post.at)
  return pickFields(request, {
    id: post.id,
    message: post.message || undefined,
    created_time: graphTime(post.at),
    permalink_url: permalink(world, post.id),
    reactions: summary(counts.likes),
    comments: summary(counts.comments),
    shares: counts.shares > 0 ? { count: counts.shares } : undefined,
  })
}

function presentVideo(world: World, request: FastifyRequest, video: Video) {
  const ready = isReady(world, video)
  const counts = countsOf(world, video, video.finishedAt ?? world.now().toISOString())
  const begun = video.finishedAt !== null
  return pickFields(request, {
    id: video.id,
    description: video.description,
    published: ready,
    permalink_url: new URL(permalink(world, video.id)).pathname.replace(/^.*\/web/, ''),
    views: counts.views,
    likes: summary(counts.likes),
    comments: summary(counts.comments),
    status: {
      video_status: ready ? 'ready' : video.fileId ? 'processing' : 'uploading',
      uploading_phase: { status: video.fileId ? 'complete' : 'in_progress' },
      processing_phase: { status: ready ? 'complete' : begun ? 'in_progress' : 'not_started' },
      publishing_phase: { status: ready ? 'complete' : begun ? 'in_progress' : 'not_started' },
    },
  })
}
