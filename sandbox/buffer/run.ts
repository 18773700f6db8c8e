import { type ExecutionResult, execute, executeSync, GraphQLError } from 'graphql'
import type { Answer } from '../answer.ts'
import type { World } from '../simulator.ts'
import type { Account } from './accounts.ts'
import type { Asked } from './documents.ts'
import { errorsAnswer, payloadOf } from './problems.ts'
import { rootOf } from './root.ts'
import { schema } from './schema.ts'

/** Runs what was asked for an account. Refusals have status 200 too. */
export async function run(world: World, account: Account, asked: Asked): Promise<Answer> {
  if (asked.outcome === 'invalid') return invalidAnswer(asked.errors)
  const { document, variables: variableValues, operationName } = asked
  const rootValue = rootOf(world, account)
  return answerOf(await execute({ schema, document, variableValues, operationName, rootValue }))
}

/** `#fail:rejected`: the payload's own refusal, in the shape that was asked for, with nothing done. */
export function rejected(asked: Asked | undefined): Answer {
  const payload = () =>
    payloadOf({ kind: 'InvalidInputError', message: 'This post breaks a rule of the network' })
  if (
    asked?.outcome !== 'valid' ||
    asked.fields.some(({ name }) => name !== 'createPost' && name !== 'editPost')
  )
    return errorsAnswer(200, 'FORBIDDEN', 'This was refused by the sandbox')
  const { document, variables: variableValues, operationName } = asked
  const rootValue = { createPost: payload, editPost: payload }
  return answerOf(executeSync({ schema, document, variableValues, operationName, rootValue }))
}

export const invalidAnswer = (errors: readonly GraphQLError[]): Answer => ({
  status: 200,
  body: { errors: errors.map((error) => error.toJSON()) },
})

function answerOf({ data, errors }: ExecutionResult): Answer {
  if (!errors) return { status: 200, body: { data } }
  for (const { originalError } of errors) if (isOurFault(originalError)) throw originalError
  const coded = errors.map((error) => {
    const { code = 'BAD_USER_INPUT', ...rest } = error.extensions
    return { ...error.toJSON(), extensions: { code, ...rest } }
  })
  return { status: 200, body: { ...(data !== undefined && { data }), errors: coded } }
}

/** Anything thrown that is no refusal is a mistake in the simulator, and must not pass for an answer of Buffer's. */
const isOurFault = (error: Error | undefined): error is Error =>
  error !== undefined && !(error instanceof GraphQLError)
