import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { type DeliveryState, deliveryStates, postStatus } from './delivery.ts'

test('the status of a post is the same in the domain and in the database, for every set of delivery states', async () => {
  const { ctx, close } = await testContext()
  const sets = Array.from({ length: 2 ** deliveryStates.length }, (_, bits) =>
    deliveryStates.filter((_state, index) => bits & (1 << index)),
  )
  const { rows } = await sql<{ status: string }>`
    select post_status_of(array(select jsonb_array_elements_text(states))::delivery_state[]) as status
    from jsonb_array_elements(${JSON.stringify(sets)}::jsonb) with ordinality as given (states, position)
    order by position`.execute(ctx.db)
  expect(rows.map((row) => row.status)).toEqual(sets.map((states) => postStatus(states as DeliveryState[])))
  await close()
})
