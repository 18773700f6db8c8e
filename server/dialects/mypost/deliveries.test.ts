import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chirp, gallery, testPosting } from '../../../test/posting.ts'
import type { Failure } from '../../domain/delivery.ts'
import type { Done, Network, Published } from '../../networks/network.ts'

/** What the network is asked to remove, and what it says. */
const removing: { asked: Published[]; says: Done } = { asked: [], says: { outcome: 'done', value: null } }
const removable: Network = {
  ...chirp,
  async remove(ctx, published) {
    expect(await ctx.secret.current()).toMatchObject({ token: expect.stringContaining('hush-') })
    removing.asked.push(published)
    return removing.says
  },
}

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let chirpId: string

beforeAll(async () => {
  world = await testPosting([removable, gallery])
  owner = world.owner
})
afterAll(() => world.close())
beforeEach(async () => {
  chirpId = await world.addAccount()
  removing.asked = []
  removing.says = { outcome: 'done', value: null }
})

const delivery = (id: string, verb: string) => `/api/v1/deliveries/${id}/${verb}`
const failure: Failure = {
  class: 'permanent',
  rule: 'chirp.refused',
  message: 'Chirp refused.',
  remedy: 'Mend it.',
}

async function postIn(state: Parameters<typeof world.setDeliveries>[1], body: object = {}) {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
    ...body,
  })
  await world.setDeliveries(made.id, state, { externalId: 'x1', url: 'https://chirp.example/x1' })
  return { id: made.id as string, target: made.targets[0].id as string }
}

// ---------------------------------------------------------------- retry

test('a failed target is tried again, now, with a fresh count of tries', async () => {
  const { id, target } = await postIn('failed')
  await world.ctx.db
    .updateTable('deliveries')
    .set({ tries: 9, failure: JSON.stringify(failure) })
    .where('id', '=', target)
    .execute()
  expect((await owner('GET', `/api/v1/posts/${id}`)).json().targets[0].error).toEqual({
    message: 'Chirp refused.',
    remedy: 'Mend it.',
    rule: 'chirp.refused',
  })
  const answer = await owner('POST', delivery(target, 'retry'))
  expect(answer.json(), answer.body).toMatchObject({
    status: 'scheduled',
    targets: [{ status: 'scheduled', error: null }],
  })
  expect(await world.deliveriesOf(id)).toMatchObject([{ tries: 0, failure: null }])
  expect(await world.eventsOf(id)).toContain('post.retry_requested')
})

test.each(['draft', 'scheduled', 'publishing', 'published', 'uncertain', 'cancelled'] as const)(
  'a %s target cannot be retried',
  async (state) => {
    const { target } = await postIn(state)
    const answer = await owner('POST', delivery(target, 'retry'))
    expect([answer.statusCode, answer.json().error.details[0]]).toMatchObject([400, { path: 'status' }])
  },
)

test('a target whose account has expired is not retried in vain', async () => {
  const { target } = await postIn('failed')
  await world.ctx.db.updateTable('accounts').set({ state: 'expired' }).where('id', '=', chirpId).execute()
  const answer = await owner('POST', delivery(target, 'retry'))
  expect(answer.json().error.details).toMatchObject([{ rule: 'account_expired' }])
})

// ---------------------------------------------------------------- resolve

test('a person who sees it live says where, and the post is published', async () => {
  const { id, target } = await postIn('uncertain')
  const url = 'https://chirp.example/found'
  const answer = await owner('POST', delivery(target, 'resolve'), { outcome: 'published', url })
  expect(answer.json(), answer.body).toMatchObject({
    status: 'published',
    publishedAt: expect.any(String),
    targets: [{ status: 'published', url }],
  })
  expect((await world.eventsOf(id)).slice(-2)).toEqual(['post.delivery_resolved', 'post.published'])
})

test('a person who sees that it is not there has it sent again', async () => {
  const { target } = await postIn('uncertain')
  const answer = await owner('POST', delivery(target, 'resolve'), { outcome: 'not_published' })
  expect(answer.json()).toMatchObject({ status: 'scheduled', targets: [{ status: 'scheduled' }] })
})

test.each<[string, object]>([
  ['no address', { outcome: 'published' }],
  ['no web address', { outcome: 'published', url: 'javascript:alert(1)' }],
  ['another word', { outcome: 'maybe' }],
])('resolving is refused with %s', async (_what, body) => {
  const { target } = await postIn('uncertain')
  expect((await owner('POST', delivery(target, 'resolve'), body)).statusCode).toBe(400)
})

test.each(['draft', 'scheduled', 'publishing', 'published', 'failed', 'cancelled'] as const)(
  'a %s target is in no doubt',
  async (state) => {
    const { target } = await postIn(state)
    const answer = await owner('POST', delivery(target, 'resolve'), { outcome: 'not_published' })
    expect(answer.statusCode).toBe(400)
  },
)

// ---------------------------------------------------------------- remove

test('a published target is taken down at its network and stays here, marked', async () => {
  const { id, target } = await postIn('published')
  const answer = await owner('POST', delivery(target, 'remove'))
  expect(answer.json(), answer.body).toEqual({
    targetId: target,
    accountId: chirpId,
    network: 'chirp',
    outcome: 'removed',
    message: null,
  })
  expect(removing.asked).toMatchObject([{ externalId: 'x1', url: 'https://chirp.example/x1' }])
  const shown = (await owner('GET', `/api/v1/posts/${id}`)).json()
  expect(shown).toMatchObject({ status: 'published', targets: [{ removedAt: expect.any(String) }] })
  await owner('POST', delivery(target, 'remove'))
  expect(removing.asked).toHaveLength(1)
})

test('a network that refuses leaves it there, and says so', async () => {
  const { id, target } = await postIn('published')
  removing.says = { outcome: 'failed', failure }
  const answer = await owner('POST', delivery(target, 'remove'))
  expect(answer.json()).toMatchObject({ outcome: 'failed', message: 'Chirp refused. Mend it.' })
  expect((await owner('GET', `/api/v1/posts/${id}`)).json().targets[0].removedAt).toBeNull()
  expect(await world.eventsOf(id)).toContain('post.removal_failed')
})

test('each target of a post succeeds or fails by itself', async () => {
  const galleryId = await world.addAccount('gallery')
  const { id } = await postIn('published', {
    targetAccountIds: [chirpId, galleryId],
    mediaIds: [await world.addMedia()],
  })
  const answer = await owner('POST', `/api/v1/posts/${id}/remove-from-networks`)
  expect(answer.json().data).toMatchObject([
    { network: 'chirp', outcome: 'removed' },
    { network: 'gallery', outcome: 'not_offered', message: expect.stringContaining('by hand') },
  ])
})

test('what is not published cannot be removed', async () => {
  const { id, target } = await postIn('failed')
  expect((await owner('POST', delivery(target, 'remove'))).statusCode).toBe(400)
  expect((await owner('POST', `/api/v1/posts/${id}/remove-from-networks`)).statusCode).toBe(400)
  expect(removing.asked).toEqual([])
})

test('an account that was disconnected cannot be asked any more', async () => {
  const { target } = await postIn('published')
  await owner('DELETE', `/api/v1/social-accounts/${chirpId}`)
  const answer = await owner('POST', delivery(target, 'remove'))
  expect(answer.json()).toMatchObject({
    outcome: 'not_offered',
    message: expect.stringContaining('disconnected'),
  })
})

test('removing needs the permission to delete', async () => {
  const { target } = await postIn('published')
  const lacking = await world.member(owner.workspaceId, ['posts.publish', 'posts.edit'])
  expect((await lacking('POST', delivery(target, 'remove'))).statusCode).toBe(403)
  const having = await world.member(owner.workspaceId, ['posts.delete'])
  expect((await having('POST', delivery(target, 'remove'))).statusCode).toBe(200)
})
