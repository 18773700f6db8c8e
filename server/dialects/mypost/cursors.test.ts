/**
 * Every list that is paged by a cursor, while rows come and go between the pages: what stays is seen exactly once.
 * The histories are made up by fast-check, which shrinks one that fails to the shortest.
 */
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let pool: pg.Pool
/** One of each thing that rows hang on. */
let postId: string
let endpointId: string
let eventId: string

beforeAll(async () => {
  world = await testPosting()
  pool = new pg.Pool({ connectionString: world.connectionString, max: 2 })
  postId = (await world.newPost({ content: 'Hello' })).id
  const webhook = await world.owner('POST', '/api/v1/webhooks', {
    url: 'https://example.com/hook',
    events: ['post.published'],
    secret: 'a-signing-secret',
  })
  endpointId = webhook.json().id
  eventId = (await pool.query('select id from events limit 1')).rows[0].id
})
afterAll(async () => {
  await pool.end()
  await world.close()
})

interface List {
  url: () => string
  /** Where its rows are. */
  from: () => string
  /** The statement that adds rows with the ids of $1. They lie anywhere in the list's order. */
  insert: () => string
  /** How a row's id is called in that table. */
  key?: string
}

const workspace = () => `'${world.owner.workspaceId}'::uuid`
const brand = () => `'${world.owner.brandId}'::uuid`
const inWorkspace = (path: string) => () => `/api/v1/workspaces/${world.owner.workspaceId}/${path}`
const ofWorkspace = (table: string) => () => `${table} where workspace_id = ${workspace()}`
const ids = 'from unnest($1::uuid[]) as id'

const lists: Record<string, List> = {
  posts: {
    url: () => `/api/v1/brands/${world.owner.brandId}/posts`,
    from: () => `posts where brand_id = ${brand()} and id <> '${postId}'`,
    insert: () =>
      `insert into posts (id, workspace_id, brand_id, origin, text, status, content_hash, created_at, updated_at)
       select id, ${workspace()}, ${brand()}, 'mypost', 'Post', 'draft', '\\x00', now(), now() ${ids}`,
  },
  'posts of some statuses': {
    url: () => `/api/v1/brands/${world.owner.brandId}/posts?status=failed`,
    from: () => `posts where brand_id = ${brand()} and status in ('failed', 'uncertain')`,
    insert: () =>
      `insert into posts (id, workspace_id, brand_id, origin, text, status, content_hash, created_at, updated_at)
       select id, ${workspace()}, ${brand()}, 'mypost', 'Post',
              (case when ascii(id::text) % 2 = 0 then 'failed' else 'uncertain' end)::post_status, '\\x00', now(), now() ${ids}`,
  },
  'the log of a post': {
    url: () => `/api/v1/posts/${postId}/log`,
    from: () => `publish_log where post_id = '${postId}'`,
    insert: () =>
      `insert into publish_log (id, workspace_id, post_id, action, created_at)
       select id, ${workspace()}, '${postId}', 'scheduled', now() ${ids}`,
  },
  audit: {
    url: inWorkspace('audit?action=made.up'),
    from: () => `events where workspace_id = ${workspace()} and type = 'made.up'`,
    insert: () =>
      `insert into events (id, workspace_id, type, actor_kind, resource_type, resource_id, created_at)
       select id, ${workspace()}, 'made.up', 'engine', 'post', 'x', now() ${ids}`,
  },
  'webhook deliveries': {
    url: () => `/api/v1/webhooks/${endpointId}/deliveries`,
    from: () => `webhook_deliveries where endpoint_id = '${endpointId}'`,
    insert: () =>
      `insert into webhook_deliveries (id, workspace_id, endpoint_id, event_id, state, created_at, updated_at)
       select id, ${workspace()}, '${endpointId}', '${eventId}', 'delivered', now(), now() ${ids}`,
  },
  media: {
    url: () => `/api/v1/brands/${world.owner.brandId}/media`,
    from: () => `media where brand_id = ${brand()} and state = 'ready'`,
    insert: () =>
      `insert into media (id, workspace_id, brand_id, filename, mime_type, kind, bytes, state, storage_key, created_at, updated_at)
       select id, ${workspace()}, ${brand()}, 'a.png', 'image/png', 'image', 1, 'ready', id, now(), now() ${ids}`,
  },
  members: {
    url: inWorkspace('users'),
    from: () => `members where workspace_id = ${workspace()} and user_id <> '${world.owner.userId}'`,
    insert: () =>
      `with people as (
         insert into users (id, email, name, created_at, updated_at)
         select id, id || '@example.com', 'Ada', now(), now() ${ids} returning id
       )
       insert into members (workspace_id, user_id, role_id, joined_at)
       select ${workspace()}, people.id, (select id from roles where workspace_id = ${workspace()} order by id limit 1), now() from people`,
    key: 'user_id',
  },
  invitations: {
    url: inWorkspace('users'),
    from: ofWorkspace('invitations'),
    insert: () =>
      `insert into invitations (id, workspace_id, email, role_id, token_hash, created_at, expires_at)
       select id, ${workspace()}, id || '@example.org',
              (select id from roles where workspace_id = ${workspace()} order by id limit 1),
              sha256(id::text::bytea), now(), now() + interval '100 days' ${ids}`,
  },
  roles: {
    url: inWorkspace('roles'),
    from: () => `roles where workspace_id = ${workspace()} and not is_system`,
    insert: () =>
      `insert into roles (id, workspace_id, name, permissions, created_at, updated_at)
       select id, ${workspace()}, id, '{}', now(), now() ${ids}`,
  },
  brands: {
    url: inWorkspace('brands'),
    from: () => `brands where workspace_id = ${workspace()} and not is_default`,
    insert: () =>
      `insert into brands (id, workspace_id, name, created_at, updated_at)
       select id, ${workspace()}, 'Brand', now(), now() ${ids}`,
  },
  workspaces: {
    url: () => '/api/v1/workspaces',
    from: () => `workspaces where name = 'Made up'`,
    insert: () =>
      `with founded as (
         insert into workspaces (id, name, mode, created_at, updated_at)
         select id, 'Made up', 'live', now(), now() ${ids} returning id
       ), led as (
         insert into roles (id, workspace_id, name, permissions, created_at, updated_at)
         select gen_random_uuid(), id, 'Boss', '{}', now(), now() from founded returning id, workspace_id
       )
       insert into members (workspace_id, user_id, role_id, joined_at)
       select workspace_id, '${world.owner.userId}', id, now() from led`,
  },
  approvals: {
    url: inWorkspace('approvals'),
    from: ofWorkspace('approvals'),
    insert: () =>
      `insert into approvals (id, workspace_id, post_id, state, content_hash, submitted_at)
       select id, ${workspace()}, '${postId}', 'rejected', '\\x00', now() ${ids}`,
  },
  recurrences: {
    url: inWorkspace('recurrences'),
    from: ofWorkspace('recurrences'),
    insert: () =>
      `insert into recurrences (id, workspace_id, brand_id, name, cron, timezone, template, target_account_ids,
                                auto_schedule, status, created_at, updated_at)
       select id, ${workspace()}, ${brand()}, 'Daily', '0 9 * * *', 'UTC', '{"content":"Hi"}', '{}', false, 'paused', now(), now() ${ids}`,
  },
}

/** What happens before each next page: how long that page is, what comes, and which of what is there (by position) goes. */
const step = fc.record({
  limit: fc.integer({ min: 1, max: 6 }),
  comes: fc.integer({ min: 0, max: 3 }),
  goes: fc.array(fc.nat(100), { maxLength: 3 }),
})
const history = fc.record({
  atFirst: fc.integer({ min: 0, max: 20 }),
  steps: fc.array(step, { maxLength: 8 }),
})
const histories = 12

test('there is a history for every address that takes a cursor', async () => {
  const { paths } = (await world.app.inject({ url: '/docs/mypost.json' })).json()
  const paged = Object.entries(paths as Record<string, { get?: { parameters?: { name: string }[] } }>)
    .filter(([, { get }]) => get?.parameters?.some(({ name }) => name === 'cursor'))
    .map(([path]) => path.replaceAll(/\{\w+\}/g, '*'))
  const told = Object.values(lists).map(({ url }) =>
    url()
      .split('?', 1)[0]
      ?.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*'),
  )
  expect(paged.filter((path) => !told.includes(path))).toEqual([])
})

for (const [name, list] of Object.entries(lists))
  test(`${name}: while rows come and go, every row that stays is seen exactly once`, async () => {
    const column = list.key ?? 'id'
    const present = async (): Promise<string[]> =>
      (await pool.query(`select ${column} as id from ${list.from()} order by 1`)).rows.map(({ id }) => id)
    const add = (count: number) =>
      pool.query(list.insert(), [Array.from({ length: count }, () => crypto.randomUUID())])
    const remove = (gone: string[]) =>
      pool.query(
        `delete from ${list.from().replace(' where ', ` where ${column} = any ($1::uuid[]) and `)}`,
        [gone],
      )

    await fc.assert(
      fc.asyncProperty(history, async ({ atFirst, steps }) => {
        await remove(await present())
        await add(atFirst)
        const stays = new Set(await present())
        const seen: string[] = []
        let cursor: string | null = null
        for (let page = 0; page === 0 || cursor; page++) {
          const { limit, comes, goes } = steps[page] ?? { limit: 5, comes: 0, goes: [] }
          const url = `${list.url()}${list.url().includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`
          const answer = await world.owner('GET', url)
          expect(answer.statusCode, answer.body).toBe(200)
          const { data, page: told } = answer.json()
          expect(data.length).toBeLessThanOrEqual(limit)
          seen.push(...data.map(({ id }: { id: string }) => id))
          cursor = told.nextCursor
          const there = await present()
          const gone = goes.flatMap((position) => there[position % Math.max(1, there.length)] ?? [])
          for (const id of gone) stays.delete(id)
          await remove(gone)
          await add(comes)
        }
        expect(seen.length).toBe(new Set(seen).size)
        expect([...stays].filter((id) => !seen.includes(id))).toEqual([])
      }),
      { numRuns: histories },
    )
  }, 120_000)
