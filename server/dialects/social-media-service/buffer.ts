import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import {
  changeBufferConfig,
  deleteBufferConfig,
  readBufferConfig,
  setUpBuffer,
} from '../../operations/buffer-configs.ts'
import type { Context } from '../../operations/context.ts'
import { listBufferProfiles } from '../../operations/list-buffer-profiles.ts'
import { firstWorkspace } from '../../operations/own-number.ts'
import { pathId } from './ids.ts'
import {
  deleted,
  errors,
  GivenTime,
  Id,
  idParams,
  Message,
  maybeTime,
  Nullable,
  readTime,
  Time,
  time,
} from './schemas.ts'

const tags = ['Buffer configuration']
const Token = Type.String({ minLength: 1, maxLength: 5000, pattern: '\\S' })
const fields = {
  access_token: Token,
  refresh_token: Type.Optional(Nullable(Token)),
  token_expires_at: Type.Optional(Nullable(GivenTime)),
  organization_id: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 100 }))),
  is_active: Type.Optional(Type.Boolean()),
}
const NewConfig = Type.Object(fields)
const ConfigChange = Type.Partial(NewConfig)
/** Tokens are never shown (AR13). */
const BufferConfig = Type.Object(
  {
    id: Id,
    is_active: Type.Boolean(),
    organization_id: Nullable(Type.String()),
    token_expires_at: Nullable(Time),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'BufferConfig' },
)
const BufferProfile = Type.Object(
  {
    id: Type.String({ description: 'The `buffer_profile_id` of an account' }),
    service: Type.String(),
    formatted_service: Type.String(),
    formatted_username: Type.String(),
    avatar: Type.String(),
    timezone: Type.String(),
    organization_id: Type.String(),
    disconnected: Type.Boolean(),
  },
  { title: 'BufferProfile' },
)

export const bufferRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/buffer/config',
      {
        schema: {
          summary: 'Set up Buffer for the workspace; a second call replaces the first',
          description:
            'The token is an API key of Buffer (Settings, API). It is sealed and never shown again.',
          tags,
          body: NewConfig,
          response: { 201: BufferConfig, ...errors(400) },
        },
      },
      async (request, reply) => {
        const config = await setUpBuffer(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          ...changeOf(request.body),
          accessToken: request.body.access_token,
        })
        reply.code(201)
        return presentConfig(config)
      },
    )

    app.get(
      '/buffer/config',
      {
        schema: {
          summary: 'Get the configuration of the workspace',
          tags,
          response: { 200: BufferConfig, ...errors(404) },
        },
      },
      async (request) =>
        presentConfig(
          await readBufferConfig(ctx, request.actor, {
            workspaceId: await firstWorkspace(ctx, request.actor),
          }),
        ),
    )

    app.get(
      '/buffer/config/:id',
      {
        schema: {
          summary: 'Get a configuration',
          tags,
          params: idParams,
          response: { 200: BufferConfig, ...errors(404) },
        },
      },
      async (request) =>
        presentConfig(
          await readBufferConfig(ctx, request.actor, { id: await pathId(ctx, 'bufferConfig', request) }),
        ),
    )

    app.put(
      '/buffer/config/:id',
      {
        schema: {
          summary: 'Change a configuration; what is left out stays',
          tags,
          params: idParams,
          body: ConfigChange,
          response: { 200: BufferConfig, ...errors(400, 404) },
        },
      },
      async (request) => {
        const id = await pathId(ctx, 'bufferConfig', request)
        return presentConfig(await changeBufferConfig(ctx, request.actor, { id, ...changeOf(request.body) }))
      },
    )

    app.delete(
      '/buffer/config/:id',
      {
        schema: {
          summary: 'Delete a configuration; refused while posts are scheduled at Buffer',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404) },
        },
      },
      async (request) => {
        await deleteBufferConfig(ctx, request.actor, { id: await pathId(ctx, 'bufferConfig', request) })
        return deleted('Buffer configuration')
      },
    )

    app.get(
      '/buffer/profiles',
      {
        schema: {
          summary: 'The profiles that the token reaches at Buffer',
          tags,
          response: { 200: Type.Array(BufferProfile), ...errors(400, 503) },
        },
      },
      async (request) => {
        const workspaceId = await firstWorkspace(ctx, request.actor)
        const profiles = await listBufferProfiles(ctx, request.actor, { workspaceId })
        return profiles.map(presentProfile)
      },
    )
  }

const changeOf = (body: Static<typeof ConfigChange>) => ({
  accessToken: body.access_token,
  refreshToken: body.refresh_token,
  tokenExpiresAt:
    typeof body.token_expires_at === 'string'
      ? readTime('token_expires_at', body.token_expires_at)
      : body.token_expires_at,
  organizationId: body.organization_id,
  isActive: body.is_active,
})

type Config = Awaited<ReturnType<typeof readBufferConfig>>

const presentConfig = (config: Config): Static<typeof BufferConfig> => ({
  id: config.number,
  is_active: config.isActive,
  organization_id: config.organizationId,
  token_expires_at: maybeTime(config.tokenExpiresAt),
  created_at: time(config.createdAt),
  updated_at: time(config.updatedAt),
})

type Profile = Awaited<ReturnType<typeof listBufferProfiles>>[number]

/** In the words of the classic API, which the document was written for. */
const presentProfile = (profile: Profile): Static<typeof BufferProfile> => ({
  id: profile.id,
  service: profile.service,
  formatted_service: formattedServices[profile.service] ?? capitalised(profile.service),
  formatted_username: profile.displayName ?? profile.name,
  avatar: profile.avatar,
  timezone: profile.timezone,
  organization_id: profile.organizationId,
  disconnected: profile.isDisconnected || profile.isLocked,
})

const formattedServices: Record<string, string> = {
  linkedin: 'LinkedIn',
  tiktok: 'TikTok',
  youtube: 'YouTube',
  googlebusiness: 'Google Business Profile',
}
const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
