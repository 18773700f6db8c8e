/**
 * The small state machines, from every state with every verb: what the table allows works, the rest is refused and
 * leaves everything as it was. Posts have theirs in `server/operations/post-stages.test.ts`.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'
import { hashToken } from '../../net/token.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let accountId: string
beforeAll(async () => {
  world = await testPosting()
  owner = world.owner
  accountId = await world.addAccount()
})
afterAll(() => world.close())

const workspace = (path: string) => `/api/v1/workspaces/${owner.workspaceId}/${path}`
const rowOf = async (table: string, id: string) =>
  (await sql`select to_jsonb(t) as row from ${sql.table(table)} as t where id = ${id}`.execute(world.ctx.db))
    .rows[0]

describe('approvals', () => {
  const allowed = { pending: ['approve', 'reject'], approved: [], rejected: [], void: [] } as const
  for (const [state, verbs] of Object.entries(allowed))
    for (const verb of ['approve', 'reject'] as const)
      test(`${verb} when ${state}`, async () => {
        const post = await world.newPost({ content: 'Hello', targetAccountIds: [accountId] })
        const submitted = await owner('POST', `/api/v1/posts/${post.id}/submit-for-approval`)
        expect(submitted.statusCode, submitted.body).toBe(201)
        const { id } = submitted.json()
        if (state !== 'pending')
          await sql`update approvals set state = ${state}::approval_state, decided_at = now() where id = ${id}`.execute(
            world.ctx.db,
          )
        const before = await rowOf('approvals', id)
        const body = verb === 'reject' ? { reason: 'Not yet' } : undefined
        const answer = await owner('POST', `/api/v1/approvals/${id}/${verb}`, body)
        if ((verbs as readonly string[]).includes(verb)) {
          expect([answer.statusCode, answer.json().status]).toEqual([
            200,
            verb === 'reject' ? 'rejected' : 'approved',
          ])
        } else {
          expect([answer.statusCode, answer.json().error?.details[0].path]).toEqual([400, 'status'])
          expect(await rowOf('approvals', id)).toEqual(before)
        }
      })
})

describe('recurrences', () => {
  /** The state after the verb; null: refused. */
  const after = {
    active: { pause: 'paused', resume: 'active', skip: 'active', change: 'active', delete: 'gone' },
    paused: { pause: 'paused', resume: 'active', skip: 'paused', change: 'paused', delete: 'gone' },
    ended: { pause: null, resume: null, skip: 'ended', change: 'ended', delete: 'gone' },
  } as const
  for (const [state, verbs] of Object.entries(after))
    for (const [verb, expected] of Object.entries(verbs))
      test(`${verb} when ${state}`, async () => {
        const made = await owner('POST', `/api/v1/brands/${owner.brandId}/recurrences`, {
          name: 'Daily',
          cron: '0 9 * * *',
          timezone: 'UTC',
          template: { content: 'Good morning' },
          targetAccountIds: [accountId],
          autoSchedule: false,
        })
        expect(made.statusCode, made.body).toBe(201)
        const { id } = made.json()
        await sql`update recurrences set status = ${state}::recurrence_status where id = ${id}`.execute(
          world.ctx.db,
        )
        const before = await rowOf('recurrences', id)
        const url = `/api/v1/recurrences/${id}`
        const farOff = new Date(world.ctx.clock.now().getTime() + 90 * 86_400_000)
        farOff.setUTCHours(9, 0, 0, 0)
        const answer =
          verb === 'delete'
            ? await owner('DELETE', url)
            : verb === 'change'
              ? await owner('PATCH', url, { name: 'Each day' })
              : await owner(
                  'POST',
                  `${url}/${verb}`,
                  verb === 'skip' ? { at: farOff.toISOString() } : undefined,
                )
        if (expected === null) {
          expect([answer.statusCode, answer.json().error?.details[0].path]).toEqual([400, 'status'])
          expect(await rowOf('recurrences', id)).toEqual(before)
        } else {
          expect(answer.statusCode, answer.body).toBeLessThan(300)
          const read = await owner('GET', url)
          expect(read.statusCode === 404 ? 'gone' : read.json().status).toBe(expected)
        }
      })
})

describe('invitations', () => {
  const allowed = { open: true, accepted: false, withdrawn: false, expired: false }
  for (const [state, works] of Object.entries(allowed))
    for (const verb of ['accept', 'change the role of', 'withdraw'])
      test(`${verb} one that is ${state}`, async () => {
        const roles: { id: string; name: string }[] = (await owner('GET', workspace('roles'))).json().data
        const roleId = (name: string) => roles.find((role) => role.name === name)?.id
        const email = `${world.ctx.newId()}@example.com`
        const invited = await owner('POST', workspace('users/invite'), { email, roleId: roleId('Viewer') })
        const { id, acceptUrl } = invited.json()
        const token = new URL(acceptUrl).searchParams.get('token') as string
        const now = world.ctx.clock.now()
        const column = { accepted: 'accepted_at', withdrawn: 'revoked_at', expired: 'expires_at' }[state]
        if (column)
          await sql`update invitations set ${sql.ref(column)} = ${now} where token_hash = ${hashToken(token)}`.execute(
            world.ctx.db,
          )
        const before = await rowOf('invitations', id)
        const answer =
          verb === 'accept'
            ? await world.app.inject({
                method: 'POST',
                url: workspace('users/accept'),
                payload: { token, name: 'New', password: 'long enough' },
              })
            : verb === 'withdraw'
              ? await owner('DELETE', workspace(`users/${id}`))
              : await owner('PATCH', workspace(`users/${id}`), { roleId: roleId('Author') })
        if (works) expect(answer.statusCode, answer.body).toBeLessThan(300)
        else {
          // The token of one that is not open says nothing; its id is nobody's.
          expect(answer.statusCode).toBe(verb === 'accept' ? 400 : 404)
          expect(await rowOf('invitations', id)).toEqual(before)
        }
      })
})

describe('webhooks', () => {
  const verbs: Record<
    string,
    { ask: (url: string, deliveryId: string) => ReturnType<typeof owner>; whenOff: boolean }
  > = {
    test: { ask: (url) => owner('POST', `${url}/test`), whenOff: false },
    replay: {
      ask: (url) => owner('POST', `${url}/replay`, { since: '2020-01-01T00:00:00Z' }),
      whenOff: false,
    },
    'replay one': { ask: (url, id) => owner('POST', `${url}/deliveries/${id}/replay`), whenOff: false },
    change: { ask: (url) => owner('PATCH', url, { events: ['post.failed'] }), whenOff: true },
    'read the log': { ask: (url) => owner('GET', `${url}/deliveries`), whenOff: true },
    'switch on': { ask: (url) => owner('PATCH', url, { active: true }), whenOff: true },
    'switch off': { ask: (url) => owner('PATCH', url, { active: false }), whenOff: true },
    delete: { ask: (url) => owner('DELETE', url), whenOff: true },
  }
  for (const state of ['on', 'off'])
    for (const [verb, { ask, whenOff }] of Object.entries(verbs))
      test(`${verb} when ${state}`, async () => {
        const made = await owner('POST', '/api/v1/webhooks', {
          url: 'https://example.com/hook',
          events: ['post.published'],
          secret: 'a-signing-secret',
        })
        const url = `/api/v1/webhooks/${made.json().id}`
        const sent = await owner('POST', `${url}/test`)
        if (state === 'off') await owner('PATCH', url, { active: false })
        const before = await rowOf('webhook_endpoints', made.json().id)
        const answer = await ask(url, sent.json().id)
        if (state === 'on' || whenOff) expect(answer.statusCode, answer.body).toBeLessThan(300)
        else {
          expect([answer.statusCode, answer.json().error?.details[0].path]).toEqual([400, 'status'])
          expect(await rowOf('webhook_endpoints', made.json().id)).toEqual(before)
        }
        if (verb !== 'delete') await owner('DELETE', url)
      })
})
