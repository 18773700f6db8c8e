import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, invalid, refuse } from './errors.ts'
import { type Board, boardsOf, newBoard, tables } from './state.ts'

interface PageQuery {
  page_size?: string
  bookmark?: string
}

export function boardRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { pins } = tables(world)

  app.get('/user_account', { config: { simulated: { operation: 'user_account.get' } } }, (request, reply) =>
    reply.send(entities.account(callers.person(request, reply, 'org_read', ['user_accounts:read']))),
  )

  app.get('/boards', { config: { simulated: { operation: 'boards.list' } } }, (request, reply) => {
    const person = callers.person(request, reply, 'org_read', ['boards:read'])
    return pageOf(boardsOf(world, person), request.query as PageQuery, entities.board)
  })

  app.post('/boards', { config: { simulated: { operation: 'boards.create' } } }, (request, reply) => {
    const person = callers.person(request, reply, 'org_write', ['boards:read', 'boards:write'])
    const { name } = request.body as { name?: unknown }
    if (typeof name !== 'string' || name === '')
      throw invalid("Invalid request: 'name' is a required property")
    return reply.code(201).send(entities.board(newBoard(world, person, name)))
  })

  app.get<{ Params: { id: string } }>(
    '/boards/:id',
    { config: { simulated: { operation: 'boards.get' } } },
    (request, reply) => {
      const person = callers.person(request, reply, 'org_read', ['boards:read'])
      return entities.board(ownBoard(world, person, request.params.id))
    },
  )

  app.get<{ Params: { id: string } }>(
    '/boards/:id/pins',
    { config: { simulated: { operation: 'boards.pins' } } },
    (request, reply) => {
      const person = callers.person(request, reply, 'org_read', ['boards:read', 'pins:read'])
      const board = ownBoard(world, person, request.params.id)
      const on = pins.all().filter(({ boardId }) => boardId === board.id)
      return pageOf(on.reverse(), request.query as PageQuery, (pin) => entities.pin(pin))
    },
  )

  app.get('/pins', { config: { simulated: { operation: 'pins.list' } } }, (request, reply) => {
    const person = callers.person(request, reply, 'org_read', ['boards:read', 'pins:read'])
    const own = pins.all().filter(({ author }) => author.id === person.id)
    return pageOf(own.reverse(), request.query as PageQuery, (pin) =>
      entities.pin(pin, metricsAsked(request)),
    )
  })
}

export function ownBoard(world: World, person: Person, id: string): Board {
  boardsOf(world, person)
  const board = tables(world).boards.get(id)
  if (!board || board.owner.id !== person.id) throw refuse(answers.boardNotFound)
  return board
}

export const metricsAsked = (request: FastifyRequest) => ({
  withMetrics: (request.query as { pin_metrics?: string }).pin_metrics === 'true',
})

/** The bookmark is where the next page begins. */
function pageOf<Row, Shown>(rows: Row[], query: PageQuery, show: (row: Row) => Shown) {
  const size = Number(query.page_size ?? 25)
  if (!Number.isInteger(size) || size < 1 || size > 250)
    throw invalid(`Invalid request: ${query.page_size} is not between 1 and 250`)
  const from = query.bookmark ? Number(Buffer.from(query.bookmark, 'base64url').toString()) : 0
  if (!Number.isInteger(from) || from < 0) throw invalid('Invalid bookmark')
  const next = from + size
  return {
    items: rows.slice(from, next).map(show),
    bookmark: next < rows.length ? Buffer.from(String(next)).toString('base64url') : null,
  }
}
