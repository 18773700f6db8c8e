import { expect, test } from 'vitest'
import type { Caller } from '../../test/app.ts'
import { fetchFile, onDisk, owner, png, uploaded, world } from '../../test/media-world.ts'
import type { DeliveryState } from '../domain/delivery.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { createPost } from './create-post.ts'

async function postWith(mediaId: string, state: DeliveryState | null): Promise<string> {
  const { ctx } = world
  const post = await createPost(ctx, actorOf(owner), {
    brandId: owner.brandId,
    origin: 'mypost',
    text: 'Look',
    mediaIds: [mediaId],
    targets: [],
  } as never)
  if (state) await deliver(post.id, state)
  return post.id
}

async function deliver(postId: string, state: DeliveryState, mediaIds: string[] | null = null) {
  const { ctx } = world
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const accountId = ctx.newId()
  const place = { workspaceId: owner.workspaceId, network: 'square' }
  await ctx.db
    .insertInto('accounts')
    .values({
      id: accountId,
      ...place,
      brandId: owner.brandId,
      externalId: accountId,
      kind: 'profile',
      name: 'Ada',
      state: 'active',
      connectedAt: ctx.clock.now(),
      ...at,
    })
    .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({ id: ctx.newId(), ...place, postId, accountId, position: 0, state, mediaIds, ...at })
    .execute()
  await refreshPostStatus(ctx.db, [postId], ctx.clock.now())
}

const actorOf = (caller: Caller) =>
  ({
    kind: 'user',
    userId: caller.userId,
    sessionId: 'test',
    isInstanceAdmin: false,
    dialect: 'mypost',
    requestId: 'req_test',
  }) as const

const postRow = (id: string) =>
  world.ctx.db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

test('a file cannot be deleted while a post that goes out or is out uses it', async () => {
  for (const state of ['scheduled', 'held', 'publishing', 'published', 'uncertain'] as const) {
    const media = await uploaded(png, 'image/png', 'a.png')
    await postWith(media.id, state)
    const answer = await owner('DELETE', `/api/v1/media/${media.id}`)
    expect([state, answer.statusCode]).toEqual([state, 400])
    expect(answer.json().error.details[0].path).toBe('status')
    expect((await fetchFile(media.url)).statusCode).toBe(200)
  }
})

test('a file that only an override shows is held too', async () => {
  const media = await uploaded(png, 'image/png')
  const other = await uploaded(png, 'image/png')
  const postId = await postWith(other.id, null)
  await deliver(postId, 'scheduled', [media.id])
  expect((await owner('DELETE', `/api/v1/media/${media.id}`)).statusCode).toBe(400)
})

test('drafts just lose a deleted file, and what was approved with it is no longer', async () => {
  const media = await uploaded(png, 'image/png')
  const kept = await uploaded(png, 'image/png')
  const postId = await postWith(media.id, null)
  await deliver(postId, 'draft', [media.id, kept.id])
  await world.ctx.db
    .updateTable('posts')
    .set({ approval: 'approved', approvedHash: (await postRow(postId)).contentHash })
    .where('id', '=', postId)
    .execute()
  expect((await owner('DELETE', `/api/v1/media/${media.id}`)).statusCode).toBe(204)
  expect(await postRow(postId)).toMatchObject({ status: 'draft', approval: 'none' })
  const delivery = await world.ctx.db
    .selectFrom('deliveries')
    .select('mediaIds')
    .where('postId', '=', postId)
    .executeTakeFirstOrThrow()
  expect(delivery.mediaIds).toEqual([kept.id])
  expect((await owner('GET', `/api/v1/media/${media.id}`)).statusCode).toBe(404)
  expect((await fetchFile(media.url)).statusCode).toBe(404)
  expect(await onDisk()).toHaveLength(1)
})

test('a new alt text is new content: an approved post goes back to draft, and the same words change nothing', async () => {
  const media = await uploaded(png, 'image/png', 'a.png', { altText: 'Old' })
  const postId = await postWith(media.id, null)
  const before = await postRow(postId)
  await world.ctx.db
    .updateTable('posts')
    .set({ approval: 'approved', approvedHash: before.contentHash })
    .where('id', '=', postId)
    .execute()
  const same = await owner('PATCH', `/api/v1/media/${media.id}`, { altText: 'Old' })
  expect(same.statusCode).toBe(200)
  expect((await postRow(postId)).approval).toBe('approved')

  const changed = await owner('PATCH', `/api/v1/media/${media.id}`, { altText: 'New' })
  expect(changed.json().altText).toBe('New')
  const after = await postRow(postId)
  expect(after.approval).toBe('none')
  expect(after.contentHash.equals(before.contentHash)).toBe(false)
  expect((await owner('PATCH', `/api/v1/media/${media.id}`, { altText: null })).json().altText).toBeNull()
})
