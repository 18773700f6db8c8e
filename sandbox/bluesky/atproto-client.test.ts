import { AtpAgent, RichText } from '@atproto/api'
import { expect, test } from 'vitest'
import { sandboxAtRoot } from '../../test/sandbox-at-root.ts'
import { lexiconProblems, sharedLexicons } from '../../test/spec-validation/lexicons.ts'
import { observedExchanges } from '../../test/spec-validation/sandbox-exchanges.ts'

test("Bluesky's own client signs in, publishes a thread with a picture, is refreshed, counts and deletes", async (context) => {
  await using server = await sandboxAtRoot('bluesky')
  const agent = new AtpAgent({ service: server.origin })
  await agent.login({ identifier: 'ada.test', password: 'some-app-password' })
  expect(agent.session).toMatchObject({ handle: 'ada.test', active: true })
  const reader = new AtpAgent({ service: server.origin })
  await reader.login({ identifier: 'grace.test', password: 'some-app-password' })

  const text = new RichText({ text: 'Grüße an @grace.test 👋 #launch https://example.com/a' })
  await text.detectFacets(agent)
  const mention = text.facets?.find(
    ({ features }) => features[0]?.$type === 'app.bsky.richtext.facet#mention',
  )
  expect(mention?.features[0]).toMatchObject({ did: reader.session?.did })

  const { data: uploaded } = await agent.uploadBlob(png, { encoding: 'image/png' })
  const root = await agent.post({
    text: text.text,
    facets: text.facets,
    langs: ['de'],
    embed: { $type: 'app.bsky.embed.images', images: [{ image: uploaded.blob, alt: 'A red dot' }] },
  })
  const reply = await reader.post({ text: 'Nice', reply: { root, parent: root } })
  await reader.like(root.uri, root.cid)
  await reader.repost(root.uri, root.cid)

  // The access token runs out; the client renews it by itself.
  await server.control('clock', { advanceMs: 2 * 3_600_000 + 60_000 })
  const before = agent.session?.refreshJwt
  const { data } = await agent.getPosts({ uris: [root.uri] })
  expect(agent.session?.refreshJwt).not.toBe(before)
  expect(data.posts[0]?.likeCount).toBeGreaterThanOrEqual(1)
  expect(data.posts[0]?.repostCount).toBeGreaterThanOrEqual(1)
  expect(data.posts[0]?.replyCount).toBeGreaterThanOrEqual(1)

  const { data: profile } = await agent.getProfile({ actor: 'ada.test' })
  expect(profile).toMatchObject({ handle: 'ada.test', postsCount: 1 })

  await reader.deletePost(reply.uri)
  await agent.deletePost(root.uri)
  const { data: left } = await agent.com.atproto.repo.listRecords({
    repo: 'ada.test',
    collection: 'app.bsky.feed.post',
  })
  expect(left.records).toEqual([])
  await agent.logout()

  const lexicons = sharedLexicons()
  if (!lexicons) return context.annotate('not held against the lexicons: ../shared/specs is absent')
  expect(lexiconProblems(lexicons, await observedExchanges(server.exchanges))).toEqual([])
})

test("Bluesky's own client understands the refusals", async () => {
  await using server = await sandboxAtRoot('bluesky')
  const agent = new AtpAgent({ service: server.origin })
  await expect(agent.login({ identifier: 'ada.test', password: 'wrong' })).rejects.toMatchObject({
    status: 401,
    error: 'AuthenticationRequired',
  })
  await agent.login({ identifier: 'ada.test', password: 'some-app-password' })
  await expect(agent.post({ text: 'x'.repeat(301) })).rejects.toMatchObject({
    status: 400,
    error: 'InvalidRequest',
    message: 'Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text',
  })
  await expect(agent.resolveHandle({ handle: 'nobody.test' })).rejects.toMatchObject({
    error: 'HandleNotFound',
  })
})

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
