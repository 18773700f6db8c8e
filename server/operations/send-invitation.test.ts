import { Logger, runTaskListOnce } from 'graphile-worker'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { type MailServer, startMailServer } from '../../test/mail-server.ts'
import { createMailer, type Mailer } from '../net/mail.ts'
import { sendInvitation } from './send-invitation.ts'

let server: Awaited<ReturnType<typeof testApp>>
let mailServer: MailServer
let mailer: Mailer
let pool: pg.Pool
const from = 'Fanfare <fanfare@example.org>'

beforeAll(async () => {
  mailServer = await startMailServer()
  mailer = createMailer({ url: mailServer.url, from })
  server = await testApp({ mailer })
  pool = new pg.Pool({ connectionString: server.connectionString, max: 2 })
})
beforeEach(() => {
  mailServer.mails.length = 0
  mailServer.refuseWith(null)
  server.ctx.mailer = mailer
})
afterAll(async () => {
  await pool.end()
  await server.close()
  mailer.close()
  await mailServer.close()
})

interface Person {
  id: string
  email: string
  status: string
  mail: string | null
}

/** A new workspace with a founder; what it is called and who invites are for each story. */
async function founded({ workspace = 'Harbour Bakery', founder = 'Ada' } = {}) {
  const caller = await server.stranger(`founder-${server.ctx.newId()}@example.com`)
  const url = `/api/v1/workspaces/${caller.workspaceId}`
  await caller('PATCH', url, { name: workspace })
  await server.ctx.db.updateTable('users').set({ name: founder }).where('id', '=', caller.userId).execute()
  const roles: { id: string; name: string }[] = (await caller('GET', `${url}/roles`)).json().data
  const roleId = roles.find(({ name }) => name === 'Author')?.id
  return {
    invite: async (email: string) => {
      const answer = await caller('POST', `${url}/users/invite`, { email, roleId })
      expect(answer.statusCode, answer.body).toBe(201)
      return answer.json() as { id: string; acceptUrl: string | null }
    },
    withdraw: (id: string) => caller('DELETE', `${url}/users/${id}`),
    accept: (payload: object) => server.app.inject({ method: 'POST', url: `${url}/users/accept`, payload }),
    person: async (email: string) =>
      ((await caller('GET', `${url}/users`)).json().data as Person[]).find((one) => one.email === email),
    audit: async () => (await caller('GET', `${url}/audit`)).json().data as { action: string }[],
  }
}

/** Runs the chores that are due, as the engine's worker would. */
async function runChores() {
  const client = await pool.connect()
  try {
    await runTaskListOnce(
      { logger: new Logger(() => () => undefined) },
      {
        mail_invitation: (payload) =>
          sendInvitation(server.ctx, (payload as { invitationId: string }).invitationId),
      },
      client,
    )
  } finally {
    client.release()
  }
}

const jobs = async () =>
  (await pool.query('select payload, run_at from graphile_worker._private_jobs order by id')).rows

test('an invited person gets a mail with a link that works, and nobody else sees the link', async () => {
  const { invite, accept, person } = await founded()
  const invited = await invite('newcomer@example.net')
  expect(invited).toMatchObject({ acceptUrl: null })
  expect(await person('newcomer@example.net')).toMatchObject({ status: 'invited', mail: 'queued' })
  // The job names the invitation and nothing more.
  expect(await jobs()).toEqual([expect.objectContaining({ payload: { invitationId: invited.id } })])

  await runChores()
  expect(mailServer.mails).toHaveLength(1)
  const [mail] = mailServer.mails as [MailServer['mails'][0]]
  expect(mail.recipients).toEqual(['newcomer@example.net'])
  expect(mail.from?.text).toBe('"Fanfare" <fanfare@example.org>')
  expect(mail.subject).toBe('Ada invites you to Harbour Bakery on Fanfare')
  const link = /http\S+/.exec(mail.text ?? '')?.[0] ?? ''
  expect(mail.html).toContain(`href="${link}"`)
  expect(mail.text).toContain('as Author.')
  expect(await person('newcomer@example.net')).toMatchObject({ mail: 'sent' })

  const { rows } = await pool.query('select sealed_token from invitations where id = $1', [invited.id])
  expect(rows).toEqual([{ sealed_token: null }])
  const token = new URL(link).searchParams.get('token')
  const joined = await accept({ token, name: 'Newcomer', password: 'long enough' })
  expect(joined.statusCode, joined.body).toBe(200)
  await runChores()
  expect(mailServer.mails).toHaveLength(1)
})

test('while it is queued the token is nowhere in clear', async () => {
  const { invite } = await founded()
  const { id } = await invite('sealed@example.net')
  const dump = JSON.stringify([
    (await pool.query('select * from invitations where id = $1', [id])).rows,
    (await pool.query("select * from events where type = 'user.invited'")).rows,
    await jobs(),
  ])
  await runChores()
  const token = /token=(\S+)/.exec(mailServer.mails[0]?.text ?? '')?.[1] ?? ''
  expect(token.length).toBeGreaterThan(20)
  expect(dump).not.toContain(token)
})

test('names are shown as they were typed, and can neither add headers nor markup', async () => {
  const { invite } = await founded({
    workspace: '<b>Café & "Søn"</b>',
    founder: 'Eve\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>',
  })
  await invite('careful@example.net')
  await runChores()
  const [mail] = mailServer.mails as [MailServer['mails'][0]]
  expect(mail.recipients).toEqual(['careful@example.net'])
  expect(mail.bcc).toBeUndefined()
  expect(mail.subject).toContain('Eve Bcc: victim@example.org')
  expect(mail.text).toContain('<b>Café & "Søn"</b>')
  expect(mail.html).toContain('&lt;b&gt;Café &amp; &quot;Søn&quot;&lt;/b&gt;')
  expect(mail.html).not.toMatch(/<(b|script)>/)
})

test('a mail server that is busy or away is asked again, later and later, then the invitation says failed', async () => {
  const { invite, person, audit } = await founded()
  const { id } = await invite('patient@example.net')
  mailServer.refuseWith(451)
  await runChores()
  const waitsMin = []
  for (let tries = 1; tries <= 7; tries++) {
    const [job] = (await jobs()).filter(({ payload }) => payload.invitationId === id)
    waitsMin.push(Math.round((job.run_at.getTime() - server.ctx.clock.now().getTime()) / 6_000) / 10)
    expect(await person('patient@example.net')).toMatchObject({ mail: 'queued' })
    server.clock.set(job.run_at)
    // The second half of the tries finds nobody at that port at all.
    if (tries === 4) server.ctx.mailer = createMailer({ url: 'smtp://127.0.0.1:1', from })
    await sendInvitation(server.ctx, id)
  }
  expect(waitsMin).toEqual([0.5, 2, 10, 60, 240, 720, 1200])
  expect(await person('patient@example.net')).toMatchObject({ mail: 'failed' })
  expect((await audit()).map(({ action }) => action)).toContain('user.invitation_not_mailed')
  expect(mailServer.mails).toEqual([])
})

test('a mail server that is back sends what waited', async () => {
  const { invite, person } = await founded()
  const { id } = await invite('waiting@example.net')
  mailServer.refuseWith(421)
  await runChores()
  mailServer.refuseWith(null)
  await sendInvitation(server.ctx, id)
  expect(mailServer.mails.map(({ recipients }) => recipients)).toEqual([['waiting@example.net']])
  expect(await person('waiting@example.net')).toMatchObject({ mail: 'sent' })
})

test('a mailbox that does not exist is not asked twice', async () => {
  const { invite, person } = await founded()
  await invite('nobody@example.net')
  mailServer.refuseWith(550)
  await runChores()
  expect(await person('nobody@example.net')).toMatchObject({ mail: 'failed' })
})

test('a wrong login is a failure to mend, told without the password', async () => {
  const result = await createMailer({ url: mailServer.url.replace(mailServer.password, 'wrong'), from }).send(
    {
      id: 'x',
      to: 'x@example.net',
      subject: 's',
      text: 't',
      html: 'h',
    },
  )
  expect(result).toEqual({ outcome: 'failed', why: expect.stringContaining('SMTP_URL') })
})

test('an invitation that was withdrawn or replaced before its mail went out is not mailed', async () => {
  const { invite, withdraw } = await founded()
  const { id } = await invite('withdrawn@example.net')
  await withdraw(id)
  await invite('twice@example.net')
  await invite('twice@example.net')
  await runChores()
  expect(mailServer.mails.map(({ recipients }) => recipients)).toEqual([['twice@example.net']])
})
