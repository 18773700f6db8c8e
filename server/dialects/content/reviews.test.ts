import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { testContent, told } from '../../../test/content.ts'

let world: Awaited<ReturnType<typeof testContent>>
let owner: Caller
beforeAll(async () => {
  world = await testContent()
  owner = world.owner
})
afterAll(() => world.close())

const url = (id: string, verb = '') => `/content/slots/${id}${verb && `/${verb}`}`
const wrong = [409, 'INVALID_STATUS_TRANSITION']

/** Everything a slot may be shown as, and what A and the engine leave behind that is shown as one of these. */
const states = [
  'draft',
  'pending_review',
  'approved',
  'scheduled',
  'publishing',
  'published',
  'partially_failed',
  'failed',
  'uncertain',
  'cancelled',
] as const
type State = (typeof states)[number]

const shownAs = (state: State) => (state === 'uncertain' ? 'failed' : state === 'cancelled' ? 'draft' : state)

async function slotIn(state: State): Promise<string> {
  if (state === 'approved') {
    // Only the native API approves what has no time yet.
    const { id } = await world.newPost({
      content: 'Hello',
      contentType: 'text',
      targetAccountIds: [world.chirpId],
    })
    await owner('POST', url(id, 'submit-review'))
    expect((await owner('POST', url(id, 'approve'))).json().status).toBe('approved')
    return id
  }
  const targets = [{ connectionId: world.chirpId }]
  if (state === 'partially_failed') targets.push({ connectionId: await world.addAccount('chirp') })
  const { id } = await world.newSlot({ targets })
  if (state === 'draft') return id
  await owner('POST', url(id, 'submit-review'))
  if (state === 'pending_review') return id
  await owner('POST', url(id, 'approve'))
  if (state === 'scheduled') return id
  if (state === 'publishing') {
    // One account publishes one delivery at a time.
    await world.ctx.db
      .updateTable('deliveries')
      .set({ state: 'published' })
      .where('state', '=', 'publishing')
      .execute()
    await world.setDeliveries(id, 'publishing', { fenced: true })
  } else if (state === 'partially_failed') {
    await world.setDeliveries(id, 'published')
    const [first] = await world.deliveriesOf(id)
    await world.ctx.db
      .updateTable('deliveries')
      .set({ state: 'failed' })
      .where('id', '=', first?.id ?? '')
      .execute()
    await world.ctx.db.updateTable('posts').set({ status: 'partially_failed' }).where('id', '=', id).execute()
  } else await world.setDeliveries(id, state)
  return id
}

const verbs = {
  edit: (id: string) => owner('PATCH', url(id), { caption: 'Changed' }),
  delete: (id: string) => owner('DELETE', url(id)),
  submit: (id: string) => owner('POST', url(id, 'submit-review')),
  approve: (id: string) => owner('POST', url(id, 'approve'), { note: 'Looks great, approved!' }),
  reject: (id: string) => owner('POST', url(id, 'reject'), { note: 'Caption is too long for Twitter.' }),
  reschedule: (id: string) =>
    owner('POST', url(id, 'reschedule'), {
      scheduledAt: new Date(world.ctx.clock.now().getTime() + 7_200_000).toISOString(),
    }),
}
type Verb = keyof typeof verbs

/** DR7 and DR8: where each verb leads; what is not here is refused. */
const leads: Record<Verb, Partial<Record<State, string>>> = {
  edit: { draft: 'draft', pending_review: 'pending_review', cancelled: 'draft' },
  delete: { draft: 'gone', scheduled: 'gone', cancelled: 'gone' },
  submit: { draft: 'pending_review', cancelled: 'pending_review' },
  approve: { pending_review: 'scheduled' },
  reject: { pending_review: 'draft' },
  reschedule: {
    draft: 'draft',
    pending_review: 'pending_review',
    approved: 'scheduled',
    scheduled: 'scheduled',
    // It was approved before another API cancelled it, and still is.
    cancelled: 'approved',
  },
}
const cells = states.flatMap((state) =>
  (Object.keys(verbs) as Verb[]).map((verb) => ({ state, verb, to: leads[verb][state] ?? 'nowhere' })),
)

test.each(cells)('$verb leads a slot that is $state to $to', async ({ state, verb, to }) => {
  const id = await slotIn(state)
  const before = (await owner('GET', url(id))).json()
  expect(before.status).toBe(shownAs(state))
  const answer = await verbs[verb](id)
  const after = await owner('GET', url(id))
  if (to === 'nowhere') {
    expect(told(answer), answer.body).toEqual(wrong)
    expect(after.json()).toEqual(before)
  } else if (to === 'gone') {
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
    expect(told(after)).toEqual([404, 'SLOT_NOT_FOUND'])
  } else {
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json().status).toBe(to)
    expect(after.json()).toMatchObject({ status: to, targets: answer.json().targets })
  }
})

describe('reviewing', () => {
  test('leads from draft to scheduled, through the gateway as well, with the permission of each step', async () => {
    const { id } = await world.newSlot()
    expect(told(await world.gateway('content:slots.approve', 'POST', url(id, 'submit-review')))[0]).toBe(403)
    const submitted = await world.gateway('content:slots.write', 'POST', url(id, 'submit-review'))
    expect(submitted.json(), submitted.body).toMatchObject({ id, status: 'pending_review' })
    for (const verb of ['approve', 'reject'])
      expect(told(await world.gateway('content:slots.write', 'POST', url(id, verb), { note: 'x' }))).toEqual([
        403,
        'INSUFFICIENT_PERMISSIONS',
      ])
    const approved = await world.gateway('content:slots.approve', 'POST', url(id, 'approve'), {
      note: 'Looks great, approved!',
    })
    expect(approved.json(), approved.body).toMatchObject({ id, status: 'scheduled' })
    expect((await owner('GET', url(id))).json().reviewNote).toBe('Looks great, approved!')
  })

  test('an approval needs no body at all', async () => {
    const { id } = await world.newSlot()
    await owner('POST', url(id, 'submit-review'))
    const answer = await owner('POST', url(id, 'approve'))
    expect(answer.json(), answer.body).toMatchObject({ status: 'scheduled' })
  })

  test('a rejection says why, and the author finds it with the slot', async () => {
    const { id } = await world.newSlot()
    await owner('POST', url(id, 'submit-review'))
    for (const body of [undefined, {}, { note: ' ' }, { note: 5 }])
      expect(told(await owner('POST', url(id, 'reject'), body)), JSON.stringify(body)).toEqual([
        422,
        'VALIDATION_ERROR',
      ])
    const note = 'Caption is too long for Twitter. Please shorten.'
    const rejected = await owner('POST', url(id, 'reject'), { note })
    expect(rejected.json()).toMatchObject({ id, status: 'draft', reviewNote: note })
    expect((await owner('GET', url(id))).json()).toMatchObject({ status: 'draft', reviewNote: note })
    await owner('PATCH', url(id), { caption: 'Shorter' })
    expect((await owner('POST', url(id, 'submit-review'))).json().status).toBe('pending_review')
  })

  test('a slot whose time has gone by, or whose connection has expired, stays in review', async () => {
    const late = await world.newSlot()
    await owner('POST', url(late.id, 'submit-review'))
    world.clock.advance(2 * 3_600_000)
    expect(told(await owner('POST', url(late.id, 'approve')))).toEqual([422, 'SCHEDULE_PAST_TIME'])
    expect((await owner('GET', url(late.id))).json().status).toBe('pending_review')
    const moved = await verbs.reschedule(late.id)
    expect(moved.json(), moved.body).toMatchObject({ status: 'pending_review' })
    expect((await owner('POST', url(late.id, 'approve'))).json().status).toBe('scheduled')
    world.clock.set(new Date())

    const connectionId = await world.addAccount('chirp')
    const expired = await world.newSlot({ targets: [{ connectionId }] })
    await owner('POST', url(expired.id, 'submit-review'))
    await world.ctx.db
      .updateTable('accounts')
      .set({ state: 'expired' })
      .where('id', '=', connectionId)
      .execute()
    expect(told(await owner('POST', url(expired.id, 'approve')))).toEqual([422, 'CONNECTION_EXPIRED'])
    expect((await owner('GET', url(expired.id))).json().status).toBe('pending_review')
  })

  test('where four eyes are wanted, nobody approves what they submitted, behind the gateway neither', async () => {
    const workspace = `/api/v1/workspaces/${owner.workspaceId}`
    await owner('PATCH', workspace, { approvals: 'required' })
    const own = await world.newSlot()
    await owner('POST', url(own.id, 'submit-review'))
    expect(told(await owner('POST', url(own.id, 'approve')))).toEqual([403, 'SELF_APPROVAL'])
    const theirs = await world.newSlot()
    await world.gateway('content:slots.write', 'POST', url(theirs.id, 'submit-review'))
    const approve = (user: string) =>
      world.gateway('content:slots.approve', 'POST', url(theirs.id, 'approve'), undefined, {
        'x-user-id': user,
      })
    expect(told(await approve('user-7'))).toEqual([403, 'SELF_APPROVAL'])
    expect((await approve('user-8')).json().status).toBe('scheduled')
    await owner('PATCH', workspace, { approvals: 'off' })
  })
})

test('the log of a slot tells what became of each target, and nothing of the slot as a whole', async () => {
  const { id } = await world.newSlot()
  await owner('POST', url(id, 'submit-review'))
  await owner('POST', url(id, 'approve'))
  expect((await owner('GET', url(id, 'logs'))).json()).toEqual({ data: [] })
  const [delivery] = await world.deliveriesOf(id)
  const tried = ['publish_attempt', 'retry_scheduled', 'publish_attempt', 'publish_success']
  for (const action of tried)
    await world.ctx.db
      .insertInto('publishLog')
      .values({
        id: world.ctx.newId(),
        workspaceId: owner.workspaceId,
        postId: id,
        deliveryId: delivery?.id,
        action,
        createdAt: world.ctx.clock.now(),
      })
      .execute()
  await world.setDeliveries(id, 'published', { url: 'https://chirp.example/clientbrand/1' })
  const { data } = (await owner('GET', url(id, 'logs'))).json()
  expect(data.map(({ action }: { action: string }) => action)).toEqual(tried)
  expect(data[3]).toEqual({
    id: expect.any(String),
    slotTargetId: delivery?.id,
    action: 'publish_success',
    platform: 'chirp',
    externalPostUrl: 'https://chirp.example/clientbrand/1',
    message: null,
    createdAt: expect.any(String),
  })
  expect(data[0]).not.toHaveProperty('externalPostUrl')
  expect((await owner('GET', url(id))).json()).toMatchObject({
    status: 'published',
    targets: [{ publishStatus: 'published', externalPostUrl: 'https://chirp.example/clientbrand/1' }],
    logs: data,
  })
})
