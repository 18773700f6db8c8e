import type { FastifyInstance, FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import { grown } from '../growth.ts'
import type { FeedPost, World } from '../simulator.ts'
import { invalidRequest, refuse } from './refusals.ts'
import { didDocument } from './session-routes.ts'
import { type Account, findAccount, type KeptRecord, postCollection, tables, uriOf } from './state.ts'
import type { Tokens } from './tokens.ts'

/** What everybody may read: counts, profiles, identities, and the posts' own pages. */
export function viewRoutes(app: FastifyInstance, world: World, tokens: Tokens, feed: () => FeedPost[]) {
  const { records } = tables(world)
  const named = (operation: string) => ({ config: { simulated: { operation } } })

  async function resolve(request: FastifyRequest) {
    const { handle = '' } = request.query as { handle?: string }
    if (!handle.includes('.'))
      throw invalidRequest(
        `Invalid com.atproto.identity.resolveHandle params: Invalid handle (got ${JSON.stringify(handle)})`,
      )
    const account = findAccount(world, handle)
    if (!account) throw refuse(400, 'HandleNotFound', 'Unable to resolve handle')
    return { did: account.did }
  }

  // The app view answers anyone; the account's own server passes such questions on for those it knows.
  const forAccounts = async (request: FastifyRequest) => void tokens.account(request)
  for (const [base, preHandler] of [
    ['/xrpc', [forAccounts]],
    ['/appview/xrpc', []],
  ] as const) {
    app.get(`${base}/com.atproto.identity.resolveHandle`, named('resolveHandle'), resolve)
    app.get(
      `${base}/app.bsky.actor.getProfile`,
      { ...named('getProfile'), preHandler: [...preHandler] },
      profile,
    )
    app.get(`${base}/app.bsky.feed.getPosts`, { ...named('getPosts'), preHandler: [...preHandler] }, posts)
  }

  async function profile(request: FastifyRequest) {
    const { actor = '' } = request.query as { actor?: string }
    const account = findAccount(world, actor)
    if (!account) throw refuse(400, 'InvalidRequest', 'Profile not found')
    const ageMs = world.now().getTime() - Date.parse(account.createdAt)
    const own = records.all().filter(({ did }) => did === account.did)
    return {
      ...author(account),
      createdAt: account.createdAt,
      indexedAt: account.createdAt,
      followersCount: grown(`${account.did}:followers`, ageMs, 400),
      followsCount: own.filter(({ collection }) => collection === 'app.bsky.graph.follow').length,
      postsCount: own.filter(({ collection }) => collection === postCollection).length,
    }
  }

  async function posts(request: FastifyRequest) {
    const { uris = [] } = request.query as { uris?: string | string[] }
    const asked = [uris].flat()
    if (asked.length > 25)
      throw invalidRequest('Error: Params must have the property "uris" with no more than 25 elements')
    return { posts: asked.flatMap((uri) => postView(records.get(uri))) }
  }

  function postView(post: KeptRecord | undefined) {
    const account = post && findAccount(world, post.did)
    if (!post || !account || post.collection !== postCollection) return []
    const { uri, cid, value: record, indexedAt } = post
    return [{ uri, cid, author: author(account), record, ...countsOf(world, post), indexedAt }]
  }

  app.get<{ Params: { did: string } }>('/plc/:did', named('identity'), async (request, reply) => {
    const account = findAccount(world, request.params.did)
    if (account) return didDocument(world, account, request)
    const message = `DID not registered: ${request.params.did}`
    return send(reply, { status: 404, body: { message } })
  })

  app.get<{ Params: { repo: string; rkey: string } }>('/web/profile/:repo/post/:rkey', (request, reply) => {
    const { repo, rkey } = request.params
    const uri = uriOf(findAccount(world, repo)?.did ?? repo, postCollection, rkey)
    return send(reply, world.postPage(feed().find(({ id }) => id === uri)))
  })
}

const author = (account: Account) => ({
  did: account.did,
  handle: account.handle,
  displayName: account.displayName,
})

/** What the other accounts of the sandbox did, and the applause that grows by itself. */
export function countsOf(world: World, post: KeptRecord) {
  const ageMs = world.now().getTime() - Date.parse(post.indexedAt)
  const others = tables(world).records.all()
  const about = (collection: string) =>
    others.filter(
      (record) =>
        record.collection === collection &&
        (record.value.subject as { uri?: string } | undefined)?.uri === post.uri,
    ).length
  const posts = others.filter(({ collection }) => collection === postCollection)
  const answers = posts.filter(
    ({ value }) => (value.reply as { parent?: { uri?: string } } | undefined)?.parent?.uri === post.uri,
  ).length
  return {
    likeCount: about('app.bsky.feed.like') + grown(`${post.uri}:likes`, ageMs, 25),
    repostCount: about('app.bsky.feed.repost') + grown(`${post.uri}:reposts`, ageMs, 6),
    replyCount: answers + grown(`${post.uri}:replies`, ageMs, 4),
    quoteCount: grown(`${post.uri}:quotes`, ageMs, 1),
    bookmarkCount: grown(`${post.uri}:bookmarks`, ageMs, 2),
  }
}
