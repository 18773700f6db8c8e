import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { originOf } from '../../http/authenticate.ts'
import { acceptInvitation } from '../../operations/accept-invitation.ts'
import { changeMemberRole } from '../../operations/change-member-role.ts'
import type { Context } from '../../operations/context.ts'
import { inviteUser } from '../../operations/invite-user.ts'
import { listTeam } from '../../operations/list-team.ts'
import { removeMember } from '../../operations/remove-member.ts'
import {
  Email,
  errors,
  Id,
  Instant,
  Name,
  NoContent,
  Nullable,
  OneOf,
  PageOf,
  Password,
  pageQuery,
  presentPage,
  workspaceParams,
} from './schemas.ts'

const tags = ['Users & Team']

const TeamMember = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: "The user's id; while invited, the invitation's" }),
    email: Type.String(),
    name: Nullable(Type.String({ description: 'Null while invited' })),
    role: Type.Object({ id: Id, name: Type.String() }),
    status: OneOf('active', 'inactive', 'invited'),
    joinedAt: Nullable(Instant),
    expiresAt: Nullable(Type.String({ format: 'date-time', description: 'Of an invitation' })),
    mail: Nullable(
      Type.Union([Type.Literal('queued'), Type.Literal('sent'), Type.Literal('failed')], {
        description: 'Of an invitation that is mailed; after `failed`, invite again',
      }),
    ),
  },
  { title: 'TeamMember' },
)

const Invitation = Type.Object(
  {
    id: Id,
    email: Type.String(),
    roleId: Id,
    status: OneOf('invited'),
    expiresAt: Instant,
    acceptUrl: Nullable(
      Type.String({
        description:
          'Hand it to the invited person, and to nobody else: whoever opens it can accept. Null when the server mails it (`SMTP_URL`).',
      }),
    ),
  },
  { title: 'Invitation' },
)

const memberParams = Type.Object({ workspaceId: Id, userId: Id })

export const teamRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces/:workspaceId/users',
      {
        schema: {
          summary: 'List users',
          description: 'Members, then people whose invitation is open.',
          tags,
          params: workspaceParams,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(TeamMember), ...errors(400, 404) },
        },
      },
      async (request) =>
        presentPage(await listTeam(ctx, request.actor, { ...request.params, ...request.query }), present),
    )

    app.post(
      '/workspaces/:workspaceId/users/invite',
      {
        schema: {
          summary: 'Invite a user',
          description:
            'Needs `users.invite`, and every permission of the role. An invitation that is still open for the address is replaced. The link is mailed when the server has `SMTP_URL`; else the answer holds it.',
          tags,
          params: workspaceParams,
          body: Type.Object({ email: Email, roleId: Id }),
          response: { 201: Invitation, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const invitation = await inviteUser(ctx, request.actor, { ...request.body, ...request.params })
        return reply.code(201).send({
          id: invitation.id,
          email: invitation.email,
          roleId: invitation.roleId,
          status: 'invited',
          expiresAt: invitation.expiresAt.toISOString(),
          acceptUrl: invitation.acceptUrl,
        })
      },
    )

    app.post(
      '/workspaces/:workspaceId/users/accept',
      {
        config: { public: true },
        schema: {
          summary: 'Accept an invitation',
          description:
            'Needs no login: the token of the link says who it is. Somebody without a login here gives `name` and `password`; then log in.',
          tags,
          params: workspaceParams,
          body: Type.Object({
            token: Type.String({ minLength: 1, maxLength: 200 }),
            name: Type.Optional(Name),
            password: Type.Optional(Password),
          }),
          response: {
            200: Type.Object({
              workspaceId: Id,
              roleId: Id,
              user: Type.Object({ id: Id, email: Type.String(), name: Type.String() }),
            }),
            ...errors(400, 403, 404),
          },
        },
      },
      async (request) => {
        const { user, workspaceId, roleId } = await acceptInvitation(ctx, originOf('mypost', request), {
          ...request.body,
          ...request.params,
        })
        return { workspaceId, roleId, user: { id: user.id, email: user.email, name: user.name } }
      },
    )

    app.patch(
      '/workspaces/:workspaceId/users/:userId',
      {
        schema: {
          summary: "Update a user's role",
          description:
            'Needs `users.manage`, and every permission of both the old and the new role. The last owner stays owner.',
          tags,
          params: memberParams,
          body: Type.Object({ roleId: Id }),
          response: { 200: TeamMember, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        present(await changeMemberRole(ctx, request.actor, { ...request.body, ...request.params })),
    )

    app.delete(
      '/workspaces/:workspaceId/users/:userId',
      {
        schema: {
          summary: 'Remove a user',
          description:
            'Takes a member out of the workspace or withdraws an invitation. Needs `users.manage`, except for leaving yourself. The last owner stays.',
          tags,
          params: memberParams,
          response: { 204: NoContent, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        await removeMember(ctx, request.actor, request.params)
        return reply.code(204).send(null)
      },
    )
  }

type Person = Awaited<ReturnType<typeof changeMemberRole>>

const present = (person: Person): Static<typeof TeamMember> => ({
  id: person.id,
  email: person.email,
  name: person.name,
  role: person.role,
  status: person.status,
  joinedAt: person.joinedAt?.toISOString() ?? null,
  expiresAt: person.expiresAt?.toISOString() ?? null,
  mail: person.mail,
})
