import type { FastifyInstance, FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import { grown } from '../growth.ts'
import type { FeedPost, World } from '../simulator.ts'
import type { Callers } from './callers.ts'
import { duplicate, forbidden, invalid } from './refusals.ts'
import { newId, type Post, tables, userId } from './state.ts'
import { weightedLength } from './weighted-length.ts'

interface CreateBody {
  text?: string
  media?: { media_ids?: string[] }
  reply?: { in_reply_to_tweet_id?: string }
  poll?: { options?: string[]; duration_minutes?: number }
  reply_settings?: string
}

const textMax = 280
/** How long X remembers a text is not documented; a quarter of an hour here. */
const duplicateMs = 15 * 60_000

export function postRoutes(app: FastifyInstance, world: World, callers: Callers, feed: () => FeedPost[]) {
  const { posts, uploads } = tables(world)
  const reading = ['tweet.read', 'users.read']

  app.post(
    '/2/tweets',
    {
      config: {
        simulated: {
          operation: 'tweets.create',
          text: (request: FastifyRequest) => String((request.body as CreateBody | undefined)?.text ?? ''),
          account: (request: FastifyRequest) => callers.nameOf(request),
        },
      },
    },
    async (request, reply) => {
      const person = callers.person(request, reply, ['tweet.write', ...reading], 'posts')
      const body = (request.body ?? {}) as CreateBody
      const text = body.text ?? ''
      const mediaIds = body.media?.media_ids ?? []
      if (text.trim() === '' && mediaIds.length === 0) throw invalid('Your Tweet text is empty.')
      if (weightedLength(text) > textMax) throw invalid('Your Tweet text is too long.')
      checkMedia(mediaIds, userId(person))
      const replyTo = body.reply?.in_reply_to_tweet_id ?? null
      if (replyTo !== null && !posts.get(replyTo))
        throw forbidden('You attempted to reply to a Tweet that is deleted or not visible to you.')
      if (body.poll && mediaIds.length > 0) throw invalid('A post has either a poll or media.')
      const now = world.now()
      const isRepeated = posts
        .all()
        .some(
          (one) =>
            one.author.id === person.id &&
            one.text === text &&
            one.replyTo === replyTo &&
            mediaIds.length === 0 &&
            one.mediaIds.length === 0 &&
            now.getTime() - Date.parse(one.at) < duplicateMs,
        )
      if (isRepeated) throw duplicate()
      const id = newId(world)
      const poll = body.poll && {
        options: body.poll.options ?? [],
        durationMinutes: body.poll.duration_minutes ?? 0,
      }
      posts.put(id, {
        id,
        author: person,
        text,
        at: now.toISOString(),
        mediaIds,
        replyTo,
        poll: poll ?? null,
        replySettings: body.reply_settings ?? null,
      })
      return reply.code(201).send({ data: { id, text: escaped(text), edit_history_post_ids: [id] } })
    },
  )

  function checkMedia(ids: string[], owner: string) {
    if (ids.length > 4) throw invalid('At most 4 media_ids are allowed.')
    const found = ids.map((id) => uploads.get(id))
    if (found.some((upload) => !upload || upload.owner !== owner || upload.fileId === null))
      throw invalid('Your media IDs are invalid.')
    if (found.some((upload) => upload?.readyAt && upload.readyAt > world.now().toISOString()))
      throw invalid('Your media is not ready yet.')
    if (ids.length > 1 && found.some((upload) => upload?.category !== 'tweet_image'))
      throw invalid('A video or GIF must be the only media of a post.')
  }

  app.delete<{ Params: { id: string } }>(
    '/2/tweets/:id',
    { config: { simulated: { operation: 'tweets.delete' } } },
    async (request, reply) => {
      const person = callers.person(request, reply, ['tweet.write', ...reading], 'deletions')
      const post = posts.get(request.params.id)
      if (post && post.author.id !== person.id)
        throw forbidden('You are not authorized to delete this Tweet.')
      return { data: { deleted: posts.delete(request.params.id) || !post } }
    },
  )

  app.get('/2/tweets', { config: { simulated: { operation: 'tweets.lookup' } } }, async (request, reply) => {
    callers.person(request, reply, reading, 'lookups')
    const { ids = '' } = request.query as { ids?: string }
    const asked = ids.split(',').filter(Boolean)
    if (asked.length === 0 || asked.length > 100) throw invalid('ids must name 1 to 100 posts')
    const data = asked.flatMap((id) => posts.get(id) ?? []).map(view)
    const missing = asked.filter((id) => !posts.get(id))
    return {
      ...(data.length > 0 ? { data } : {}),
      ...(missing.length > 0 ? { errors: missing.map(notFoundError) } : {}),
    }
  })

  app.get<{ Params: { id: string }; Querystring: Record<string, string> }>(
    '/2/users/:id/tweets',
    { config: { simulated: { operation: 'users.tweets' } } },
    async (request, reply) => {
      callers.person(request, reply, reading, 'lists')
      const { max_results: size = '10', start_time: start } = request.query
      const count = Number(size)
      if (!(count >= 5 && count <= 100)) throw invalid('max_results must be from 5 to 100')
      const own = posts
        .all()
        .filter((post) => userId(post.author) === request.params.id)
        .filter((post) => start === undefined || post.at >= new Date(start).toISOString())
        .toReversed()
      const shown = own.slice(0, count)
      return {
        ...(shown.length > 0 ? { data: shown.map(view) } : {}),
        meta: {
          result_count: shown.length,
          ...(own.length > shown.length ? { next_token: 'more' } : {}),
        },
      }
    },
  )

  app.get('/2/users/me', { config: { simulated: { operation: 'users.me' } } }, async (request, reply) => {
    const person = callers.person(request, reply, reading, 'me')
    const count = posts.all().filter((post) => post.author.id === person.id).length
    const id = userId(person)
    return {
      data: {
        id,
        name: person.name,
        username: person.handle,
        public_metrics: {
          followers_count: 120,
          following_count: 80,
          post_count: count,
          listed_count: 2,
          like_count: 0,
          media_count: 0,
        },
        subscription_type: 'None',
      },
    }
  })

  app.get<{ Params: { name: string; id: string } }>('/web/:name/status/:id', (request, reply) =>
    send(reply, world.postPage(feed().find(({ id }) => id === request.params.id))),
  )

  const notFoundError = (id: string) => ({
    value: id,
    detail: `Could not find tweet with ids: [${id}].`,
    title: 'Not Found Error',
    resource_type: 'tweet',
    parameter: 'ids',
    resource_id: id,
    type: 'https://api.x.com/2/problems/resource-not-found',
  })

  /** As X shows a post: addresses shortened, one appended for the media, three characters escaped. */
  function view(post: Post) {
    const urls: { url: string; [fact: string]: unknown }[] = []
    const shorten = (expanded: string, more: object = {}) => {
      const url = `https://t.co/${post.id.slice(-6)}${urls.length}`
      urls.push({ url, expanded_url: expanded, display_url: expanded.replace(/^https?:\/\//, ''), ...more })
      return url
    }
    let text = post.text.replaceAll(/https?:\/\/[^\s]+\.[a-z]{2,}[^\s]*/gi, (address) => shorten(address))
    for (const mediaId of post.mediaIds.slice(0, 1))
      text = `${text} ${shorten(`https://x.com/${post.author.handle}/status/${post.id}/photo/1`, { media_key: `3_${mediaId}` })}`
    const shown = escaped(text)
    const placed = urls.map((one) => {
      const start = shown.indexOf(one.url)
      return { start, end: start + one.url.length, ...one }
    })
    return {
      id: post.id,
      text: shown,
      created_at: post.at,
      entities: placed.length > 0 ? { urls: placed } : undefined,
      public_metrics: countsOf(world, post),
    }
  }
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export function countsOf(world: World, post: Post) {
  const ageMs = world.now().getTime() - Date.parse(post.at)
  const { posts, likes } = tables(world)
  const answers = posts.all().filter(({ replyTo }) => replyTo === post.id).length
  return {
    repost_count: grown(`${post.id}:reposts`, ageMs, 4),
    reply_count: answers + grown(`${post.id}:replies`, ageMs, 3),
    like_count: (likes.get(post.id) ?? 0) + grown(`${post.id}:likes`, ageMs, 20),
    quote_count: grown(`${post.id}:quotes`, ageMs, 1),
    bookmark_count: grown(`${post.id}:bookmarks`, ageMs, 2),
    impression_count: grown(`${post.id}:impressions`, ageMs, 900),
  }
}
