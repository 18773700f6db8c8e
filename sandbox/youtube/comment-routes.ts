import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { World } from '../simulator.ts'
import { type Callers, costs, scopes } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, bad, error, refuse } from './errors.ts'
import { partsOf } from './metadata.ts'
import { tables } from './state.ts'
import { listOf, maySee } from './video-routes.ts'

export function commentRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { comments, videos } = tables(world)

  const create = {
    simulated: {
      operation: 'commentThreads.insert',
      text: (request: FastifyRequest) => asked(request).text,
      account: (request: FastifyRequest) => callers.nameOf(request),
    },
  }
  app.post('/youtube/v3/commentThreads', { config: create }, (request) => {
    const author = callers.person(request, scopes.write, costs.write)
    partsOf(request.query, ['id', 'snippet', 'replies'])
    const { videoId, text } = asked(request)
    if (text.trim() === '')
      throw bad('commentTextRequired', 'The comment has no text.', 'youtube.commentThread')
    const video = videos.get(videoId)
    if (!video || !maySee(video, author)) throw refuse(answers.videoNotFound)
    if (video.status.selfDeclaredMadeForKids || video.status.privacyStatus === 'private')
      throw refuse(
        error(
          403,
          'commentsDisabled',
          'The video identified by the videoId has disabled comments.',
          'youtube.commentThread',
        ),
      )
    const id = `Ug${world.randomHex(12)}`
    return entities.commentThread(
      comments.put(id, { id, videoId, author, text, at: world.now().toISOString() }),
    )
  })

  app.get(
    '/youtube/v3/commentThreads',
    { config: { simulated: { operation: 'commentThreads.list' } } },
    (request) => {
      const person = callers.person(request, scopes.read, costs.list)
      partsOf(request.query, ['id', 'snippet', 'replies'])
      const { videoId, maxResults } = request.query as { videoId?: string; maxResults?: string }
      const video = videos.get(String(videoId))
      if (!video || !maySee(video, person)) throw refuse(answers.videoNotFound)
      const found = comments.all().filter((one) => one.videoId === videoId)
      return listOf(
        'commentThread',
        found
          .reverse()
          .slice(0, Number(maxResults ?? 20))
          .map(entities.commentThread),
      )
    },
  )
}

function asked(request: FastifyRequest): { videoId: string; text: string } {
  const { snippet } = request.body as {
    snippet?: { videoId?: unknown; topLevelComment?: { snippet?: { textOriginal?: unknown } } }
  }
  return {
    videoId: String(snippet?.videoId ?? ''),
    text: String(snippet?.topLevelComment?.snippet?.textOriginal ?? ''),
  }
}
