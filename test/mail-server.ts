/** A mail server in the test's process: takes mail from one login, keeps it, and refuses what a test tells it to. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface MailServer {
  url: string
  password: string
  /** In the order they came. */
  mails: (ParsedMail & { recipients: string[] })[]
  /** Answers every recipient with this code from now on; null: takes them. */
  refuseWith(code: number | null): void
  close(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const password = 'mail-password-nobody-may-see'
  const mails: MailServer['mails'] = []
  let refusal: number | null = null
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password: given }, _session, done) {
      if (username === 'fanfare@example.org' && given === password) done(null, { user: username })
      else done(new Error('Wrong login'))
    },
    onRcptTo(_address, _session, done) {
      done(refusal === null ? null : Object.assign(new Error('Not today'), { responseCode: refusal }))
    },
    onData(stream, session, done) {
      simpleParser(stream).then((mail) => {
        mails.push(Object.assign(mail, { recipients: session.envelope.rcptTo.map(({ address }) => address) }))
        done()
      }, done)
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://fanfare%40example.org:${password}@127.0.0.1:${port}`,
    password,
    mails,
    refuseWith: (code) => {
      refusal = code
    },
    close: () => new Promise((done) => server.close(() => done())),
  }
}
