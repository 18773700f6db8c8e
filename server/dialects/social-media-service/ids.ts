import type { FastifyRequest } from 'fastify'
import type { Context } from '../../operations/context.ts'
import { ownNumber } from '../../operations/own-number.ts'

type Kind = Parameters<typeof ownNumber>[2]

/** The row that a path names by its integer. */
export const pathId = (ctx: Context, kind: Kind, request: FastifyRequest): Promise<string> =>
  ownNumber(ctx, request.actor, kind, Number((request.params as { id: string }).id))
