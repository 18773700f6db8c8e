import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type SandboxAtRoot, sandboxAtRoot } from '../../test/sandbox-at-root.ts'
import { accountOf } from './accounts.ts'

let server: SandboxAtRoot
beforeAll(async () => {
  server = await sandboxAtRoot('buffer')
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.control('reset', {})
  await server.control('settings', { processingMs: 50 })
})

const postFields = `id status text channelId channelService dueAt sentAt shareMode sharedNow isCustomScheduled
  externalLink error { message } metrics { type value unit } metricsUpdatedAt
  assets { __typename source mimeType ... on ImageAsset { image { altText width height } } }`
const payload = `{ __typename ... on PostActionSuccess { post { ${postFields} } } ... on MutationError { message } }`
const documents = {
  createPost: `mutation ($input: CreatePostInput!) { createPost(input: $input) ${payload} }`,
  editPost: `mutation ($input: EditPostInput!) { editPost(input: $input) ${payload} }`,
  deletePost: `mutation ($input: DeletePostInput!) { deletePost(input: $input) {
    __typename ... on DeletePostSuccess { id } ... on MutationError { message } } }`,
  post: `query ($input: PostInput!) { post(input: $input) { ${postFields} } }`,
  channel:
    'query ($input: ChannelInput!) { channel(input: $input) { id service name organizationId isLocked } }',
}

interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: wire answers, looked at field by field
  body: any
}

async function ask(query: string, variables: unknown = {}, key: string | null = 'Ada'): Promise<Answer> {
  const answer = await fetch(server.origin, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

const act = async (name: keyof typeof documents, input: object, key = 'Ada') =>
  (await ask(documents[name], { input }, key)).body.data?.[name]
const soon = (ms = 3_600_000) => new Date(Date.now() + ms).toISOString()
const draft = (changes: object = {}) => ({
  channelId: 'page-1',
  schedulingType: 'automatic',
  mode: 'customScheduled',
  dueAt: soon(),
  text: 'Open on Sunday',
  ...changes,
})
const create = async (changes: object = {}, key = 'Ada') =>
  (await act('createPost', draft(changes), key)).post
const declined = async (changes: object, key = 'Ada') => {
  const { __typename, message } = await act('createPost', draft(changes), key)
  return [__typename, message]
}
const read = (id: string, key = 'Ada') => act('post', { id }, key)
const later = (advanceMs: number) => server.control('clock', { advanceMs })
const order = (control: string, input: object) => server.control(`networks/buffer/${control}`, { ...input })
async function feed(): Promise<{ text: string }[]> {
  const answer = await fetch(`${server.origin}/sandbox/feed.json?network=buffer`)
  return ((await answer.json()) as { data: { text: string }[] }).data
}
const codeOf = ({ body }: Answer) => body.errors[0].extensions.code

describe('who may ask', () => {
  test('no key is a 401, a dead one is told in the answer', async () => {
    const without = await ask('{ account { id } }', {}, null)
    expect([without.status, codeOf(without)]).toEqual([401, 'UNAUTHENTICATED'])
    const dead = await ask('{ account { id } }', {}, 'expired-long-ago')
    expect([dead.status, codeOf(dead)]).toEqual([200, 'UNAUTHORIZED'])
  })

  test('any word is a key with an account, an organization and channels of its own', async () => {
    const query = '{ account { id name organizations { id name channelCount } } }'
    const { account } = (await ask(query)).body.data
    const organizationId = account.organizations[0].id
    const channels = 'query ($input: ChannelsInput!) { channels(input: $input) { id service name } }'
    const found = (await ask(channels, { input: { organizationId } })).body.data.channels
    expect(found).toHaveLength(account.organizations[0].channelCount)
    expect(found.map(({ service }: { service: string }) => service)).toContain('linkedin')
    expect((await ask(query, {}, 'Grace')).body.data.account.id).not.toBe(account.id)
    expect(codeOf(await ask(channels, { input: { organizationId } }, 'Grace'))).toBe('FORBIDDEN')
  })

  test('two keys of one account see the same posts, and another account none of them', async () => {
    const { id } = await create({}, 'Ada~first')
    expect((await read(id, 'Ada~second')).id).toBe(id)
    expect(codeOf(await ask(documents.post, { input: { id } }, 'Grace'))).toBe('NOT_FOUND')
  })
})

describe('channels', () => {
  test('any id is a channel, for the network its name tells', async () => {
    expect(await act('channel', { id: 'linkedin-page-7' })).toMatchObject({
      id: 'linkedin-page-7',
      service: 'linkedin',
      organizationId: accountOf('Ada').organizationId,
    })
    const post = await create({
      channelId: '4eb854340acb04e870000010',
      metadata: { facebook: { type: 'post' } },
    })
    expect([post.channelId, post.channelService]).toEqual(['4eb854340acb04e870000010', 'facebook'])
  })

  test('an id that is missing, and a channel that is locked, take no post', async () => {
    expect(codeOf(await ask(documents.channel, { input: { id: 'missing-1' } }))).toBe('NOT_FOUND')
    expect((await declined({ channelId: 'missing-1' }))[0]).toBe('NotFoundError')
    await order('channel', { key: 'Ada', id: 'page-1', isLocked: true })
    expect((await declined({}))[0]).toBe('UnauthorizedError')
  })

  test('a network that is known has its rules kept, one that is not has none', async () => {
    const text = 'a'.repeat(281)
    expect((await declined({ channelId: 'twitter-1', text }))[1]).toContain('280 characters')
    expect((await create({ text })).status).toBe('scheduled')
    expect((await declined({ channelId: 'instagram-1' }))[1]).toContain('needs an image or a video')
    expect((await declined({ channelId: 'facebook-1' }))[1]).toContain('require a type')
    expect((await declined({ channelId: 'twitter-1', metadata: { tiktok: { title: 'x' } } }))[1]).toContain(
      'Metadata of tiktok cannot go to a twitter channel',
    )
  })
})

describe('a post', () => {
  test('is sent when it is due, after the time the network takes', async () => {
    await server.control('settings', { processingMs: 5_000 })
    const dueAt = soon(60_000)
    const post = await create({ dueAt })
    expect(post).toMatchObject({ status: 'scheduled', dueAt, sentAt: null, isCustomScheduled: true })
    await later(60_001)
    expect((await read(post.id)).status).toBe('sending')
    expect(await feed()).toEqual([])
    await later(5_000)
    const sent = await read(post.id)
    expect(sent).toMatchObject({ status: 'sent', externalLink: expect.stringContaining(post.id) })
    expect(Date.parse(sent.sentAt)).toBe(Date.parse(dueAt) + 5_000)
    expect((await feed()).map(({ text }) => text)).toEqual(['Open on Sunday'])
    const page = await fetch(sent.externalLink.replace(/^.*\/sandbox/, `${server.origin}/sandbox`))
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Open on Sunday')])
  })

  test('shared now needs no time, and made twice is there twice', async () => {
    for (let n = 0; n < 2; n++)
      expect(await create({ mode: 'shareNow', dueAt: undefined })).toMatchObject({ sharedNow: true })
    await later(60_000)
    expect(await feed()).toHaveLength(2)
  })

  test('in the queue takes the next free slot, and one to be shared next takes it away', async () => {
    const queued = [await create({ mode: 'addToQueue' }), await create({ mode: 'addToQueue' })]
    const slots = queued.map(({ dueAt }) => dueAt)
    expect(slots[0] < slots[1]).toBe(true)
    const next = await create({ mode: 'shareNext', text: 'First of all' })
    expect(next.dueAt).toBe(slots[0])
    expect((await read(queued[0].id)).dueAt).toBe(slots[1])
    expect((await read(queued[1].id)).dueAt > slots[1]).toBe(true)
    expect((await create({ mode: 'addToQueue', channelId: 'page-2' })).dueAt).toBe(slots[0])
  })

  test('without words, time, or with a time that has passed is refused', async () => {
    expect(await declined({ text: ' ' })).toEqual(['InvalidInputError', 'Text is required'])
    expect((await declined({ dueAt: undefined }))[1]).toContain('dueAt is required')
    expect((await declined({ dueAt: '2020-01-01T00:00:00Z' }))[1]).toContain('in the future')
    expect((await declined({ schedulingType: 'notification' }))[0]).toBe('InvalidInputError')
    const zoneless = await ask(documents.createPost, { input: draft({ dueAt: '2030-01-01T00:00:00' }) })
    expect([zoneless.status, codeOf(zoneless)]).toEqual([200, 'BAD_USER_INPUT'])
  })

  test('is edited until it is sent: what is absent stays, what is null goes', async () => {
    const { id } = await create()
    const dueAt = soon(7_200_000)
    const edit = { id, schedulingType: 'automatic', mode: 'customScheduled' }
    expect((await act('editPost', { ...edit, dueAt })).post).toMatchObject({ text: 'Open on Sunday', dueAt })
    expect((await act('editPost', { ...edit, text: 'Open on Monday' })).post).toMatchObject({
      text: 'Open on Monday',
      dueAt,
    })
    expect((await act('editPost', { ...edit, text: null })).message).toBe('Text is required')
    expect((await act('editPost', { ...edit, mode: 'shareNow' })).post.sharedNow).toBe(true)
    expect((await act('editPost', { ...edit, text: 'Too late' })).__typename).toBe('InvalidInputError')
    expect((await act('editPost', { ...edit, id: 'nobody' })).__typename).toBe('NotFoundError')
  })

  test('saved as a draft never goes out, until an edit schedules it', async () => {
    const { id } = await create({ saveToDraft: true })
    await later(7_200_000)
    expect((await read(id)).status).toBe('draft')
    await act('editPost', { id, schedulingType: 'automatic', mode: 'shareNow' })
    await later(60_000)
    expect((await read(id)).status).toBe('sent')
  })

  test('that is deleted is gone, and from its network only if it was not sent', async () => {
    const waiting = await create()
    const sent = await create({ mode: 'shareNow', text: 'Too late to take back' })
    await later(1_000)
    for (const { id } of [waiting, sent]) {
      expect(await act('deletePost', { id })).toEqual({ __typename: 'DeletePostSuccess', id })
      expect(codeOf(await ask(documents.post, { input: { id } }))).toBe('NOT_FOUND')
      expect(codeOf(await ask(documents.deletePost, { input: { id } }))).toBe('NOT_FOUND')
    }
    await later(7_200_000)
    expect((await feed()).map(({ text }) => text)).toEqual(['Too late to take back'])
  })

  test('that its network refuses ends in error, with the reason', async () => {
    await order('channel', { key: 'Ada', id: 'cut-off', isDisconnected: true })
    const posts = [
      await create({ mode: 'shareNow', text: 'No #fail:publishing' }),
      await create({ mode: 'shareNow', channelId: 'cut-off' }),
      await create({ mode: 'shareNow' }),
    ]
    await order('failPost', { postId: posts[2].id, message: 'The account is suspended.' })
    await later(60_000)
    const found = await Promise.all(posts.map(({ id }) => read(id)))
    expect(found.map(({ status, error }) => [status, error.message])).toEqual([
      ['error', 'The network refused the post.'],
      ['error', 'The channel is disconnected. Reconnect it and try again.'],
      ['error', 'The account is suspended.'],
    ])
    expect(await feed()).toEqual([])
  })

  test('has numbers from the first count after it was sent, that only grow and are the same for everyone', async () => {
    const { id } = await create({ channelId: 'linkedin-1', mode: 'shareNow' })
    await later(1_000)
    expect(await read(id)).toMatchObject({ status: 'sent', metrics: null, metricsUpdatedAt: null })
    await later(3_600_000)
    const first = await read(id)
    expect(await read(id)).toEqual(first)
    await later(86_400_000)
    const second = await read(id)
    const value = ({ metrics }: Answer['body'], type: string) =>
      metrics.find((one: { type: string }) => one.type === type).value
    expect(value(second, 'impressions')).toBeGreaterThan(value(first, 'impressions'))
    for (const { type, value: before, unit } of first.metrics)
      if (unit === 'count') expect(value(second, type)).toBeGreaterThanOrEqual(before)
    expect(second.metricsUpdatedAt > first.metricsUpdatedAt).toBe(true)
  })

  test('shows files that were fetched from this server, and refuses those that cannot be', async () => {
    const image = `${server.origin}/sandbox/_media/buffer/absent`
    expect((await declined({ assets: [{ image: { url: image } }] }))[1]).toContain('could not be fetched')
    const elsewhere = { image: { url: 'https://cdn.example/a.png', metadata: { altText: 'A loaf' } } }
    const { assets } = await create({ assets: [elsewhere, { video: { url: 'https://cdn.example/a.mp4' } }] })
    expect(assets).toEqual([
      {
        __typename: 'ImageAsset',
        source: 'https://cdn.example/a.png',
        mimeType: 'image/jpeg',
        image: { altText: 'A loaf', width: 0, height: 0 },
      },
      { __typename: 'VideoAsset', source: 'https://cdn.example/a.mp4', mimeType: 'video/mp4' },
    ])
    expect((await declined({ assets: [{}] }))[1]).toContain('Exactly one')
    expect(
      (await declined({ channelId: 'linkedin-1', assets: [elsewhere], metadata: attached }))[1],
    ).toContain('mutually exclusive')
  })
})

const attached = { linkedin: { linkAttachment: { url: 'https://bakery.example' } } }

describe('the list of posts', () => {
  const query = `query ($input: PostsInput!, $first: Int, $after: String) {
    posts(input: $input, first: $first, after: $after) {
      edges { cursor node { id text status } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`
  const organizationId = accountOf('Ada').organizationId
  const list = async (filter: object, rest: object = {}) =>
    (await ask(query, { input: { organizationId, filter, ...rest } })).body.data.posts.edges.map(
      ({ node }: Answer['body']) => node.text,
    )

  test('goes on where its cursor says, though the post there is deleted meanwhile', async () => {
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      await create({ text })
      await later(1)
    }
    const input = { organizationId, sort: [{ field: 'createdAt', direction: 'asc' }] }
    const first = (await ask(query, { input, first: 2 })).body.data.posts
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    await act('deletePost', { id: first.edges[1].node.id })
    const rest = (await ask(query, { input, first: 3, after: first.pageInfo.endCursor })).body.data.posts
    expect(rest.edges.map(({ node }: Answer['body']) => node.text)).toEqual(['three', 'four', 'five'])
    expect(rest.pageInfo.hasNextPage).toBe(false)
    expect(codeOf(await ask(query, { input, after: 'nonsense' }))).toBe('BAD_USER_INPUT')
  })

  test('is filtered by channel, state, tags and times with both ends', async () => {
    const dueAt = soon(1_800_000)
    await create({ text: 'due', dueAt, channelId: 'page-2', tagIds: ['summer'] })
    await create({ text: 'draft', saveToDraft: true })
    await create({ text: 'now', mode: 'shareNow' })
    await later(1_000)
    expect(await list({ channelIds: ['page-2'] })).toEqual(['due'])
    expect(await list({ status: ['sent'] })).toEqual(['now'])
    expect((await list({ status: ['sent', 'scheduled'] })).sort()).toEqual(['due', 'now'])
    expect(await list({ dueAt: { start: dueAt, end: dueAt } })).toEqual(['due'])
    expect(await list({ createdAt: { start: soon(86_400_000) } })).toEqual([])
    expect(await list({ tags: { in: ['summer'] } })).toEqual(['due'])
    expect(await list({ tags: { in: [], isEmpty: true } })).toHaveLength(2)
  })
})

describe('limits', () => {
  test('requests in rolling windows: over one is a 429 that says when, under it the headers count down', async () => {
    await order('rateLimits', { quarterHour: 2, day: 3 })
    const first = await ask('{ account { id } }', {}, 'Linus')
    expect(first.headers.get('ratelimit')).toContain('"2-in-15min";r=1;t=900')
    expect(first.headers.get('ratelimit-policy')).toContain('"3-in-1day";q=3;w=86400;pk=:')
    await later(600_000)
    await ask('{ account { id } }', {}, 'Linus')
    const over = await ask('{ account { id } }', {}, 'Linus')
    expect([over.status, codeOf(over)]).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
    const retryAfter = Number(over.headers.get('retry-after'))
    expect(retryAfter).toBeGreaterThan(290)
    expect(retryAfter).toBeLessThanOrEqual(300)
    expect(over.body.errors[0].extensions.retryAfter).toBe(retryAfter)
    expect((await ask('{ account { id } }', {}, 'Linus~other')).status).toBe(200)
    // The first request has left the window, the second has not.
    await later(300_000)
    expect((await ask('{ account { id } }', {}, 'Linus')).status).toBe(200)
    expect(Number((await ask('{ account { id } }', {}, 'Linus')).headers.get('retry-after'))).toBeGreaterThan(
      80_000,
    )
  })

  test('posts that wait, and posts of a day, are limited as the plan and the network say', async () => {
    await order('limits', { scheduledPosts: 1, dailyPosts: 2 })
    await create({ dueAt: soon(40 * 86_400_000) })
    expect((await declined({}))[0]).toBe('LimitReachedError')
    await create({ mode: 'shareNow' })
    await create({ mode: 'shareNow' })
    expect((await declined({ mode: 'shareNow' }))[1]).toContain('2 posts a day')
    const query =
      'query ($input: DailyPostingLimitsInput!) { dailyPostingLimits(input: $input) { channelId sent scheduled limit isAtLimit } }'
    const [today] = (await ask(query, { input: { channelIds: ['page-1'] } })).body.data.dailyPostingLimits
    expect(today).toEqual({ channelId: 'page-1', sent: 2, scheduled: 0, limit: 2, isAtLimit: true })
  })

  test('documents that are too deep, too wide, too long or not of this schema are refused unrun', async () => {
    const aliases = Array.from({ length: 31 }, (_, n) => `a${n}: account { id }`).join(' ')
    for (const [query, code] of [
      [`{ ${aliases} }`, 'GRAPHQL_VALIDATION_FAILED'],
      ['{ account { nothing } }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{ account {', 'GRAPHQL_PARSE_FAILED'],
      [`{ ${'account { id } '.repeat(5_000)} }`, 'GRAPHQL_PARSE_FAILED'],
      ['', 'BAD_USER_INPUT'],
    ] as const) {
      const answer = await ask(query)
      expect([answer.status, codeOf(answer)]).toEqual([200, code])
    }
  })
})

describe('faults', () => {
  test('a rejected text is refused in the payload, in the shape that was asked for', async () => {
    const query =
      'mutation ($input: CreatePostInput!) { made: createPost(input: $input) { kind: __typename ... on MutationError { why: message } } }'
    const answer = await ask(query, { input: draft({ text: 'Never #fail:rejected' }) })
    expect([answer.status, answer.body]).toEqual([
      200,
      { data: { made: { kind: 'InvalidInputError', why: expect.any(String) } } },
    ])
  })

  test('words bring a rate limit, a dead key and a server error once, with their own answers', async () => {
    const input = draft({ text: 'Slowly #fail:rate_limit #fail:expired #fail:server_error' })
    const answers: Answer[] = []
    for (let n = 0; n < 4; n++) answers.push(await ask(documents.createPost, { input }))
    expect(answers.map(({ status }) => status)).toEqual([429, 200, 500, 200])
    expect(answers.slice(0, 3).map(codeOf)).toEqual(['RATE_LIMIT_EXCEEDED', 'UNAUTHORIZED', 'UNEXPECTED'])
    expect(answers[3]?.body.data.createPost.__typename).toBe('PostActionSuccess')
  })

  test('words written into the document are found as well as those in its variables', async () => {
    const query =
      'mutation { createPost(input: { channelId: "page-1", schedulingType: automatic, mode: shareNow, text: "#fail:server_error" }) { __typename } }'
    expect((await ask(query)).status).toBe(500)
    expect((await ask(query)).body.data.createPost.__typename).toBe('PostActionSuccess')
  })

  test('a cut after accepting leaves the post, to be found in the list', async () => {
    const input = draft({ text: 'Lost #fail:cut_after_accept' })
    await expect(ask(documents.createPost, { input })).rejects.toThrow()
    const query = 'query ($input: PostsInput!) { posts(input: $input) { edges { node { text } } } }'
    const organizationId = accountOf('Ada').organizationId
    const { posts } = (await ask(query, { input: { organizationId } })).body.data
    expect(posts.edges).toEqual([{ node: { text: 'Lost #fail:cut_after_accept' } }])
  })

  test('every member of the payload can be asked for, by word or by order, before or after the deed', async () => {
    for (const [word, kind] of [
      ['limit_reached', 'LimitReachedError'],
      ['not_found', 'NotFoundError'],
      ['unauthorized', 'UnauthorizedError'],
      ['unexpected', 'UnexpectedError'],
      ['rest_proxy', 'RestProxyError'],
    ])
      expect((await declined({ text: `#fail:${word}` }))[0]).toBe(kind)
    await order('refuse', { operation: 'createPost', error: 'UnexpectedError', when: 'after' })
    expect((await declined({ mode: 'shareNow', text: 'Done all the same' }))[0]).toBe('UnexpectedError')
    await later(1_000)
    expect((await feed()).map(({ text }) => text)).toEqual(['Done all the same'])
    await order('refuse', { operation: 'posts', error: 'UNEXPECTED' })
    const query = 'query ($input: PostsInput!) { posts(input: $input) { pageInfo { hasNextPage } } }'
    const input = { organizationId: accountOf('Ada').organizationId }
    expect(codeOf(await ask(query, { input }))).toBe('UNEXPECTED')
    expect((await ask(query, { input })).body.errors).toBeUndefined()
  })

  test('a fault of the control API meets the mutation it names', async () => {
    await server.control('faults', { kind: 'server_error', network: 'buffer', operation: 'deletePost' })
    const { id } = await create()
    expect((await ask(documents.deletePost, { input: { id } })).status).toBe(500)
    expect(await act('deletePost', { id })).toMatchObject({ id })
  })
})
