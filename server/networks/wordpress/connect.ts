import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import type {
  AccountContext,
  AccountMetrics,
  AccountProfile,
  ConnectContext,
  Connected,
  CredentialsConnect,
  Done,
  Json,
  Outcome,
} from '../network.ts'
import { failureOf } from './failure.ts'
import {
  asNumber,
  asRecord,
  asString,
  resultOf,
  send,
  sendForAccount,
  type WordPressSecret,
} from './request.ts'

export const connect: CredentialsConnect = {
  kind: 'credentials',
  credentials: Type.Object(
    {
      siteUrl: Type.String({
        minLength: 1,
        maxLength: 300,
        title: 'Site',
        description: 'The server of the site: https://bakery.example.',
      }),
      folder: Type.Optional(
        Type.String({
          pattern: '^/?([A-Za-z0-9._~-]+/?)*$',
          maxLength: 200,
          title: 'Folder',
          description: 'Where on its server the site is, when it is not at the top: blog.',
        }),
      ),
      username: Type.String({ minLength: 1, maxLength: 100, title: 'User name' }),
      applicationPassword: Type.String({
        minLength: 1,
        maxLength: 200,
        format: 'password',
        title: 'Application password',
        description:
          'From Application Passwords in the profile of the user. The password for logging in does not work.',
      }),
    },
    { additionalProperties: false },
  ),
  open,
  revoke,
}

async function open(ctx: ConnectContext, credentials: Record<string, Json>): Promise<Outcome<Connected[]>> {
  const folder = String(credentials.folder ?? '').replaceAll(/^\/+|\/+$/g, '')
  const secret: WordPressSecret = {
    username: String(credentials.username),
    // WordPress shows it in groups of four and takes it with or without the blanks between them.
    applicationPassword: String(credentials.applicationPassword).replaceAll(' ', ''),
    folder: folder === '' ? '' : `/${folder}`,
  }
  const read = await readProfile(ctx, secret)
  if (read.outcome === 'failed') return read
  const { userId, ...profile } = read.value
  const siteUrl = asString(credentials.siteUrl) ?? ctx.origin()
  return {
    outcome: 'done',
    value: [
      {
        ...profile,
        externalId: `${userId}@${new URL(siteUrl).host}${secret.folder}`,
        kind: 'site',
        secret,
        tokenExpiresAt: null,
        scopes: [],
        settings: { siteUrl },
      },
    ],
  }
}

type Sender = Pick<ConnectContext, 'http' | 'origin' | 'signal'>

/** The user, what it may do, and the name of the site. */
async function readProfile(
  ctx: Sender,
  secret: WordPressSecret,
): Promise<Outcome<AccountProfile & { userId: number }>> {
  const answer = await send(ctx, secret, {
    method: 'GET',
    route: '/wp/v2/users/me',
    query: { context: 'edit' },
  })
  const user = resultOf(answer)
  const userId = asNumber(user?.id)
  if (!user || userId === undefined)
    return { outcome: 'failed', failure: failureOf(answer, 'open the account') }
  const capabilities = asRecord(user.capabilities)
  if (capabilities && capabilities.publish_posts !== true)
    return { outcome: 'failed', failure: mayNotPublish }
  const site = resultOf(
    await send(ctx, secret, { method: 'GET', route: '/', query: { _fields: 'name,url' } }),
  )
  const handle = asString(user.slug) ?? secret.username
  return {
    outcome: 'done',
    value: {
      userId,
      name: asString(site?.name) || asString(user.name) || handle,
      handle,
      profileImageUrl: asString(asRecord(user.avatar_urls)?.['96']) ?? null,
      profileUrl: asString(site?.url) ?? asString(user.link) ?? null,
    },
  }
}

const mayNotPublish: Failure = {
  class: 'reconnect',
  rule: 'wordpress.rights_missing',
  message: 'This WordPress user may not publish posts.',
  remedy: 'Give it the role of an author, an editor or an administrator, then connect again.',
}

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const read = await readProfile(ctx, (await ctx.secret.current()) as WordPressSecret)
  if (read.outcome === 'failed') return read
  const { userId: _, ...profile } = read.value
  return { outcome: 'done', value: profile }
}

/** How many posts the site shows; how many people read them only plug-ins know. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await sendForAccount(ctx, {
    method: 'GET',
    route: '/wp/v2/posts',
    query: { per_page: 1, _fields: 'id' },
  })
  const total =
    answer.kind === 'answer' && answer.ok
      ? Number(answer.headers.get('x-wp-total') ?? Number.NaN)
      : Number.NaN
  if (!Number.isFinite(total)) return { outcome: 'failed', failure: failureOf(answer, 'count the posts') }
  return { outcome: 'done', value: { posts: total, raw: { posts: total } } }
}

/** Deletes the application password that this is (WordPress 5.7 tells which one was used). */
async function revoke(ctx: AccountContext): Promise<Done> {
  const route = '/wp/v2/users/me/application-passwords'
  const found = await sendForAccount(ctx, { method: 'GET', route: `${route}/introspect` })
  const uuid = asString(resultOf(found)?.uuid)
  // One that no longer works has ended already.
  if (!uuid && found.kind === 'answer' && found.status === 401) return { outcome: 'done', value: null }
  if (!uuid) return { outcome: 'failed', failure: failureOf(found, 'find the application password') }
  const deleted = await sendForAccount(ctx, { method: 'DELETE', route: `${route}/${uuid}` })
  if (deleted.kind === 'answer' && deleted.ok) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(deleted, 'delete the application password') }
}
