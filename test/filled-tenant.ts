/** A workspace with something of everything, whose every text holds a mark, so that it is known wherever it turns up. */
import pg from 'pg'
import { expect } from 'vitest'
import type { Caller } from './app.ts'
import type { testPosting } from './posting.ts'

type World = Awaited<ReturnType<typeof testPosting>>

export interface FilledTenant {
  caller: Caller
  mark: string
  /** A key of dialect C that reaches this workspace alone. */
  apiKey: string
  /** Its rows by table, each as text; what another tenant must neither see nor change. */
  rows(): Promise<Map<string, string[]>>
  /** The ids and numbers of the newest rows that a table has when everything is there. */
  idsOf(table: string): string[]
}

/** Of each thing that many are enough. */
const idsMax = 2

export async function fillTenant(world: World, caller: Caller, mark: string): Promise<FilledTenant> {
  const { ctx, owner } = world
  const { workspaceId, brandId } = caller
  const now = ctx.clock.now()

  async function ask(method: 'POST' | 'PATCH' | 'PUT', url: string, body: object = {}) {
    const answer = await caller(method, url, body)
    expect(answer.statusCode, `${method} ${url}: ${answer.body}`).toBeLessThan(300)
    return answer.body === '' ? null : answer.json()
  }

  const inWorkspace = `/api/v1/workspaces/${workspaceId}`
  await ask('PATCH', inWorkspace, { name: mark, description: mark })
  await ask('PATCH', `/api/v1/brands/${brandId}`, { name: mark, description: mark })
  await ask('POST', `${inWorkspace}/brands`, { name: `second ${mark}` })
  const accountId = await world.addAccount('chirp', { caller })
  await ctx.db.updateTable('accounts').set({ name: mark, handle: mark }).where('id', '=', accountId).execute()
  await world.addMedia({ caller, altText: mark })
  const role = await ask('POST', `${inWorkspace}/roles`, { name: mark, permissions: ['posts.create'] })
  await ask('POST', `${inWorkspace}/users/invite`, { email: `${mark}@example.com`, roleId: role.id })
  const campaign = await ask('POST', `${inWorkspace}/campaigns`, { name: mark, description: mark })
  const label = await ask('POST', `${inWorkspace}/labels`, { name: mark, color: '#4ECDC4' })

  const post = { content: mark, targetAccountIds: [accountId] }
  const newPost = (more: object = {}) => world.newPost({ ...post, ...more }, caller)
  await newPost({
    title: mark,
    hashtags: [mark.replaceAll('-', '')],
    campaignId: campaign.id,
    labelIds: [label.id],
  })
  await newPost({ scheduledAt: world.inAnHour() })
  const pending = await newPost()
  await ask('POST', `/api/v1/posts/${pending.id}/submit-for-approval`)
  const published = await newPost({ scheduledAt: world.inAnHour() })
  await world.setDeliveries(published.id, 'published', {
    url: `https://chirp.example/${mark}`,
    externalId: mark,
  })
  const { id: deliveryId } = await ctx.db
    .selectFrom('deliveries')
    .select('id')
    .where('postId', '=', published.id)
    .executeTakeFirstOrThrow()
  const { number } = await ctx.db
    .selectFrom('posts')
    .select('number')
    .where('id', '=', published.id)
    .executeTakeFirstOrThrow()
  await ctx.db
    .insertInto('publishLog')
    .values({
      id: ctx.newId(),
      workspaceId,
      postId: published.id,
      deliveryId,
      action: 'publish_success',
      message: mark,
      createdAt: now,
    })
    .execute()
  await ctx.db
    .insertInto('accountMetrics')
    .values({
      id: ctx.newId(),
      workspaceId,
      accountId,
      followers: 7,
      raw: JSON.stringify({ mark }),
      collectedAt: now,
    })
    .execute()
  await ask('POST', '/api/v1/analytics', { post_id: number, views: 7, raw_data: { mark } })
  await ask('POST', `/api/v1/brands/${brandId}/recurrences`, {
    name: mark,
    cron: '0 9 * * *',
    timezone: 'Europe/Zurich',
    template: { content: mark },
    targetAccountIds: [accountId],
    autoSchedule: false,
  })
  const webhook = await ask('POST', '/api/v1/webhooks', {
    workspaceId,
    url: `https://example.com/${mark}`,
    events: ['post.published'],
    secret: 'a-signing-secret',
  })
  await ask('POST', `/api/v1/webhooks/${webhook.id}/test`)

  const made = await owner('POST', '/admin/keys', {
    name: mark,
    tier: 'enterprise',
    workspaces: [workspaceId],
  })
  const apiKey = made.json().data.key.api_key as string
  const schedule = await world.app.inject({
    method: 'POST',
    url: '/api/schedules',
    headers: { 'x-api-key': apiKey, 'x-workspace-id': workspaceId },
    payload: { name: mark, timezone: 'UTC', slots: [{ day: 'monday', time: '09:00', platforms: ['chirp'] }] },
  })
  expect(schedule.statusCode, schedule.body).toBe(201)

  const inTable: Record<string, string> = {
    workspaces: `id = '${workspaceId}'`,
    users: `id = '${caller.userId}'`,
    api_keys: `name = '${mark}'`,
  }
  for (const table of await tablesWith(world, 'workspace_id'))
    inTable[table] = `workspace_id = '${workspaceId}'`
  const ids = new Map<string, string[]>()
  for (const [table, where] of Object.entries(inTable)) {
    const rows = (await rowsOf(world, table, where)).map((row) => JSON.parse(row))
    const shown = rows.slice(-idsMax).flatMap(({ id, number }) => [id, number])
    ids.set(table, shown.filter((one) => one !== undefined).map(String))
  }

  return {
    caller,
    mark,
    apiKey,
    async rows() {
      const rows = new Map<string, string[]>()
      for (const [table, where] of Object.entries(inTable)) rows.set(table, await rowsOf(world, table, where))
      return rows
    },
    idsOf: (table) => ids.get(table) ?? [],
  }
}

/** Tables that have this column. */
export async function tablesWith({ connectionString }: World, column: string): Promise<string[]> {
  return await query(
    connectionString,
    `select table_name as found from information_schema.columns
     where table_schema = 'public' and column_name = '${column}' order by 1`,
  )
}

const rowsOf = ({ connectionString }: World, table: string, where: string): Promise<string[]> =>
  query(connectionString, `select to_jsonb(t)::text as found from ${table} as t where ${where} order by 1`)

async function query(connectionString: string, text: string): Promise<string[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query<{ found: string }>(text)).rows.map(({ found }) => found)
  } finally {
    await client.end()
  }
}
