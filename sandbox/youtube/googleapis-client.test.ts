import { Readable } from 'node:stream'
import { auth, youtube } from '@googleapis/youtube'
import { expect, test } from 'vitest'
import { sandboxAtRoot } from '../../test/sandbox-at-root.ts'
import { openApiFromDiscovery } from '../../test/spec-validation/discovery.ts'
import { openApiValidator } from '../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../test/spec-validation/sandbox-exchanges.ts'
import { sharedSpec } from '../../test/spec-validation/shared-spec.ts'

test("Google's own client uploads a video, publishes it, comments, counts and deletes", async (context) => {
  await using server = await sandboxAtRoot('youtube')
  const credentials = new auth.OAuth2()
  credentials.setCredentials({ access_token: 'Ada', expiry_date: Date.now() + 3_600_000 })
  // Uploads look for the address among the options of the call alone.
  const at = { rootUrl: `${server.origin}/`, retry: false }
  const client = youtube({ version: 'v3', auth: credentials, ...at })

  const channels = await client.channels.list({ part: ['snippet', 'statistics'], mine: true })
  expect(channels.data.items?.[0]?.snippet?.title).toBe('Ada')

  const uploaded = await client.videos.insert(
    {
      part: ['snippet', 'status'],
      requestBody: {
        snippet: { title: 'A film', description: 'With words', tags: ['one'] },
        status: { privacyStatus: 'private', selfDeclaredMadeForKids: false },
      },
      media: { mimeType: 'video/mp4', body: Readable.from([Buffer.from('frames')]) },
    },
    at,
  )
  const id = String(uploaded.data.id)
  expect(uploaded.data.status).toMatchObject({ uploadStatus: 'uploaded', privacyStatus: 'private' })

  await client.videos.update({
    part: ['status'],
    requestBody: { id, status: { privacyStatus: 'public', selfDeclaredMadeForKids: false } },
  })
  await expect
    .poll(async () => {
      const { data } = await client.videos.list({ part: ['status'], id: [id] })
      return data.items?.[0]?.status
    })
    .toMatchObject({ uploadStatus: 'processed', privacyStatus: 'public' })

  await client.commentThreads.insert({
    part: ['snippet'],
    requestBody: { snippet: { videoId: id, topLevelComment: { snippet: { textOriginal: 'First' } } } },
  })
  const comments = await client.commentThreads.list({ part: ['snippet'], videoId: id, order: 'time' })
  expect(comments.data.items?.[0]?.snippet?.topLevelComment?.snippet?.textOriginal).toBe('First')
  const counted = await client.videos.list({ part: ['statistics'], id: [id] })
  expect(counted.data.items?.[0]?.statistics).toMatchObject({ commentCount: '1', likeCount: '0' })

  const bad = client.videos.insert(
    {
      part: ['snippet'],
      requestBody: { snippet: { title: 'a < b' } },
      media: { mimeType: 'video/mp4', body: Readable.from([Buffer.from('frames')]) },
    },
    at,
  )
  await expect(bad).rejects.toMatchObject(refusal('invalidTitle'))
  await client.videos.delete({ id })
  await expect(client.videos.delete({ id })).rejects.toMatchObject(refusal('videoNotFound'))

  const spec = sharedSpec('youtube/youtube-v3.discovery.json')
  if (!spec) return context.annotate('not held against the description: ../shared/specs is absent')
  const validator = openApiValidator(openApiFromDiscovery(spec), { mount: observedMount('youtube') })
  expect(validator.check(await observedExchanges(server.exchanges))).toEqual([])
})

const refusal = (reason: string) => ({ response: { data: { error: { errors: [{ reason }] } } } })
