/** The whole server with Buffer beside it, simulated: for stories about accounts that publish through Buffer. */
import { sql } from 'kysely'
import { lookAtBuffer } from '../server/operations/look-at-buffer.ts'
import { settleBufferPosts } from '../server/operations/settle-buffer-posts.ts'
import { type Caller, testApp } from './app.ts'
import { chirp, gallery } from './posting.ts'
import { sandboxAtRoot } from './sandbox-at-root.ts'

/** Of the workspace at Buffer. */
export const token = 'your-buffer-access-token'

export interface AtBuffer {
  id: string
  status: string
  text: string
  channelId: string
  dueAt: string | null
  shareMode: string
  externalLink: string | null
  assets: { source: string }[]
  metrics: { type: string; value: number }[] | null
}

/** Marks the test's own requests. */
const ownHeader = 'x-of-the-test'

export async function bufferWorld() {
  const server = await testApp({ networks: [chirp, gallery] })
  const buffer = await sandboxAtRoot('buffer')
  const { ctx, owner } = server
  const { origins, http } = ctx
  ctx.origins = (network, ...rest) => (network.id === 'buffer' ? buffer.origin : origins(network, ...rest))
  // Nobody waits half a minute for a silence.
  ctx.http = { send: (request) => http.send({ ...request, timeoutMs: 4_000 }) }
  const trouble: unknown[] = []

  async function ask(query: string, variables: object) {
    const answer = await fetch(buffer.origin, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, [ownHeader]: '1' },
      body: JSON.stringify({ query, variables }),
    })
    return ((await answer.json()) as { data: never }).data
  }

  /** What Buffer has, the oldest first. */
  async function posts(): Promise<AtBuffer[]> {
    const { account } = (await ask('{ account { organizations { id } } }', {})) as {
      account: { organizations: [{ id: string }] }
    }
    const { posts: found } = (await ask(
      `query ($input: PostsInput!) { posts(input: $input, first: 100) { edges { node {
        id status text channelId dueAt shareMode externalLink assets { source } metrics { type value } } } } }`,
      {
        input: {
          organizationId: account.organizations[0].id,
          sort: [{ field: 'createdAt', direction: 'asc' }],
        },
      },
    )) as { posts: { edges: { node: AtBuffer }[] } }
    return found.edges.map(({ node }) => node)
  }

  /** A new story: nothing at Buffer, nothing here but the account and the configuration. */
  async function begin(caller: Caller = owner): Promise<number> {
    await sql`delete from posts`.execute(ctx.db)
    await sql`delete from buffer_posts`.execute(ctx.db)
    await buffer.control('reset', {})
    await buffer.control('clock', { now: ctx.clock.now().toISOString() })
    await buffer.control('settings', { processingMs: 50 })
    await order('rateLimits', { quarterHour: 10_000, day: 10_000, month: 10_000 })
    await caller('POST', '/api/v1/buffer/config', { access_token: token })
    const account = await addAccount('page-1')
    buffer.exchanges.length = 0
    trouble.length = 0
    return account
  }

  async function addAccount(profile: string): Promise<number> {
    const made = await owner('POST', '/api/v1/social-accounts', {
      platform: 'chirp',
      account_name: '@username',
      buffer_profile_id: profile,
    })
    if (made.statusCode !== 201) throw new Error(`${made.statusCode} ${made.body}`)
    return made.json().id
  }

  /** A control of the simulated Buffer. */
  const order = (control: string, input: object) => buffer.control(`networks/buffer/${control}`, { ...input })

  const inHours = (hours = 1) =>
    new Date(ctx.clock.now().getTime() + hours * 3_600_000).toISOString().slice(0, 19)

  /** A draft of dialect A. */
  async function draft(account: number, more: object = {}): Promise<number> {
    const made = await owner('POST', '/api/v1/posts', {
      social_account_id: account,
      content: 'Post content',
      scheduled_time: inHours(),
      ...more,
    })
    if (made.statusCode !== 201) throw new Error(`${made.statusCode} ${made.body}`)
    return made.json().id
  }

  const uuidOf = async (table: 'posts' | 'accounts', number: number): Promise<string> =>
    (await ctx.db.selectFrom(table).select('id').where('number', '=', number).executeTakeFirstOrThrow()).id

  return {
    ...server,
    order,
    posts,
    begin,
    addAccount,
    draft,
    inHours,
    trouble,
    uuidOf,
    texts: async () => (await posts()).map(({ text }) => text),
    /** What the server asked of Buffer, in order. */
    asked: () =>
      buffer.exchanges
        .filter(({ requestHeaders }) => !requestHeaders[ownHeader])
        .map(({ operation }) => operation),
    forget: () => {
      buffer.exchanges.length = 0
    },
    processing: (processingMs: number) => buffer.control('settings', { processingMs }),
    /** The next request of this kind meets the fault. */
    breakNext: (operation: string, fault: object) =>
      buffer.control('faults', { network: 'buffer', operation, ...fault }),
    /** Here and at Buffer. */
    async minutes(count: number) {
      server.clock.advance(count * 60_000)
      await buffer.control('clock', { advanceMs: count * 60_000 })
    },
    show: async (id: number) => (await owner('GET', `/api/v1/posts/${id}`)).json(),
    /** The answer's body; with `code`, since posts have a status of their own. */
    async ask(id: number, verb: string, body?: object) {
      const answer = await owner('POST', `/api/v1/posts/${id}/${verb}`, body)
      return { code: answer.statusCode, ...answer.json(), retryAfter: answer.headers['retry-after'] }
    },
    /** The chores that come by themselves on a running server. */
    look: () => lookAtBuffer(ctx, (_what, error) => trouble.push(error)),
    async settle(...ids: number[]) {
      for (const id of ids) await settleBufferPosts(ctx, await uuidOf('posts', id))
    },
    async close() {
      await server.close()
      await buffer.close()
    },
  }
}
