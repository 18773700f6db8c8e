import { createTransport } from 'nodemailer'

export interface Mailer {
  /** One attempt. Never throws for what the mail server does. */
  send(mail: Mail): Promise<MailResult>
  close(): void
}

export interface Mail {
  to: string
  subject: string
  text: string
  html: string
  /** The same for every attempt at one mail, so that a mailbox that gets two can tell. */
  id: string
}

/** `refused`: the mail server takes this mail from nobody, now or later (no such mailbox). `failed`: try again. */
export type MailResult = { outcome: 'accepted' } | { outcome: 'refused' | 'failed'; why: string }

const connectMsMax = 10_000
/** Silence of the mail server within a conversation. */
const silenceMsMax = 20_000

/**
 * Sends mail through the operator's server.
 * @param url `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…:465`
 * @param from `Fanfare <fanfare@example.org>`
 */
export function createMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: connectMsMax,
    greetingTimeout: connectMsMax,
    dnsTimeout: connectMsMax,
    socketTimeout: silenceMsMax,
    // Texts are ours alone; nothing in them is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([^\s>]+)>?$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send({ id, to, ...mail }) {
      try {
        await transport.sendMail({
          ...mail,
          from,
          // As an object: what stands in a text could be read as several addresses.
          to: { name: '', address: to },
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { outcome: 'accepted' }
      } catch (error) {
        return unsent(error as Error & { code?: string; responseCode?: number })
      }
    },
    close: () => transport.close(),
  }
}

/** The server's own words stay out: they may hold the login, and go to members of a workspace. */
function unsent({ code = 'unknown', responseCode }: { code?: string; responseCode?: number }): MailResult {
  if (responseCode && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE'))
    return { outcome: 'refused', why: `The mail server refused the mail (${responseCode}).` }
  const detail = responseCode ? `${code} ${responseCode}` : code
  return {
    outcome: 'failed',
    why:
      code === 'EAUTH'
        ? `The mail server refused the login of SMTP_URL (${detail}).`
        : `The mail server did not take the mail (${detail}).`,
  }
}
