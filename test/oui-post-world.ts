/** An instance on which every example of this dialect's document can be asked: accounts, posts, files, figures. */
import sharp from 'sharp'
import { refreshPostStatus } from '../server/storage/post-status.ts'
import { type Caller, testApp } from './app.ts'
import { multipart } from './multipart.ts'
import { outside, scriptedNetworks } from './scripted-network.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export async function ouiPostWorld() {
  const { script, square } = scriptedNetworks()
  const networks = ['facebook', 'instagram', 'twitter', 'linkedin'].map((id) => ({
    ...square,
    id,
    name: id,
    limits: { ...square.limits, contentTypes: [...square.limits.contentTypes, 'carousel' as const] },
  }))
  const server = await testApp({ networks })
  const { ctx, owner } = server
  const made = (await owner('POST', '/admin/keys', { name: 'Everything', tier: 'enterprise' })).json().data
    .key
  const key: string = made.api_key

  /** With the key and the workspace of the first tenant; `more` overrides headers. */
  const api = (method: Method, url: string, body?: unknown, more: Record<string, string> = {}) =>
    server.app.inject({
      method,
      url,
      headers: { 'x-api-key': key, 'x-workspace-id': `ws_${owner.workspaceId}`, ...more },
      ...(body === undefined ? {} : { payload: body as object }),
    })

  /** The five steps of the document, the network's part played by hand. */
  async function connect(platform: string, externalId: string): Promise<string> {
    script.opens = {
      outcome: 'done',
      value: [outside(externalId, { kind: 'page', metadata: { page_id: '123456789', category: 'Company' } })],
    }
    const callback_url = 'https://client.example/callback'
    const { state } = (await api('POST', '/api/accounts', { platform, callback_url })).json().data
    const done = await api('POST', '/api/accounts/callback', { code: 'abc', state })
    return done.json().data.account.id
  }

  async function measure(accountId: string, followers: number, daysAgo: number) {
    const collectedAt = new Date(ctx.clock.now().getTime() - daysAgo * 86_400_000)
    const { workspaceId } = owner
    await ctx.db
      .insertInto('accountMetrics')
      .values({
        ...{ id: ctx.newId(), workspaceId, accountId: accountId.slice(4), collectedAt },
        ...{ followers, following: 250, posts: 458 },
      })
      .execute()
  }

  async function draft(platforms: string[], more: object = {}): Promise<string> {
    const answer = await api('POST', '/api/posts', {
      content: 'Check out our latest product launch!',
      platforms,
      ...more,
    })
    return answer.json().data.post.id
  }

  async function upload(
    postId: string,
    fields: Record<string, string> = {},
    order: 'fields first' | 'file first' = 'file first',
  ) {
    const bytes = await sharp({ create: { width: 1200, height: 800, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const { payload, type } = multipart(
      { name: 'file', filename: 'image.png', type: 'image/png', bytes },
      fields,
      order,
    )
    return server.app.inject({
      method: 'POST',
      url: `/api/posts/${postId}/media`,
      headers: { 'x-api-key': key, 'x-workspace-id': owner.workspaceId, 'content-type': type },
      payload,
    })
  }

  /** As the engine would have left it: out everywhere, with an attempt each and the first numbers. */
  async function publish(postId: string) {
    const id = postId.slice(5)
    const now = ctx.clock.now()
    const deliveries = await ctx.db.selectFrom('deliveries').selectAll().where('postId', '=', id).execute()
    for (const delivery of deliveries) {
      await ctx.db
        .updateTable('deliveries')
        .set({
          state: 'published',
          publishedAt: now,
          externalId: `${delivery.network}_1`,
          url: 'https://example.com/1',
        })
        .where('id', '=', delivery.id)
        .execute()
      const { workspaceId } = owner
      await ctx.db
        .insertInto('attempts')
        .values({
          ...{ id: ctx.newId(), workspaceId, deliveryId: delivery.id, network: delivery.network, number: 1 },
          ...{ processId: ctx.newId(), outcome: 'published' },
          ...{ startedAt: new Date(now.getTime() - 450), finishedAt: now },
        })
        .execute()
      await ctx.db
        .insertInto('postMetrics')
        .values({
          ...{ id: ctx.newId(), workspaceId, postId: id, deliveryId: delivery.id },
          ...{ impressions: 5000, reach: 4000, likes: 200, comments: 60, shares: 40, clicks: 90 },
          ...{ collectedAt: now, createdAt: now, updatedAt: now },
        })
        .execute()
    }
    await refreshPostStatus(ctx.db, [id], now)
  }

  /** An attempt on a network that failed for the network's reasons. */
  async function stumble(network: string, why: string) {
    const now = ctx.clock.now()
    const { id: deliveryId } = await ctx.db
      .selectFrom('deliveries')
      .select('id')
      .where('network', '=', network)
      .executeTakeFirstOrThrow()
    await ctx.db
      .insertInto('attempts')
      .values({
        ...{ id: ctx.newId(), workspaceId: owner.workspaceId, deliveryId, network, number: 2 },
        ...{ processId: ctx.newId(), outcome: 'retry', startedAt: now, finishedAt: now },
        failure: JSON.stringify({ class: 'rate_limited', rule: 'x', message: why, remedy: '' }),
      })
      .execute()
  }

  const accounts = {
    facebook: await connect('facebook', 'companypage'),
    instagram: await connect('instagram', 'gram'),
    twitter: await connect('twitter', 'company'),
    linkedin: await connect('linkedin', 'linked'),
  }
  for (const id of Object.values(accounts)) {
    await measure(id, 15_000, 40)
    await measure(id, 15_420, 0)
  }
  return { ...server, key, api, accounts, connect, draft, upload, publish, stumble, asAdmin: owner as Caller }
}
