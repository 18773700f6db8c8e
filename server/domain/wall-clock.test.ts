import { expect, test } from 'vitest'
import { instantAt, parseInstant, withOffset } from './wall-clock.ts'

const iso = (local: string, zone: string) => instantAt(local, zone)?.toISOString()

test('a time that a zone skips moves forward by the gap, one that happens twice is the first', () => {
  expect(iso('2026-03-29T02:30', 'Europe/Paris')).toBe('2026-03-29T01:30:00.000Z')
  expect(iso('2026-10-25T02:30', 'Europe/Paris')).toBe('2026-10-25T00:30:00.000Z')
  expect(iso('2026-03-08T02:30', 'America/New_York')).toBe('2026-03-08T07:30:00.000Z')
  expect(iso('2026-11-01T01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z')
  // Half an hour only, in the other half of the year.
  expect(iso('2026-10-04T02:15', 'Australia/Lord_Howe')).toBe('2026-10-03T15:45:00.000Z')
  expect(iso('2026-07-01T09:00', 'Asia/Kolkata')).toBe('2026-07-01T03:30:00.000Z')
})

test('an offset is honoured, a zone is used without one, and nonsense is nothing', () => {
  expect(parseInstant('2024-01-25T09:00:00+02:00', 'Europe/Paris')?.toISOString()).toBe(
    '2024-01-25T07:00:00.000Z',
  )
  expect(parseInstant('2024-01-25T09:00:00', 'Europe/Paris')?.toISOString()).toBe('2024-01-25T08:00:00.000Z')
  for (const text of ['tomorrow', '2024-02-30T10:00', '2024-01-25', '2024-01-25T25:00:00Z', ''])
    expect(parseInstant(text, 'UTC')).toBeNull()
  expect(withOffset(new Date('2024-01-29T08:00:00Z'), 'Europe/Paris')).toBe('2024-01-29T09:00:00+01:00')
})
