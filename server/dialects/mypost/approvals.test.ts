import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let author: typeof world.owner
let approver: typeof world.owner
let chirpId: string

beforeAll(async () => {
  world = await testPosting()
  owner = world.owner
  chirpId = await world.addAccount()
  author = await world.member(owner.workspaceId, ['posts.create', 'posts.edit', 'posts.schedule'])
  approver = await world.member(owner.workspaceId, ['posts.approve'])
})
afterAll(() => world.close())
beforeEach(() => mode('required'))

const mode = (approvals: 'off' | 'required', allowSelfApproval = false) =>
  owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { approvals, allowSelfApproval })
const post = (id: string, verb = '') => `/api/v1/posts/${id}${verb && `/${verb}`}`
const read = async (id: string) => (await owner('GET', post(id))).json()

async function submitted(body: object = {}) {
  const made = await world.newPost({ content: 'Draft', targetAccountIds: [chirpId], ...body }, author)
  const answer = await author('POST', post(made.id, 'submit-for-approval'))
  expect(answer.statusCode, answer.body).toBe(201)
  return { id: made.id as string, approvalId: answer.json().id as string, scheduledAt: made.scheduledAt }
}
const approve = (approvalId: string, by = approver, more = {}) =>
  by('POST', `/api/v1/approvals/${approvalId}/approve`, undefined, more)

test('asked, approved, scheduled: the post goes out at the time its author gave', async () => {
  const scheduledAt = world.inAnHour()
  const { id, approvalId } = await submitted({ scheduledAt })
  expect(await read(id)).toMatchObject({
    status: 'pending_approval',
    scheduledAt,
    targets: [{ status: 'draft' }],
  })
  const answer = await approve(approvalId)
  expect(answer.json()).toMatchObject({
    id: approvalId,
    postId: id,
    status: 'approved',
    submittedBy: author.userId,
    decidedBy: approver.userId,
  })
  expect(await read(id)).toMatchObject({ status: 'scheduled', approval: 'approved', scheduledAt })
  const again = await approve(approvalId)
  expect([again.statusCode, again.json().error.details[0].path]).toEqual([400, 'status'])
  expect(await world.eventsOf(id)).toEqual([
    'post.created',
    'approval.requested',
    'approval.decided',
    'post.scheduled',
  ])
})

test('approved without a time it is an approved draft, which its author may schedule', async () => {
  const { id, approvalId } = await submitted()
  await approve(approvalId)
  expect(await read(id)).toMatchObject({ status: 'draft', approval: 'approved' })
  const answer = await author('POST', post(id, 'schedule'), { scheduledAt: world.inAnHour() })
  expect(answer.json()).toMatchObject({ status: 'scheduled' })
})

test('where approval is required, what was not approved goes nowhere', async () => {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
  })
  expect(made).toMatchObject({ status: 'draft', scheduledAt: expect.any(String) })
  for (const [verb, body] of [
    ['schedule', { scheduledAt: world.inAnHour() }],
    ['publish', undefined],
  ] as const) {
    const answer = await owner('POST', post(made.id, verb), body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.details).toMatchObject([{ path: 'status', rule: 'approval_required' }])
  }
  const moved = await owner('PATCH', post(made.id), { scheduledAt: '2030-01-01T00:00:00Z' })
  expect(moved.json()).toMatchObject({ status: 'draft', scheduledAt: '2030-01-01T00:00:00.000Z' })
})

test.each(['off', 'required'] as const)(
  'what is pending can be neither scheduled nor published, with approvals %s',
  async (approvals) => {
    await mode(approvals)
    const { id } = await submitted()
    for (const [verb, body] of [
      ['schedule', { scheduledAt: world.inAnHour() }],
      ['publish', undefined],
      ['submit-for-approval', undefined],
    ] as const) {
      const answer = await owner('POST', post(id, verb), body)
      expect(answer.json().error.details).toMatchObject([{ path: 'status', rule: 'post_pending' }])
    }
    const timed = await owner('PATCH', post(id), { scheduledAt: world.inAnHour() })
    expect(timed.json()).toMatchObject({ status: 'pending_approval', targets: [{ status: 'draft' }] })
  },
)

test('editing a pending post binds the approval to the new content', async () => {
  const { id, approvalId } = await submitted({ scheduledAt: world.inAnHour() })
  await author('PATCH', post(id), { content: 'Better' })
  expect((await approve(approvalId)).statusCode).toBe(200)
  const row = await world.ctx.db
    .selectFrom('posts')
    .select(['contentHash', 'approvedHash'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(row.approvedHash).toEqual(row.contentHash)
  expect(await read(id)).toMatchObject({ status: 'scheduled', content: 'Better' })
})

test('an approver who names the version approves nothing that was edited since', async () => {
  const { id, approvalId } = await submitted()
  const seen = (await owner('GET', post(id))).headers.etag as string
  await author('PATCH', post(id), { content: 'Worse' })
  const answer = await approve(approvalId, approver, { headers: { 'if-match': seen } })
  expect(answer.statusCode).toBe(412)
  expect(await read(id)).toMatchObject({ status: 'pending_approval' })
})

test.each([
  ['content', { content: 'Changed' }],
  ['an override', { overrides: {} }],
  ['hashtags', { hashtags: ['new'] }],
  ['options', { options: { visibility: 'private' } }],
] as const)('editing %s of an approved post takes it back to draft, its time kept', async (_what, change) => {
  for (const approvals of ['off', 'required'] as const) {
    await mode('required')
    const scheduledAt = world.inAnHour()
    const { id, approvalId } = await submitted({ scheduledAt, overrides: { [chirpId]: { content: 'Here' } } })
    await approve(approvalId)
    await mode(approvals)
    const answer = await author('PATCH', post(id), change)
    expect(answer.json(), answer.body).toMatchObject({
      status: 'draft',
      approval: 'none',
      scheduledAt,
      targets: [{ status: 'draft' }],
    })
    const rounds = (await owner('GET', post(id, 'approvals'))).json()
    expect(rounds.data).toMatchObject([{ status: 'void' }])
    expect(await world.eventsOf(id)).toContain('approval.voided')
  }
})

test('a new target of an approved post waits for approval with the rest', async () => {
  const { id, approvalId } = await submitted({ scheduledAt: world.inAnHour() })
  await approve(approvalId)
  const second = await world.addAccount()
  const answer = await author('PATCH', post(id), { targetAccountIds: [chirpId, second] })
  expect(answer.json()).toMatchObject({
    status: 'draft',
    targets: [{ status: 'draft' }, { status: 'draft' }],
  })
})

test('moving an approved post, or labelling it, needs no new approval', async () => {
  const { id, approvalId } = await submitted({ scheduledAt: world.inAnHour() })
  await approve(approvalId)
  const scheduledAt = '2030-01-01T00:00:00.000Z'
  expect((await author('POST', post(id, 'schedule'), { scheduledAt })).json()).toMatchObject({
    status: 'scheduled',
  })
  expect((await author('PATCH', post(id), { timezone: 'Europe/Zurich' })).json()).toMatchObject({
    status: 'scheduled',
    approval: 'approved',
  })
})

test('a new text and a new time at once: a draft with the new time', async () => {
  const { id, approvalId } = await submitted({ scheduledAt: world.inAnHour() })
  await approve(approvalId)
  const scheduledAt = '2030-01-01T00:00:00.000Z'
  const answer = await author('PATCH', post(id), { content: 'Changed', scheduledAt })
  expect(answer.json()).toMatchObject({ status: 'draft', scheduledAt })
})

test('a time that has gone by is refused and leaves the post pending', async () => {
  const { id, approvalId } = await submitted({ scheduledAt: world.inAnHour() })
  await world.ctx.db
    .updateTable('posts')
    .set({ dueAt: new Date(world.ctx.clock.now().getTime() - 1000) })
    .where('id', '=', id)
    .execute()
  const answer = await approve(approvalId)
  expect(answer.json().error.details).toMatchObject([{ path: 'scheduledAt', rule: 'schedule_past_time' }])
  expect(await read(id)).toMatchObject({ status: 'pending_approval' })
})

test('a rejection carries a reason and gives the post back to its author, who may ask again', async () => {
  const { id, approvalId } = await submitted()
  const reject = (body: unknown) => approver('POST', `/api/v1/approvals/${approvalId}/reject`, body)
  expect((await reject({})).statusCode).toBe(400)
  expect((await reject({ reason: '  ' })).json().error.details).toMatchObject([{ path: 'reason' }])
  const answer = await reject({ reason: 'Too bold' })
  expect(answer.json()).toMatchObject({ status: 'rejected', reason: 'Too bold' })
  expect(await read(id)).toMatchObject({ status: 'draft', approval: 'none' })
  expect((await author('POST', post(id, 'submit-for-approval'))).statusCode).toBe(201)
  const rounds = (await owner('GET', post(id, 'approvals'))).json().data
  expect(rounds.map((round: { status: string }) => round.status)).toEqual(['pending', 'rejected'])
})

test('nobody approves their own post where approval is required, unless the workspace allows it', async () => {
  const own = await world.newPost({ content: 'mine', targetAccountIds: [chirpId] })
  const { id } = (await owner('POST', post(own.id, 'submit-for-approval'))).json()
  const refused = await approve(id, owner)
  expect([refused.statusCode, refused.json().error.code]).toEqual([403, 'FORBIDDEN'])
  await mode('required', true)
  expect((await approve(id, owner)).statusCode).toBe(200)
})

test('approving needs its permission; publishing implies it', async () => {
  const { approvalId } = await submitted()
  expect((await approve(approvalId, author)).statusCode).toBe(403)
  const publisher = await world.member(owner.workspaceId, ['posts.publish'])
  expect((await approve(approvalId, publisher)).statusCode).toBe(200)
})

test('of two who decide at once, one does', async () => {
  const { approvalId } = await submitted()
  const answers = await Promise.all([
    approve(approvalId),
    approver('POST', `/api/v1/approvals/${approvalId}/reject`, { reason: 'no' }),
  ])
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400])
})

test('the list shows who waits longest first', async () => {
  const [one, two] = [await submitted(), await submitted()]
  const page = await owner('GET', `/api/v1/workspaces/${owner.workspaceId}/approvals?status=pending`)
  const ids = page.json().data.map((approval: { id: string }) => approval.id)
  expect(ids.indexOf(one.approvalId)).toBeLessThan(ids.indexOf(two.approvalId))
  expect(ids.at(-1)).toBe(two.approvalId)
})
