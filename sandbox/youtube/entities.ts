import { grown } from '../growth.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { type Comment, channelId, tables, type Video } from './state.ts'

/** The API's resources of one world's rows, with the parts that were asked for. */
export function createEntities(world: World) {
  const { videos, comments, likes } = tables(world)
  const etag = (id: string) => `sandbox-${id}`
  const picture = (name: string) => ({
    url: world.publicUrl(`/pictures/${encodeURIComponent(name)}.jpg`),
    width: 88,
    height: 88,
  })
  const born = Date.parse('2024-01-01T00:00:00.000Z')

  function channel(person: Person, parts: string[]) {
    const id = channelId(person)
    const own = videos.all().filter(({ owner }) => owner.id === person.id)
    return {
      kind: 'youtube#channel',
      etag: etag(id),
      id,
      ...(parts.includes('snippet') && {
        snippet: {
          title: person.name,
          description: 'A simulated channel.',
          customUrl: `@${person.handle}`,
          publishedAt: new Date(born).toISOString(),
          thumbnails: { default: picture(person.handle), medium: picture(person.handle) },
          localized: { title: person.name, description: 'A simulated channel.' },
        },
      }),
      ...(parts.includes('statistics') && {
        statistics: {
          viewCount: String(grown(`${person.id}:views`, world.now().getTime() - born, 9_000)),
          subscriberCount: String(grown(`${person.id}:subscribers`, world.now().getTime() - born, 500)),
          hiddenSubscriberCount: false,
          videoCount: String(own.filter(({ status }) => status.privacyStatus === 'public').length),
        },
      }),
    }
  }

  function uploadStatus(video: Video) {
    if (video.readyAt > world.now().toISOString()) return { uploadStatus: 'uploaded' }
    if (!video.trouble) return { uploadStatus: 'processed' }
    const { uploadStatus: found, reason } = video.trouble
    return { uploadStatus: found, [found === 'failed' ? 'failureReason' : 'rejectionReason']: reason }
  }

  function video(one: Video, parts: string[]) {
    const { snippet, status } = one
    const processing = uploadStatus(one)
    return {
      kind: 'youtube#video',
      etag: etag(one.id),
      id: one.id,
      ...(parts.includes('snippet') && {
        snippet: {
          publishedAt: one.publishedAt,
          channelId: channelId(one.owner),
          title: snippet.title,
          description: snippet.description,
          thumbnails: { default: picture(one.id) },
          channelTitle: one.owner.name,
          ...(snippet.tags.length > 0 && { tags: snippet.tags }),
          categoryId: snippet.categoryId,
          liveBroadcastContent: 'none',
          ...(snippet.defaultLanguage !== null && { defaultLanguage: snippet.defaultLanguage }),
          localized: { title: snippet.title, description: snippet.description },
        },
      }),
      ...(parts.includes('status') && {
        status: { ...processing, ...status, madeForKids: status.selfDeclaredMadeForKids },
      }),
      ...(parts.includes('statistics') && { statistics: statistics(one) }),
      ...(parts.includes('processingDetails') && {
        processingDetails: {
          processingStatus: processing.uploadStatus === 'uploaded' ? 'processing' : 'succeeded',
        },
      }),
    }
  }

  function statistics(one: Video) {
    const { views, likes: liked, comments: commented } = countsOf(one)
    return {
      viewCount: String(views),
      likeCount: String(liked),
      favoriteCount: '0',
      commentCount: String(commented),
    }
  }

  function countsOf(one: Video) {
    const ageMs = world.now().getTime() - Date.parse(one.publishedAt)
    return {
      views: grown(`${one.id}:views`, ageMs, 700),
      likes: grown(`${one.id}:likes`, ageMs, 30) + likes.all().filter((id) => id === one.id).length,
      comments: comments.all().filter(({ videoId }) => videoId === one.id).length,
    }
  }

  function commentThread(one: Comment) {
    return {
      kind: 'youtube#commentThread',
      etag: etag(one.id),
      id: one.id,
      snippet: {
        channelId: channelId(one.author),
        videoId: one.videoId,
        canReply: true,
        totalReplyCount: 0,
        isPublic: true,
        topLevelComment: {
          kind: 'youtube#comment',
          etag: etag(one.id),
          id: one.id,
          snippet: {
            channelId: channelId(one.author),
            videoId: one.videoId,
            textDisplay: one.text,
            textOriginal: one.text,
            authorDisplayName: `@${one.author.handle}`,
            authorChannelId: { value: channelId(one.author) },
            canRate: true,
            viewerRating: 'none',
            likeCount: 0,
            publishedAt: one.at,
            updatedAt: one.at,
          },
        },
      },
    }
  }

  return {
    channel,
    video,
    uploadStatus,
    countsOf,
    commentThread,
    permalink: (id: string) => world.publicUrl(`/watch/${id}`),
  }
}
export type Entities = ReturnType<typeof createEntities>
