import type { FastifyRequest } from 'fastify'
import type { FeedMedia, FeedPost, Simulator, World } from '../simulator.ts'
import { blobsIn } from './check-record.ts'
import { expiredToken, internalError, no, tooMany } from './refusals.ts'
import { repoRoutes } from './repo-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import {
  accountOf,
  findAccount,
  type KeptRecord,
  newTid,
  postCollection,
  type RecordValue,
  recordCid,
  tables,
  uriOf,
} from './state.ts'
import { createTokens, revokeAll } from './tokens.ts'
import { videoRoutes } from './video-routes.ts'
import { countsOf, viewRoutes } from './view-routes.ts'

const receivedAt = new WeakMap<FastifyRequest, Date>()

/**
 * A Bluesky server with its app view, its video service and the directory of identities, all in one. What it takes,
 * refuses and answers was observed on the reference server (pds 0.5.35, 22 November 2026).
 */
export const bluesky: Simulator = {
  id: 'bluesky',
  name: 'Bluesky',
  color: '#1185fe',
  // A video of 300 MB.
  bodyBytesMax: 301_000_000,

  routes(app, world) {
    app.addHook('onRequest', async (request, reply) => {
      receivedAt.set(request, world.now())
      reply.header('date', world.now().toUTCString())
    })
    const tokens = createTokens(world)
    sessionRoutes(app, world, tokens)
    repoRoutes(app, world, tokens)
    viewRoutes(app, world, tokens, () => feedOf(world))
    videoRoutes(app, world, tokens)
  },

  feed: feedOf,

  refusals: {
    rejected: () => no(400, 'InvalidRequest', `Invalid ${postCollection} record: refused by the sandbox`),
    rateLimited: (request, retryAfterMs) =>
      tooMany(new Date((receivedAt.get(request)?.getTime() ?? 0) + retryAfterMs), 5000, 3_600_000),
    expired(request, world) {
      createTokens(world).expire(request)
      return expiredToken
    },
    serverError: () => internalError,
    notFound: () => no(404, 'XRPCNotSupported', 'XRPCNotSupported'),
    badRequest: (_request, why) => no(400, 'InvalidRequest', why),
  },

  controls: {
    /** `{did}`: the person removed the app password; nothing that was handed out works any more. */
    revokeAppPassword(world, { did }) {
      revokeAll(world, String(did))
      return { did }
    },
    /** `{uri}`: somebody likes the post. */
    like(world, { uri }) {
      const reader = accountOf(world, `reader-${world.nextNumber('reader')}.test`)
      const rkey = newTid(world)
      const like = uriOf(reader.did, 'app.bsky.feed.like', rkey)
      const value = { $type: 'app.bsky.feed.like', subject: { uri }, createdAt: world.now().toISOString() }
      const { did } = reader
      const indexedAt = world.now().toISOString()
      const cid = recordCid(value)
      tables(world).records.put(like, {
        uri: like,
        did,
        collection: value.$type,
        rkey,
        cid,
        value,
        indexedAt,
      })
      return { uri: like }
    },
    /** `{uri}`: somebody deleted a post on the network itself. */
    deletePost: (world, { uri }) => ({ deleted: tables(world).records.delete(String(uri)) }),
  },
}

function feedOf(world: World): FeedPost[] {
  return tables(world)
    .records.all()
    .filter(({ collection }) => collection === postCollection)
    .map((record) => feedPost(world, record))
}

function feedPost(world: World, post: KeptRecord): FeedPost {
  const account = findAccount(world, post.did)
  const { text, reply, embed, labels, langs } = post.value as {
    text: string
    reply?: { parent: { uri: string } }
    embed?: RecordValue
    labels?: { values?: { val: string }[] }
    langs?: string[]
  }
  const { likeCount, repostCount, replyCount } = countsOf(world, post)
  const external = embed?.external as { uri: string; title: string; description: string } | undefined
  return {
    id: post.uri,
    author: { name: account?.displayName ?? post.did, handle: `@${account?.handle ?? post.did}` },
    text,
    at: post.indexedAt,
    url: world.publicUrl(`/web/profile/${post.did}/post/${post.rkey}`),
    media: mediaIn(world, embed),
    link: external
      ? { url: external.uri, title: external.title, description: external.description || null }
      : null,
    replyTo: reply?.parent.uri ?? null,
    counts: { likes: likeCount, reposts: repostCount, replies: replyCount },
    notes: [
      ...(labels?.values ?? []).map(({ val }) => `content warning: ${val}`),
      ...(langs && langs.length > 0 ? [langs.join(', ')] : []),
    ],
  }
}

function mediaIn(world: World, embed: RecordValue | undefined): FeedMedia[] {
  const shown = [
    embed?.images ?? [],
    embed?.video ? [{ image: embed.video, alt: embed.alt }] : [],
  ].flat() as {
    image: unknown
    alt?: string
  }[]
  return shown.flatMap(({ image, alt }): FeedMedia[] =>
    blobsIn(image).map((cid) => {
      const blob = tables(world).blobs.get(cid)
      const file = blob && world.media.get(blob.fileId)
      const mimeType = blob?.mimeType ?? 'application/octet-stream'
      return {
        kind: mimeType.startsWith('video/') ? 'video' : 'image',
        url: file ? world.media.url(file.id) : null,
        mimeType,
        altText: alt || null,
      }
    }),
  )
}
