import { CsvError, type Info, parse } from 'csv-parse/sync'
import type { Issue } from './refusal.ts'

/** Columns a file may have; other spellings that people use lead to the same one. */
export const csvColumns = {
  content: ['content', 'text', 'caption', 'message'],
  accounts: ['accounts', 'account', 'targets', 'networks'],
  scheduledAt: ['scheduledat', 'scheduled', 'date', 'time', 'datetime'],
  timezone: ['timezone', 'zone'],
  media: ['media', 'image', 'images', 'files'],
  hashtags: ['hashtags', 'tags'],
  link: ['link', 'url'],
  title: ['title'],
  campaign: ['campaign'],
  labels: ['labels', 'label'],
  contentType: ['contenttype', 'type'],
} as const
export type CsvColumn = keyof typeof csvColumns

/** One record of a file: what its columns say, and where it begins, counted from 1 as an editor does. */
export interface CsvRow {
  line: number
  cells: Partial<Record<CsvColumn, string>>
  /** Other texts for one network: the column `content:mastodon`. */
  overrides: Record<string, string>
}

/** Something wrong in a line; `path` is the column, or empty for the whole line. */
export interface LineIssue extends Issue {
  line: number
}

/** As many as are imported in one transaction; a year of posts twice a day fits in two files. */
export const csvRowsMax = 500

/**
 * Reads a file of posts: a header, then one post per record. Comma, semicolon and tab separate, quotes enclose, a
 * byte order mark and empty lines are passed over. What cannot be read is told by its line.
 */
export function parsePostCsv(text: string): { rows: CsvRow[]; issues: LineIssue[] } {
  const records = recordsOf(text)
  if ('issue' in records) return { rows: [], issues: [records.issue] }
  const [header, ...lines] = records.records
  if (!header) return { rows: [], issues: [issueAt(1, '', 'csv_empty', 'The file is empty.')] }
  const { columns, issues } = columnsOf(header)
  if (lines.length > csvRowsMax)
    issues.push({
      ...issueAt(
        1,
        '',
        'csv_too_many_rows',
        `A file may have at most ${csvRowsMax} posts; this has ${lines.length}.`,
      ),
      limit: csvRowsMax,
      value: lines.length,
    })
  if (issues.length > 0) return { rows: [], issues }
  return {
    rows: lines.map((record) => rowOf(record, columns)),
    issues: lines
      .filter(({ values }) => values.length > columns.length)
      .map(({ line, values }) =>
        issueAt(
          line,
          '',
          'csv_too_many_cells',
          `This line has ${values.length} cells, the header has ${columns.length}. Put quotes around texts with commas.`,
        ),
      ),
  }
}

interface CsvRecord {
  line: number
  values: string[]
}

function recordsOf(text: string): { records: CsvRecord[] } | { issue: LineIssue } {
  const garbled = text.indexOf('\uFFFD')
  if (garbled >= 0)
    return {
      issue: issueAt(
        text.slice(0, garbled).split('\n').length,
        '',
        'csv_not_utf8',
        'This file is not UTF-8. Save it as "CSV UTF-8".',
      ),
    }
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      info: true,
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as { record: string[]; info: Info; raw: string }[]
    return {
      records: parsed.map(({ record, info, raw }) => ({
        // `lines` is where the record ends; it began as many line breaks before.
        line: info.lines - (raw.trim().match(/\r\n|\n|\r/g)?.length ?? 0),
        values: record,
      })),
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error.lines === 'number' ? error.lines : 1
    return { issue: issueAt(line, '', 'csv_unreadable', `This is not CSV from here on: ${error.message}`) }
  }
}

/** The separator that the header uses most; texts further down may hold any of them. */
function delimiterOf(text: string): string {
  const header = text.split(/\r\n|\n|\r/, 1)[0] ?? ''
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: header.split(mark).length }))
  return counts.reduce((most, one) => (one.count > most.count ? one : most)).mark
}

type Column = { column: CsvColumn } | { network: string }

function columnsOf({ line, values }: CsvRecord): { columns: Column[]; issues: LineIssue[] } {
  const columns: Column[] = []
  const issues: LineIssue[] = []
  for (const name of values) {
    const column = columnOf(name)
    if (!column)
      issues.push({
        ...issueAt(
          line,
          name.slice(0, 100),
          'csv_unknown_column',
          `There is no column "${name.slice(0, 100)}".`,
        ),
        remedy: `Known: ${Object.keys(csvColumns).join(', ')}, and content:<network>.`,
      })
    else if (columns.some((other) => JSON.stringify(other) === JSON.stringify(column)))
      issues.push(issueAt(line, name, 'csv_column_twice', `The column "${name}" is there twice.`))
    else columns.push(column)
  }
  return { columns, issues }
}

function columnOf(name: string): Column | null {
  const plain = name.toLowerCase().replaceAll(/[\s_-]/g, '')
  const network = /^(?:content|text):([a-z0-9]+)$/.exec(plain)?.[1]
  if (network) return { network }
  const found = Object.entries(csvColumns).find(([, names]) => (names as readonly string[]).includes(plain))
  return found ? { column: found[0] as CsvColumn } : null
}

function rowOf({ line, values }: CsvRecord, columns: Column[]): CsvRow {
  const row: CsvRow = { line, cells: {}, overrides: {} }
  for (const [index, column] of columns.entries()) {
    const value = values[index] ?? ''
    if (value === '') continue
    if ('column' in column) row.cells[column.column] = value
    else row.overrides[column.network] = value
  }
  return row
}

const issueAt = (line: number, path: string, rule: string, message: string): LineIssue => ({
  line,
  path,
  rule,
  message,
})
