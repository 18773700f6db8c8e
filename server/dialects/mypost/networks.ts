import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { listNetworks } from '../../operations/list-networks.ts'
import { errors, ListOf } from './schemas.ts'

const JsonSchema = Type.Record(Type.String(), Type.Unknown(), { description: 'A JSON Schema' })
const Network = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    configured: Type.Boolean({
      description: 'False: the operator has to set up an app before anybody can connect',
    }),
    connect: Type.Object({
      kind: Type.Union([Type.Literal('oauth'), Type.Literal('credentials')], {
        description: '`oauth`: send the form as `settings`; `credentials`: send it as `credentials`',
      }),
      form: JsonSchema,
    }),
    limits: Type.Record(Type.String(), Type.Unknown(), {
      description: 'What a post may hold; an account may have its own',
    }),
    options: JsonSchema,
  },
  { title: 'Network' },
)

export const networkRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/networks',
      {
        schema: {
          summary: 'The networks this server knows: limits, how to connect, and what a post can set',
          tags: ['Networks'],
          querystring: Type.Object({
            workspaceId: Type.Optional(
              Type.String({ format: 'uuid', description: 'A sandbox workspace needs no apps' }),
            ),
          }),
          response: { 200: ListOf(Network), ...errors(400, 404) },
        },
      },
      async (request) => {
        const networks = await listNetworks(ctx, request.actor, request.query)
        return {
          data: networks.map((network) => ({
            ...network,
            connect: { kind: network.connect.kind, form: asData(network.connect.form) },
            limits: asData(network.limits),
            options: asData(network.options),
          })),
        }
      },
    )
  }

/** Schemas and limits are plain data; a copy has no symbols and no undefined. */
const asData = (value: object): Record<string, unknown> => JSON.parse(JSON.stringify(value))
