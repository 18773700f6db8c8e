import {
  buildSchema,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isUnionType,
  parse,
  validate,
  validateSchema,
} from 'graphql'
import { expect, test } from 'vitest'
import { sandboxAtRoot } from '../../test/sandbox-at-root.ts'
import { factsOf, referenceType, withoutTitle } from '../../test/spec-validation/graphql.ts'
import { sharedText, specIsAbsent } from '../../test/spec-validation/shared-spec.ts'
import { accountOf } from './accounts.ts'
import { schema, schemaText } from './schema.ts'

const captured = sharedText('buffer/buffer-schema.graphql')
const reference = sharedText('buffer/buffer-api-reference.md')

test('the schema is sound', () => {
  expect(validateSchema(schema)).toEqual([])
})

test('every type, field, argument and word of it is in the captured one, with the same type', (context) => {
  if (!captured || !reference) return context.skip(specIsAbsent)
  const theirs = factsOf(parse(withoutTitle(captured)), (owner, field) =>
    referenceType(reference, owner, field),
  )
  const ours = factsOf(parse(schemaText))
  expect(ours.size).toBeGreaterThan(500)
  const missing = [...ours].filter((fact) => !theirs.has(fact))
  expect(missing).toEqual([])
})

test('a fact that Buffer does not have is found', (context) => {
  if (!captured) return context.skip(specIsAbsent)
  const theirs = factsOf(parse(withoutTitle(captured)))
  const wrong = factsOf(
    parse('type Post { text: String, likes: Int! } enum ShareMode { later } input PostInput { id: PostId }'),
  )
  expect([...wrong].filter((fact) => !theirs.has(fact))).toEqual([
    'Post.text: String',
    'Post.likes: Int!',
    'ShareMode = later',
    'PostInput.id: PostId',
  ])
})

/** As Buffer's guides show them: quick start, posts and scheduling, error handling, pagination, data model. */
const guideDocuments = [
  'query GetOrganizations { account { id email organizations { id name ownerEmail } } }',
  'query { channels(input: { organizationId: "some_organization_id" }) { id name displayName service avatar isQueuePaused } }',
  `query GetPosts {
    posts(after: "id_to_start_after", first: 20,
      input: { organizationId: "some_organization_id", filter: { status: [sent], channelIds: ["some_channel_id"] } }) {
      pageInfo { startCursor endCursor hasNextPage } edges { node { id text createdAt channelId } } } }`,
  `mutation CreatePost {
    createPost(input: { text: "Hello from the API", channelId: "your_channel_id", schedulingType: automatic, mode: addToQueue }) {
      ... on PostActionSuccess { post { id text dueAt assets { id mimeType } } } ... on MutationError { message } } }`,
  `mutation CreatePost {
    createPost(input: { text: "Look", channelId: "c", schedulingType: automatic, mode: customScheduled,
      dueAt: "2026-03-26T10:28:47.545Z", assets: [{ image: { url: "https://images.example/a.jpg" } }] }) {
      ... on PostActionSuccess { post { id } } ... on LimitReachedError { message }
      ... on InvalidInputError { message } ... on MutationError { message } } }`,
]

test('the documents that Buffer shows are valid in this schema and in the captured one', (context) => {
  for (const text of guideDocuments) expect(problems(schema, text)).toEqual([])
  if (!captured || !reference) return context.annotate(specIsAbsent)
  const theirs = buildSchema(`${withoutTitle(captured)}\nscalar Unknown`)
  const examples = [...reference.matchAll(/```\n(query[\s\S]*?)```/g)].map(([, text]) => text as string)
  expect(examples.length).toBeGreaterThan(0)
  for (const text of [...guideDocuments, ...examples]) {
    expect(problems(theirs, text.replaceAll(/assets: \[.*?\]/g, ''))).toEqual([])
    expect(problems(schema, text)).toEqual([])
  }
})

test('every field of every answer can be asked for at once, and is there', async () => {
  await using server = await sandboxAtRoot('buffer')
  const ask = async (query: string, variables: object) => {
    const answer = await fetch(server.origin, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer Ada' },
      body: JSON.stringify({ query, variables }),
    })
    const body = (await answer.json()) as { data?: Record<string, unknown>; errors?: unknown[] }
    expect(body.errors).toBeUndefined()
    return body.data as Record<string, Record<string, unknown>>
  }
  const mutation = `mutation ($input: CreatePostInput!) { createPost(input: $input) ${everything('PostActionPayload')} }`
  const image = { image: { url: 'https://cdn.example/a.png', metadata: { altText: 'A loaf' } } }
  const video = { video: { url: 'https://cdn.example/a.mp4' } }
  const link = { linkAttachment: { url: 'https://bakery.example' } }
  const thread = { thread: [{ text: 'One' }, { text: 'Two' }] }
  for (const [service, metadata, assets] of [
    ['linkedin', { linkedin: { ...link, firstComment: 'First' } }, []],
    ['facebook', { facebook: { ...link, type: 'post' } }, []],
    ['instagram', { instagram: { type: 'story', shouldShareToFeed: true } }, [image]],
    ['threads', { threads: { ...link, ...thread, topic: 'bread' } }, []],
    ['bluesky', { bluesky: { ...link, ...thread } }, []],
    ['mastodon', { mastodon: { spoilerText: 'Crumbs', ...thread } }, []],
    ['pinterest', { pinterest: { boardServiceId: '1', title: 'Loaf' } }, [image]],
    ['youtube', { youtube: { title: 'Loaf', categoryId: '22' } }, [video]],
    ['tiktok', { tiktok: { title: 'Loaf' } }, [video]],
    ['googlebusiness', { google: { type: 'whats_new' } }, [image, image]],
    ['twitter', { twitter: { ...thread } }, [image]],
    ['startPage', null, []],
  ] as const) {
    const input = { channelId: `${service}-1`, schedulingType: 'automatic', mode: 'shareNow', text: 'Bread' }
    const { createPost } = await ask(mutation, { input: { ...input, metadata, assets } })
    expect(createPost).toMatchObject({ __typename: 'PostActionSuccess', post: { channelService: service } })
  }
  await server.control('clock', { advanceMs: 3_600_000 })
  const { account } = await ask(`{ account ${everything('Account')} }`, {})
  const input = { organizationId: accountOf('Ada').organizationId }
  const { posts } = await ask(
    `query ($input: PostsInput!) { posts(input: $input) ${everything('PostsResults')} }`,
    {
      input,
    },
  )
  const { channels } = await ask(
    `query ($input: ChannelsInput!) { channels(input: $input) ${everything('Channel')} }`,
    {
      input,
    },
  )
  expect([account?.organizations, posts?.edges, channels]).toEqual([
    [expect.objectContaining({ channelCount: 22 })],
    expect.objectContaining({ length: 12 }),
    expect.objectContaining({ length: 22 }),
  ])
})

/** `{ ... }` with every field of a type, and of the types inside, except those it stands in already. */
function everything(name: string, above: string[] = []): string {
  const type = schema.getType(name)
  if (!isCompositeType(type) || above.includes(name)) return ''
  const path = [...above, name]
  const fields = isUnionType(type) ? [] : Object.values(type.getFields())
  const chosen = fields.flatMap((field) => {
    const inner = getNamedType(field.type)
    if (isLeafType(inner)) return [field.name]
    const selection = everything(inner.name, path)
    return selection ? [`${field.name} ${selection}`] : []
  })
  const members = isObjectType(type) ? [] : schema.getPossibleTypes(type)
  const spread = members.map((member) => `... on ${member.name} ${everything(member.name, path)}`)
  return `{ __typename ${[...chosen, ...spread].join(' ')} }`
}

const problems = (of: GraphQLSchema, text: string) => validate(of, parse(text)).map(({ message }) => message)
