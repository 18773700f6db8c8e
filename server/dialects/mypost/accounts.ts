import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { checkAccount } from '../../operations/check-account.ts'
import { type Choice, chooseAccounts } from '../../operations/choose-accounts.ts'
import { type ConnectAnswer, connectAccount } from '../../operations/connect-account.ts'
import type { Context } from '../../operations/context.ts'
import { disconnectAccount } from '../../operations/disconnect-account.ts'
import { listAccounts, readAccount } from '../../operations/list-accounts.ts'
import { reconnectAccount } from '../../operations/reconnect-account.ts'
import { brandParams, errors, Id, Instant, idParams, ListOf, NoContent, Nullable } from './schemas.ts'

const tags = ['Social accounts']

const Problem = Type.Object(
  { message: Type.String(), remedy: Type.String() },
  { description: 'Why the account does not work, and what to do' },
)
const ChoiceOffered = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    name: Type.String(),
    handle: Nullable(Type.String()),
    profileImageUrl: Nullable(Type.String()),
    profileUrl: Nullable(Type.String()),
  },
  { title: 'Choice' },
)
const SocialAccount = Type.Object(
  {
    id: Id,
    brandId: Id,
    network: Type.String(),
    kind: Type.String({ examples: ['profile', 'page', 'channel'] }),
    name: Type.String(),
    handle: Nullable(Type.String()),
    profileImageUrl: Nullable(Type.String()),
    profileUrl: Nullable(Type.String()),
    status: Type.Union([
      Type.Literal('active'),
      Type.Literal('expired', { description: 'The network refuses the credential: reconnect' }),
      Type.Literal('error'),
      Type.Literal('choosing', { description: 'One consent opened several accounts: choose' }),
    ]),
    problem: Nullable(Problem),
    tokenExpiresAt: Nullable(Instant),
    connectedAt: Instant,
  },
  { title: 'SocialAccount' },
)
const OneAccount = Type.Object({
  ...SocialAccount.properties,
  choices: Type.Array(ChoiceOffered, { description: 'Only while choosing' }),
})
const Consent = Type.Object(
  {
    authUrl: Type.String({ description: 'Send the person there; the browser comes back to `redirectUrl`' }),
    state: Type.String(),
    expiresAt: Instant,
  },
  { title: 'Consent' },
)
const RedirectUrl = Type.String({
  maxLength: 2000,
  description:
    'Where the browser goes afterwards, with `status` (connected, choosing, denied, failed), `network`, `accountId`, `error` and `message` added to the query',
})
const Form = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description })
const Credentials = Form('For networks without a consent page: the form of GET /networks. Never shown again')

export const accountRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/brands/:brandId/social-accounts',
      {
        schema: {
          summary: "List a brand's accounts",
          tags,
          params: brandParams,
          response: { 200: ListOf(SocialAccount), ...errors(400, 404) },
        },
      },
      async (request) => ({
        data: (await listAccounts(ctx, request.actor, request.params)).map(presentAccount),
      }),
    )

    app.post(
      '/brands/:brandId/social-accounts',
      {
        schema: {
          summary: 'Connect an account',
          description:
            'Networks with a consent page answer 200 and its address; the others take `credentials` and answer 201 with the account.',
          tags,
          params: brandParams,
          body: Type.Object({
            network: Type.String({ maxLength: 50, examples: ['bluesky'] }),
            redirectUrl: Type.Optional(RedirectUrl),
            settings: Type.Optional(Form('What the network must know before its consent page')),
            credentials: Type.Optional(Credentials),
          }),
          response: { 200: Consent, 201: SocialAccount, ...errors(400, 403, 404, 409) },
        },
      },
      async (request, reply) => {
        const answer = await connectAccount(ctx, request.actor, { ...request.params, ...request.body })
        return reply.code(answer.outcome === 'connected' ? 201 : 200).send(presentAnswer(answer))
      },
    )

    app.get(
      '/social-accounts/:id',
      {
        schema: {
          summary: 'Read an account',
          tags,
          params: idParams,
          response: { 200: OneAccount, ...errors(400, 404) },
        },
      },
      async (request) => {
        const { account, choices } = await readAccount(ctx, request.actor, { accountId: request.params.id })
        return { ...presentAccount(account), choices: choices.map(presentChoice) }
      },
    )

    app.delete(
      '/social-accounts/:id',
      {
        schema: {
          summary: 'Disconnect an account; its scheduled deliveries are cancelled',
          tags,
          params: idParams,
          response: { 204: NoContent, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const { cancelledPosts, revocation } = await disconnectAccount(ctx, request.actor, {
          accountId: request.params.id,
        })
        return reply
          .header('x-cancelled-posts', String(cancelledPosts))
          .header('x-revocation', revocation)
          .code(204)
          .send(null)
      },
    )

    app.post(
      '/social-accounts/:id/reconnect',
      {
        schema: {
          summary: 'Give an account a fresh credential; what was held for it goes out then',
          tags,
          params: idParams,
          body: Nullable(
            Type.Object({
              redirectUrl: Type.Optional(RedirectUrl),
              credentials: Type.Optional(Credentials),
            }),
          ),
          response: { 200: Type.Union([Consent, SocialAccount]), ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentAnswer(
          await reconnectAccount(ctx, request.actor, { accountId: request.params.id, ...request.body }),
        ),
    )

    app.post(
      '/social-accounts/:id/choose',
      {
        schema: {
          summary: 'Connect the pages, boards or channels picked; each becomes an account',
          tags,
          params: idParams,
          body: Type.Object({
            choiceIds: Type.Array(Type.String({ maxLength: 500 }), { minItems: 1, maxItems: 100 }),
          }),
          response: { 200: ListOf(SocialAccount), ...errors(400, 403, 404, 409) },
        },
      },
      async (request) => ({
        data: (
          await chooseAccounts(ctx, request.actor, { accountId: request.params.id, ...request.body })
        ).map(presentAccount),
      }),
    )

    app.post(
      '/social-accounts/:id/check',
      {
        schema: {
          summary: 'Ask the network whether the account still works',
          tags,
          params: idParams,
          response: {
            200: Type.Object({
              works: Type.Boolean(),
              problem: Nullable(Problem),
              account: SocialAccount,
            }),
            ...errors(400, 403, 404),
          },
        },
      },
      async (request) => {
        const { account, failure } = await checkAccount(ctx, request.actor, { accountId: request.params.id })
        return { works: failure === null, problem: presentProblem(failure), account: presentAccount(account) }
      },
    )
  }

type Account = Awaited<ReturnType<typeof listAccounts>>[number]

function presentAnswer(answer: ConnectAnswer): Static<typeof Consent> | Static<typeof SocialAccount> {
  if (answer.outcome === 'connected') return presentAccount(answer.account)
  return { authUrl: answer.authUrl, state: answer.state, expiresAt: answer.expiresAt.toISOString() }
}

/** Only what is listed here leaves: never the credential, nor the settings and metadata kept for the network. */
export function presentAccount(account: Account): Static<typeof SocialAccount> {
  if (account.state === 'disconnected') throw new Error('A disconnected account is shown to nobody')
  return {
    id: account.id,
    brandId: account.brandId,
    network: account.network,
    kind: account.kind,
    name: account.name,
    handle: account.handle,
    profileImageUrl: account.profileImageUrl,
    profileUrl: account.profileUrl,
    status: account.state,
    problem: presentProblem(account.stateReason),
    tokenExpiresAt: account.tokenExpiresAt?.toISOString() ?? null,
    connectedAt: account.connectedAt.toISOString(),
  }
}

const presentProblem = (failure: Account['stateReason']): Static<typeof Problem> | null =>
  failure && { message: failure.message, remedy: failure.remedy }

const presentChoice = ({ id, kind, name, handle, profileImageUrl, profileUrl }: Choice) => ({
  id,
  kind,
  name,
  handle,
  profileImageUrl,
  profileUrl,
})
