import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { serverOrigin } from '../../net/origins.ts'
import { asString } from '../../net/read-json.ts'
import type {
  AccountContext,
  ConnectContext,
  Connected,
  CredentialsConnect,
  Done,
  Json,
  Outcome,
} from '../network.ts'
import { errorName, failureOf } from './failure.ts'
import { findServer, serverIn } from './find-server.ts'
import { entryway } from './origins.ts'
import { readProfile } from './profile.ts'
import { createSession, deleteSession } from './session.ts'

export const connect: CredentialsConnect = {
  kind: 'credentials',
  credentials: Type.Object(
    {
      identifier: Type.String({
        minLength: 1,
        maxLength: 300,
        title: 'Handle',
        description: 'The handle of the account (name.bsky.social), its DID or its e-mail address.',
      }),
      appPassword: Type.String({
        minLength: 1,
        maxLength: 300,
        title: 'App password',
        format: 'password',
        description:
          'Made in the Bluesky app under Settings, Privacy and security, App passwords. Not the main password.',
      }),
      serviceUrl: Type.Optional(
        Type.String({
          maxLength: 300,
          title: 'Server',
          description: 'Only for accounts on a server of their own: its address. Found by itself otherwise.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  open,
  revoke,
}

async function open(ctx: ConnectContext, credentials: Record<string, Json>): Promise<Outcome<Connected[]>> {
  const identifier = cleanIdentifier(asString(credentials.identifier) ?? '')
  const server = await serverFor(ctx, identifier, asString(credentials.serviceUrl))
  if (server.outcome === 'failed') return server
  const opened = await createSession(ctx, server.value, identifier, asString(credentials.appPassword) ?? '')
  if ('answer' in opened)
    return { outcome: 'failed', failure: loginFailure(opened.answer, identifier, ctx.now()) }
  const { session } = opened
  // Bluesky's front door signs in for all of its servers; the document says which one holds the account.
  const home = isChosen(ctx) ? server.value : (serverIn(session.didDocument) ?? server.value)
  const profile = await readProfile(ctx, home, session.did, session.handle)
  return {
    outcome: 'done',
    value: [
      {
        ...profile,
        externalId: session.did,
        kind: 'profile',
        secret: session.secret,
        tokenExpiresAt: session.expiresAt,
        scopes: session.scope ? [session.scope] : [],
        settings: isChosen(ctx) ? ctx.settings : { ...ctx.settings, serviceUrl: home },
      },
    ],
  }
}

/** `@Name.bsky.social`, `name.bsky.social ` and a pasted profile address are the same account. */
function cleanIdentifier(typed: string): string {
  const text = typed
    .trim()
    // Pasted from a page, a handle often carries invisible marks of writing direction.
    .replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .replace(/^https?:\/\/bsky\.app\/profile\//, '')
    .replace(/^@/, '')
    .replace(/\/.*$/, '')
  return text.startsWith('did:') ? text : text.toLowerCase()
}

/** Whether the address is settled already: by the operator, the sandbox, or the setting `serviceUrl`. */
const isChosen = (ctx: ConnectContext) => ctx.origin() !== entryway

async function serverFor(
  ctx: ConnectContext,
  identifier: string,
  typed: string | undefined,
): Promise<Outcome<string>> {
  if (isChosen(ctx)) return { outcome: 'done', value: ctx.origin() }
  if (!typed?.trim()) return findServer(ctx, identifier)
  const origin = serverOrigin(typed)
  return origin ? { outcome: 'done', value: origin } : { outcome: 'failed', failure: notAnAddress(typed) }
}

const notAnAddress = (typed: string): Failure => ({
  class: 'permanent',
  rule: 'bluesky.server_address_invalid',
  message: `"${typed.slice(0, 100)}" is no address of a server.`,
  remedy: 'Give it as https://pds.example.com, or leave it empty.',
})

function loginFailure(answer: HttpAnswer, identifier: string, now: Date): Failure {
  const failure = failureOf(answer, `sign in as ${identifier}`, now)
  const name = answer.kind === 'answer' ? errorName(answer) : null
  if (name === 'AuthFactorTokenRequired')
    return {
      class: 'permanent',
      rule: 'bluesky.app_password_needed',
      message: 'This is the main password, and signing in with it asks for a code by e-mail.',
      remedy: 'Make an app password under Settings, Privacy and security, App passwords, and use that.',
    }
  if (failure.rule === 'bluesky.access_refused' || failure.rule === 'bluesky.invalid_request')
    return {
      class: 'permanent',
      rule: 'bluesky.sign_in_refused',
      message: `Bluesky does not know ${identifier} with this app password.`,
      remedy: 'Check the handle, and make a new app password if in doubt: it is shown only once.',
    }
  return failure
}

/** A session that is over already is as good as ended. */
async function revoke(ctx: AccountContext): Promise<Done> {
  const answer = await deleteSession(ctx)
  if (
    answer.kind === 'answer' &&
    (answer.ok || (answer.status >= 400 && answer.status < 500 && answer.status !== 429))
  )
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'give up the access', ctx.now()) }
}
