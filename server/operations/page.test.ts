import { afterAll, beforeAll, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { readPage } from './page.ts'

let server: Awaited<ReturnType<typeof testContext>>
beforeAll(async () => {
  server = await testContext()
})
afterAll(() => server.close())

const numbers = Array.from({ length: 7 }, (_, index) => `n${index}`)
const page = (limit: number, list: string[], cursor?: string) =>
  readPage(
    server.ctx,
    { limit, cursor },
    list,
    async (after, most) => numbers.filter((one) => !after?.[0] || one > after[0]).slice(0, most),
    (one) => [one],
  )

test('following the cursor shows every item once, and the last page has none', async () => {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await page(3, ['numbers'], cursor)
    seen.push(...items)
    cursor = nextCursor ?? undefined
  } while (cursor)
  expect(seen).toEqual(numbers)
  expect((await page(7, ['numbers'])).nextCursor).toBeNull()
})

test('a cursor of another filter, a shortened one and a made-up one are refused', async () => {
  const { nextCursor } = await page(3, ['numbers', 'odd'])
  for (const cursor of [nextCursor ?? '', (nextCursor ?? '').slice(0, -4), 'AAAA', '', '💥'])
    await expect(page(3, ['numbers', 'even'], cursor)).rejects.toMatchObject({
      code: 'invalid',
      issues: [{ path: 'cursor', rule: 'foreign_cursor' }],
    })
})
