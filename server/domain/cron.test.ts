import { CronExpressionParser } from 'cron-parser'
import { Temporal } from 'temporal-polyfill'
import { expect, test } from 'vitest'
import { isCron, nextOccurrence, nextOccurrences } from './cron.ts'

const iso = (pattern: string, zone: string, after: string, count = 1) =>
  nextOccurrences(pattern, zone, new Date(after), count).map((at) => at.toISOString())

test('a daily post keeps its wall-clock time over both daylight-saving changes', () => {
  expect(iso('0 9 * * *', 'Europe/Zurich', '2027-03-27T00:00:00Z', 3)).toEqual([
    '2027-03-27T08:00:00.000Z',
    '2027-03-28T07:00:00.000Z',
    '2027-03-29T07:00:00.000Z',
  ])
  expect(iso('0 9 * * *', 'Europe/Zurich', '2027-10-30T00:00:00Z', 3)).toEqual([
    '2027-10-30T07:00:00.000Z',
    '2027-10-31T08:00:00.000Z',
    '2027-11-01T08:00:00.000Z',
  ])
})

test('a time that the night skips moves forward by the gap, and happens once', () => {
  expect(iso('30 2 * * *', 'Europe/Zurich', '2027-03-27T12:00:00Z', 2)).toEqual([
    '2027-03-28T01:30:00.000Z',
    '2027-03-29T00:30:00.000Z',
  ])
  // Every half hour: 02:00 and 02:30 move onto 03:00 and 03:30, which are not doubled.
  expect(iso('0,30 * * * *', 'Europe/Zurich', '2027-03-28T00:15:00Z', 4)).toEqual([
    '2027-03-28T00:30:00.000Z',
    '2027-03-28T01:00:00.000Z',
    '2027-03-28T01:30:00.000Z',
    '2027-03-28T02:00:00.000Z',
  ])
})

test('all times that the night skips come, each as much later, in the order in which they come', () => {
  expect(iso('10,20 2 * * *', 'Europe/Zurich', '2027-03-27T12:00:00Z', 3)).toEqual([
    '2027-03-28T01:10:00.000Z',
    '2027-03-28T01:20:00.000Z',
    '2027-03-29T00:10:00.000Z',
  ])
  // Clocks skip half an hour: 02:15 is 02:45, after 02:35.
  expect(iso('15,35 2 * * *', 'Australia/Lord_Howe', '2027-10-02T12:00:00Z', 3)).toEqual([
    '2027-10-02T15:35:00.000Z',
    '2027-10-02T15:45:00.000Z',
    '2027-10-03T15:15:00.000Z',
  ])
})

test('a time that happens twice is the first, and happens once', () => {
  expect(iso('30 2 * * *', 'Europe/Zurich', '2027-10-30T12:00:00Z', 2)).toEqual([
    '2027-10-31T00:30:00.000Z',
    '2027-11-01T01:30:00.000Z',
  ])
  expect(nextOccurrence('30 2 * * *', 'Europe/Zurich', new Date('2027-10-31T01:15:00Z'))?.toISOString()).toBe(
    '2027-11-01T01:30:00.000Z',
  )
})

test.each(['Europe/Zurich', 'America/New_York', 'Pacific/Auckland', 'Asia/Kolkata', 'UTC'])(
  'a second library agrees on a whole year in %s, but for the days of a change',
  (zone) => {
    for (const pattern of [
      '30 9 * * 1',
      '15 2 * * *',
      '0 */6 * * *',
      '45 23 28-31 * *',
      '0 12 1 1,4,7 *',
      '5 4 13 * 5',
    ]) {
      const start = new Date('2027-01-01T00:00:00Z')
      const end = new Date('2028-01-01T00:00:00Z')
      const other = CronExpressionParser.parse(pattern, { currentDate: start, tz: zone })
      const expected: string[] = []
      for (let at = other.next().toDate(); at < end; at = other.next().toDate())
        expected.push(at.toISOString())
      const found: string[] = []
      for (
        let at = nextOccurrence(pattern, zone, start);
        at && at < end;
        at = nextOccurrence(pattern, zone, at)
      )
        found.push(at.toISOString())
      const usual = (times: string[]) => times.filter((at) => !changesOn(at, zone))
      expect(usual(found).length).toBeGreaterThan(2)
      expect([pattern, ...usual(found)]).toEqual([pattern, ...usual(expected)])
    }
  },
)

/** Whether the zone's clocks change on the local day of this instant. */
function changesOn(at: string, zone: string): boolean {
  return Temporal.Instant.from(at).toZonedDateTimeISO(zone).hoursInDay !== 24
}

test.each(['0 9 * * *', '*/15 8-18 * * 1-5', '0 0 29 2 *', '30 9 * * MON'])('%s is a pattern', (pattern) => {
  expect(isCron(pattern)).toBe(true)
})

test.each([
  '',
  'daily',
  '0 9 * *',
  '0 9 * * * *',
  '60 9 * * *',
  '0 9 31 2 *',
  '@daily',
  '0 9 * * 1 2030',
  'a b c d e',
])('"%s" is none', (pattern) => {
  expect(isCron(pattern)).toBe(false)
})
