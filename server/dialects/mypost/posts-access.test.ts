import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let chirpId: string

beforeAll(async () => {
  world = await testPosting()
  owner = world.owner
  chirpId = await world.addAccount('chirp')
})
afterAll(() => world.close())

const posts = (brandId = owner.brandId) => `/api/v1/brands/${brandId}/posts`
const post = (id: string, verb = '') => `/api/v1/posts/${id}${verb && `/${verb}`}`

test('each verb needs its permission, and that one is enough', async () => {
  const fresh = async () =>
    world.newPost({ content: 'a', targetAccountIds: [chirpId], scheduledAt: world.inAnHour() })
  const draft = async () => world.newPost({ content: 'a', targetAccountIds: [chirpId] })
  const failed = async () => {
    const one = await fresh()
    await world.setDeliveries(one.id, 'failed')
    return one
  }
  const uncertain = async () => {
    const one = await fresh()
    await world.setDeliveries(one.id, 'uncertain')
    return one
  }
  type Made = Awaited<ReturnType<typeof fresh>>
  const cases: [
    string,
    () => Promise<Made>,
    (one: Made) => [Parameters<typeof owner>[0], string, unknown?],
    number,
  ][] = [
    ['posts.create', draft, () => ['POST', posts(), { content: 'a' }], 201],
    [
      'posts.create',
      draft,
      () => ['POST', '/api/v1/posts/validate', { brandId: owner.brandId, content: 'a' }],
      200,
    ],
    ['posts.edit', fresh, ({ id }) => ['PATCH', post(id), { content: 'b' }], 200],
    ['posts.delete', fresh, ({ id }) => ['DELETE', post(id)], 204],
    [
      'posts.schedule',
      draft,
      ({ id }) => ['POST', post(id, 'schedule'), { scheduledAt: world.inAnHour() }],
      200,
    ],
    ['posts.schedule', fresh, ({ id }) => ['POST', post(id, 'cancel')], 200],
    ['posts.publish', draft, ({ id }) => ['POST', post(id, 'publish')], 202],
    ['posts.create', draft, ({ id }) => ['POST', post(id, 'submit-for-approval')], 201],
    ['posts.publish', failed, ({ targets }) => ['POST', `/api/v1/deliveries/${targets[0].id}/retry`], 200],
    [
      'posts.publish',
      uncertain,
      ({ targets }) => ['POST', `/api/v1/deliveries/${targets[0].id}/resolve`, { outcome: 'not_published' }],
      200,
    ],
  ]
  const all = ['posts.create', 'posts.edit', 'posts.delete', 'posts.schedule', 'posts.publish']
  for (const [permission, make, ask, status] of cases) {
    const [lacking, having] = [
      await world.member(
        owner.workspaceId,
        all.filter((one) => one !== permission),
      ),
      await world.member(owner.workspaceId, [permission]),
    ]
    const one = await make()
    const [method, url, body] = ask(one)
    const no = await lacking(method, url, body)
    expect([method, url, no.statusCode], no.body).toEqual([method, url, 403])
    const yes = await having(method, url, body)
    expect([method, url, yes.statusCode], yes.body).toEqual([method, url, status])
  }
})

test('scheduling while writing or editing needs the permission to schedule as well', async () => {
  const author = await world.member(owner.workspaceId, ['posts.create', 'posts.edit'])
  const body = { content: 'a', targetAccountIds: [chirpId] }
  expect((await author('POST', posts(), { ...body, scheduledAt: world.inAnHour() })).statusCode).toBe(403)
  const draft = await author('POST', posts(), body)
  expect(draft.statusCode).toBe(201)
  const time = { scheduledAt: world.inAnHour() }
  expect((await author('PATCH', post(draft.json().id), time)).statusCode).toBe(403)
  expect((await author('PATCH', post(draft.json().id), { content: 'b' })).statusCode).toBe(200)
})

test('a stranger finds nothing, by any address', async () => {
  const stranger = await world.stranger('second@example.com')
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
  })
  const approval = (
    await owner('POST', post((await world.newPost({ content: 'b' })).id, 'submit-for-approval'))
  ).json()
  const delivery = `/api/v1/deliveries/${made.targets[0].id}`
  for (const [method, url, body] of [
    ['GET', posts()],
    ['POST', posts(), { content: 'a' }],
    ['POST', '/api/v1/posts/validate', { brandId: owner.brandId, content: 'a' }],
    ['GET', post(made.id)],
    ['PATCH', post(made.id), { content: 'x' }],
    ['DELETE', post(made.id)],
    ['POST', post(made.id, 'schedule'), { scheduledAt: world.inAnHour() }],
    ['POST', post(made.id, 'publish')],
    ['POST', post(made.id, 'cancel')],
    ['GET', post(made.id, 'log')],
    ['GET', post(made.id, 'approvals')],
    ['POST', post(made.id, 'submit-for-approval')],
    ['POST', post(made.id, 'remove-from-networks')],
    ['POST', `${delivery}/retry`],
    ['POST', `${delivery}/resolve`, { outcome: 'not_published' }],
    ['POST', `${delivery}/remove`],
    ['POST', `/api/v1/approvals/${approval.id}/approve`],
    ['POST', `/api/v1/approvals/${approval.id}/reject`, { reason: 'no' }],
    ['GET', `/api/v1/workspaces/${owner.workspaceId}/approvals`],
  ] as const) {
    const answer = await stranger(method, url, body)
    expect([method, url, answer.statusCode], answer.body).toEqual([method, url, 404])
    expect(answer.body).not.toContain('hush-')
    const anonymous = await world.app.inject({ method, url, ...(body && { payload: body }) })
    expect(anonymous.statusCode).toBe(401)
  }
  expect((await owner('GET', post(made.id))).json()).toEqual(made)
})
