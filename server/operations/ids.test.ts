import { expect, test } from 'vitest'
import { createIds } from './ids.ts'

test('ids sort in the order they were made, within a millisecond and over a small step back of the clock', () => {
  let now = Date.UTC(2026, 0, 1)
  const newId = createIds({ now: () => new Date(now) })
  const made: string[] = []
  for (let index = 0; index < 3000; index++) {
    if (index % 1000 === 999) now -= 5
    else if (index % 100 === 99) now += 1
    made.push(newId())
  }
  expect([...made].sort()).toEqual(made)
  expect(new Set(made).size).toBe(made.length)
})

test('a clock that is set back an hour is followed', () => {
  let now = Date.UTC(2026, 0, 1)
  const newId = createIds({ now: () => new Date(now) })
  const later = newId()
  now -= 3_600_000
  expect(newId() < later).toBe(true)
})
