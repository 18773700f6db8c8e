import { CronExpressionParser } from 'cron-parser'
import { expect, test } from 'vitest'
import { nextOccurrence } from './cron.ts'

/**
 * Ten years of occurrences, days of a clock change included, against a second implementation that shares nothing with
 * the first: another library reads the patterns, in UTC where no clock ever changes, and the platform's own time zones
 * say when clocks show those times. What becomes of skipped and doubled ones is written down here once more.
 */
const start = Date.UTC(2026, 0, 1)
const end = Date.UTC(2036, 0, 1)
const [minute, halfHour, day] = [60_000, 1_800_000, 86_400_000]

const zones = ['Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Asia/Tokyo']
const patterns = [
  '30 2 * * *',
  '15,35 2 * * 0',
  '*/15 1-3 * 3,4,10,11 0',
  '30 9 * * 1',
  '0 0 1 * *',
  '45 23 31 * *',
  '5 4 13 * 5',
  '0 12 29 2 *',
]

/** All times of each pattern as clocks show them, written as if they were UTC; a day more at either end. */
const wallTimes = patterns.map((pattern): [string, number[]] => {
  const parsed = CronExpressionParser.parse(pattern, { currentDate: new Date(start - day), tz: 'UTC' })
  const times: number[] = []
  for (let at = parsed.next().getTime(); at < end + day; at = parsed.next().getTime()) times.push(at)
  return [pattern, times]
})

test.each(zones)('a second implementation agrees on ten years in %s, to the minute', (zone) => {
  const clock = readClock(zone)
  for (const [pattern, walls] of wallTimes) {
    const found: number[] = []
    for (let at = nextOccurrence(pattern, zone, new Date(start)); at && at.getTime() < end; ) {
      found.push(at.getTime())
      at = nextOccurrence(pattern, zone, at)
    }
    const expected = walls.map((wall) => instantOf(wall, clock))
    const distinct = [...new Set(expected)].sort((a, b) => a - b).filter((at) => at > start && at < end)
    expect(found.length).toBeGreaterThan(1)
    expect({ pattern, onlyOurs: missing(found, distinct), onlyTheirs: missing(distinct, found) }).toEqual({
      pattern,
      onlyOurs: [],
      onlyTheirs: [],
    })
    expect(found).toEqual(distinct)
  }
})

test.each([
  ['Europe/Paris', 20, 60],
  ['America/New_York', 20, 60],
  ['Australia/Lord_Howe', 20, 30],
  ['Asia/Kolkata', 0, 0],
  ['Asia/Tokyo', 0, 0],
])(
  'the second implementation sees the clocks of %s change %i times, by %i minutes',
  (zone, count, minutes) => {
    const { changes } = readClock(zone)
    expect(changes).toHaveLength(count)
    expect(changes.filter(({ before, after }) => Math.abs(after - before) !== minutes)).toEqual([])
  },
)

/** Minutes east of UTC from the start, and when that changes. */
interface Clock {
  first: number
  changes: { at: number; before: number; after: number }[]
}

function readClock(zone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const offsetAt = (at: number): number => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? []
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  }
  const first = offsetAt(start - day)
  const changes: Clock['changes'] = []
  let before = first
  for (let at = start - day; at < end + day; at += day) {
    if (offsetAt(at + day) === before) continue
    for (let half = at; half <= at + day; half += halfHour) {
      const after = offsetAt(half)
      if (after !== before) changes.push({ at: half, before, after })
      before = after
    }
  }
  return { first, changes }
}

/** The first instant at which clocks show a time; one that they skip comes as much later as they skip. */
function instantOf(wall: number, { first, changes }: Clock): number {
  const offsetAt = (at: number) => changes.findLast((change) => change.at <= at)?.after ?? first
  const offsets = new Set([first, ...changes.map(({ after }) => after)])
  const shows = [...offsets]
    .map((offset) => wall - offset * minute)
    .filter((at) => wall - at === offsetAt(at) * minute)
  if (shows.length > 0) return Math.min(...shows)
  const skipping = changes.find(
    ({ at, before, after }) => wall >= at + before * minute && wall < at + after * minute,
  )
  if (!skipping) throw new Error(`No clock shows ${new Date(wall).toISOString()}`)
  return wall - skipping.before * minute
}

/** The first few of some times that others do not have, legibly. */
function missing(some: number[], others: number[]): string[] {
  const known = new Set(others)
  const lone = some.filter((at) => !known.has(at)).slice(0, 5)
  return lone.map((at) => new Date(at).toISOString())
}
