import { Client } from '@xdevplatform/xdk'
import { expect, test } from 'vitest'
import { sandboxAtRoot } from '../../test/sandbox-at-root.ts'

test("X's own client publishes a post, answers it and deletes both", async () => {
  await using server = await sandboxAtRoot('twitter')
  const client = new Client({ accessToken: 'Ada Lovelace', baseUrl: server.origin })
  const me = await client.users.getMe()
  expect(me.data?.id).toBeTruthy()
  const post = await client.posts.create({ text: 'Hello from the client' })
  const id = String(post.data?.id)
  const answer = await client.posts.create({ text: 'And an answer', reply: { inReplyToTweetId: id } })
  expect(answer.data?.id).not.toBe(id)
  for (const one of [id, String(answer.data?.id)])
    expect((await client.posts.delete(one)).data?.deleted).toBe(true)
})
