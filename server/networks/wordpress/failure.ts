import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { asRecord, asString } from './request.ts'

const retryAfterMsDefault = 60_000

type Kind = Pick<Failure, 'class' | 'rule' | 'remedy'>

const credentialDead: Kind = {
  class: 'reconnect',
  rule: 'wordpress.credential_invalid',
  remedy:
    'Make a new application password in the profile of the WordPress user and connect the account again.',
}
const mayNot: Kind = {
  class: 'reconnect',
  rule: 'wordpress.rights_missing',
  remedy:
    'Give the WordPress user a role that may publish posts and upload files, then reconnect the account.',
}

/** `code` of the body first, then the status (developer.wordpress.org/rest-api; codes seen on WordPress 6.1.9). */
const byCode: Record<string, Kind> = {
  incorrect_password: credentialDead,
  invalid_username: credentialDead,
  invalid_email: credentialDead,
  rest_not_logged_in: credentialDead,
  rest_cannot_create: mayNot,
  rest_cannot_publish: mayNot,
  rest_cannot_edit: mayNot,
  rest_cannot_delete: mayNot,
  rest_forbidden: mayNot,
  rest_forbidden_status: mayNot,
  rest_no_route: {
    class: 'administrator',
    rule: 'wordpress.api_missing',
    remedy: 'Check that the REST API of the site is not switched off, and the address of the site.',
  },
}

/** @param tried in the words of a sentence: `publish the post`. */
export function failureOf(answer: HttpAnswer, tried: string): Failure {
  if (answer.kind !== 'answer') {
    const message = `Could not ${tried}: ${answer.why}`
    if (answer.kind === 'not_sent' && answer.blocked)
      return {
        class: 'administrator',
        rule: 'wordpress.address_blocked',
        message,
        remedy: 'Set FANFARE_ALLOW_PRIVATE_ADDRESSES if this site is meant to be reached.',
      }
    return {
      class: 'transient',
      rule: 'wordpress.unreachable',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  }
  const { status } = answer
  const body = asRecord(answer.json)
  const message = `The site refused to ${tried}: ${asString(body?.message)?.slice(0, 500) ?? `it answered ${status}`}`
  if (status === 429 || status === 503)
    return {
      class: 'rate_limited',
      rule: 'wordpress.busy',
      message,
      remedy: 'Nothing to do: it is tried again when the site allows it.',
      retryAfterMs: retryAfterMs(answer.headers),
    }
  const code = asString(body?.code) ?? ''
  // Without a credential that it takes, the site calls everybody a stranger who may not create posts (401).
  if (status === 401) return { ...credentialDead, message }
  return { ...(byCode[code] ?? byStatus(status, body !== undefined)), message }
}

function byStatus(status: number, isJson: boolean): Kind {
  if (status === 413)
    return {
      class: 'permanent',
      rule: 'wordpress.file_too_large',
      remedy: 'Make the file smaller, or raise the upload limit of the site.',
    }
  if (status >= 500 || status === 408)
    return { class: 'transient', rule: 'wordpress.server_error', remedy: 'Nothing to do: it is tried again.' }
  if (status === 403)
    return isJson
      ? mayNot
      : {
          class: 'administrator',
          rule: 'wordpress.blocked',
          remedy:
            'Something in front of the site (a firewall, a security plug-in) blocks this server: let it through.',
        }
  if (status === 404 || (status >= 300 && status < 400) || (status < 300 && !isJson))
    return {
      class: 'administrator',
      rule: 'wordpress.address_wrong',
      remedy: 'Connect the site with the address that the browser shows, and the folder it is in.',
    }
  return {
    class: 'permanent',
    rule: 'wordpress.rejected',
    remedy: 'Change the post so that the site takes it, then retry.',
  }
}

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400) * 1000 : retryAfterMsDefault
}
