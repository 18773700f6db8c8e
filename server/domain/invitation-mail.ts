/** What an invited person reads. */
export interface InvitationMail {
  subject: string
  text: string
  html: string
}

export interface InvitationFacts {
  workspace: string
  role: string
  /** Null when no person invited. */
  inviter: string | null
  acceptUrl: string
  expiresAt: Date
}

/** Names are what somebody typed: on one line, not endless, and in HTML without effect. */
export function writeInvitationMail(facts: InvitationFacts): InvitationMail {
  const workspace = onOneLine(facts.workspace)
  const role = onOneLine(facts.role)
  const inviter = facts.inviter === null ? null : onOneLine(facts.inviter)
  const invites = inviter ? `${inviter} invites you` : 'You are invited'
  const invitation = `${invites} to join the workspace “${workspace}” on Fanfare as ${role}.`
  const until = `The link works once, until ${dayFormat.format(facts.expiresAt)}.`
  const unexpected = 'If you did not expect this, ignore it: nothing happens unless the link is opened.'
  return {
    subject: `${invites} to ${workspace} on Fanfare`,
    text: `${invitation}\n\nAccept the invitation:\n${facts.acceptUrl}\n\n${until}\n${unexpected}\n`,
    html: [
      '<!doctype html><meta charset="utf-8"><body style="font-family:sans-serif;line-height:1.5;max-width:36em">',
      `<p>${escapeHtml(invitation)}</p>`,
      `<p><a href="${escapeHtml(facts.acceptUrl)}" style="display:inline-block;padding:.6em 1.2em;background:#1f4fd8;color:#fff;text-decoration:none;border-radius:.3em">Accept the invitation</a></p>`,
      `<p>${escapeHtml(until)} ${escapeHtml(unexpected)}</p></body>`,
    ].join('\n'),
  }
}

const nameCharactersMax = 100

const onOneLine = (name: string) =>
  name
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, nameCharactersMax)

const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
