import type { Actor } from '../domain/actor.ts'
import { contentTypes } from '../domain/content-type.ts'
import { type CsvRow, type LineIssue, parsePostCsv } from '../domain/post-csv.ts'
import { type Issue, invalid } from '../domain/refusal.ts'
import { parseInstant } from '../domain/wall-clock.ts'
import { accountsOfBrand } from '../storage/accounts.ts'
import type { Tx } from '../storage/database.ts'
import type { PostRules } from '../storage/post-home.ts'
import { campaignsByName, labelsByName, mediaByFilename, type Named } from '../storage/post-references.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import type { NewPostInput } from './create-post.ts'
import { addPosts } from './create-posts.ts'
import { requireBrandRules } from './post-access.ts'
import { scheduleDrafts } from './schedule-draft.ts'

/** What came, or would come, of a file. */
export interface Import {
  /** Records read, without the header. */
  posts: number
  issues: LineIssue[]
  /** Empty for a dry run. */
  postIds: string[]
}

/**
 * Makes posts from a file, all or none; those with a time are scheduled. Accounts are named by handle, name, id or
 * network, files by name or id, campaigns and labels by name. A time without an offset is meant in the line's zone,
 * else the workspace's. Needs `posts.create`, and `posts.schedule` when a line has a time.
 * @param input.isDryRun does everything and takes it back: the issues are those the real import would refuse with.
 */
export async function importPosts(
  ctx: Context,
  actor: Actor,
  input: { brandId: string; csv: string; isDryRun: boolean },
): Promise<Import> {
  try {
    const imported = await transaction(ctx.db, async (tx) => {
      const rules = await requireBrandRules(tx, actor, input.brandId, 'posts.create')
      const result = await importRows(ctx, tx, actor, rules, input)
      if (input.isDryRun) throw new DryRun({ ...result, postIds: [] })
      if (result.issues.length > 0)
        throw invalid(
          result.issues.map((issue) => ({ ...issue, path: linePath(issue) })),
          `${new Set(result.issues.map(({ line }) => line)).size} lines of this file are invalid; nothing was imported.`,
        )
      return result
    })
    await scheduleDrafts(ctx, imported.postIds)
    return imported
  } catch (error) {
    if (error instanceof DryRun) return error.result
    throw error
  }
}

/** Ends the transaction of a dry run; never leaves this file. */
class DryRun extends Error {
  readonly result: Import
  constructor(result: Import) {
    super('dry run')
    this.result = result
  }
}

const linePath = ({ line, path }: LineIssue) => (path ? `lines.${line}.${path}` : `lines.${line}`)

async function importRows(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  rules: PostRules,
  { brandId, csv }: { brandId: string; csv: string },
): Promise<Import> {
  const { rows, issues } = parsePostCsv(csv)
  if (rows.some(({ cells }) => cells.scheduledAt))
    await requireAccess(tx, actor, rules.workspaceId, 'posts.schedule')
  const known = await namesIn(tx, rules.workspaceId, brandId, rows)
  const read = rows.map((row) => postOf(row, rules, brandId, known))
  const good = read.filter((one) => one.issues.length === 0)
  const added = await addPosts(
    ctx,
    tx,
    actor,
    rules,
    good.map(({ post }) => ({ ...post, bufferLater: true })),
  )
  return {
    posts: rows.length,
    postIds: added.ids,
    issues: [
      ...issues,
      ...read.flatMap((one) => one.issues),
      ...added.issues.map(({ index, issue }) => ({
        ...issue,
        path: columnOf(issue),
        line: good[index]?.line ?? 1,
      })),
    ].sort((a, b) => a.line - b.line),
  }
}

/** The column that a field of the post came from. */
function columnOf({ path, network }: Issue): string {
  const [field = '', , part] = path.split('.')
  if (field === 'overrides') return part === 'content' ? `content:${network}` : (part ?? field)
  return columnsByField[field] ?? field
}

const columnsByField: Record<string, string> = {
  targetAccountIds: 'accounts',
  mediaIds: 'media',
  labelIds: 'labels',
  campaignId: 'campaign',
}

// ---------------------------------------------------------------- names

interface Known {
  accounts: { id: string; names: string[] }[]
  media: Map<string, string>
  labels: Map<string, string>
  campaigns: Map<string, string>
}

async function namesIn(tx: Tx, workspaceId: string, brandId: string, rows: CsvRow[]): Promise<Known> {
  const named = (column: 'media' | 'labels' | 'campaign') => [
    ...new Set(rows.flatMap(({ cells }) => listIn(cells[column]))),
  ]
  const accounts = await accountsOfBrand(tx, brandId)
  return {
    accounts: accounts
      .filter(({ state }) => state !== 'choosing')
      .map(({ id, network, name, handle }) => ({
        id,
        names: [id, network, name, handle ?? '', `${network}:${handle ?? name}`].map(plain).filter(Boolean),
      })),
    media: byName(await mediaByFilename(tx, brandId, named('media'))),
    labels: byName(await labelsByName(tx, workspaceId, named('labels'))),
    campaigns: byName(await campaignsByName(tx, workspaceId, named('campaign'))),
  }
}

const byName = (things: Named[]) => new Map(things.map(({ id, name }) => [name.toLowerCase(), id]))
const plain = (name: string) => name.trim().replace(/^@/, '').toLowerCase()
const listIn = (cell = '') =>
  cell
    .split(/[;|\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

// ---------------------------------------------------------------- one line

function postOf(
  { line, cells, overrides }: CsvRow,
  rules: PostRules,
  brandId: string,
  known: Known,
): { line: number; post: NewPostInput; issues: LineIssue[] } {
  const issues: LineIssue[] = []
  const add = (path: string, rule: string, message: string) => issues.push({ line, path, rule, message })
  const found = (path: string, what: string, name: string, ids: Map<string, string>): string => {
    const id = isId(name) ? name.toLowerCase() : ids.get(name.toLowerCase())
    if (!id) add(path, `${path}_unknown`, `There is no ${what} "${name.slice(0, 100)}".`)
    return id ?? ''
  }

  const accountIds = listIn(cells.accounts).map((name) => {
    const matches = known.accounts.filter(({ names }) => names.includes(plain(name)))
    if (matches.length !== 1)
      add(
        'accounts',
        matches.length === 0 ? 'account_unknown' : 'account_ambiguous',
        matches.length === 0
          ? `This brand has no account "${name.slice(0, 100)}".`
          : `"${name.slice(0, 100)}" could be ${matches.length} accounts. Use the handle.`,
      )
    return matches[0]?.id ?? ''
  })
  const networkOf = new Map(known.accounts.map(({ id, names }) => [id, names[1]]))
  const targets = [...new Set(accountIds)].map((accountId) => ({
    accountId,
    text: overrides[networkOf.get(accountId) ?? ''] ?? null,
  }))
  const mediaIds = listIn(cells.media).map((name) => found('media', 'ready file', name, known.media))
  const labelIds = listIn(cells.labels).map((name) => found('labels', 'label', name, known.labels))
  const campaignId = cells.campaign ? found('campaign', 'campaign', cells.campaign, known.campaigns) : null

  const dueAt = cells.scheduledAt ? parseInstant(cells.scheduledAt, cells.timezone ?? rules.timezone) : null
  if (cells.scheduledAt && !dueAt)
    add(
      'scheduledAt',
      'not_a_time',
      `"${cells.scheduledAt.slice(0, 50)}" is not a time. Write 2027-01-31 09:30, or with an offset 2027-01-31T09:30+01:00.`,
    )
  const contentType = contentTypes.find((type) => type === cells.contentType?.toLowerCase()) ?? null
  if (cells.contentType && !contentType)
    add('contentType', 'unknown_content_type', `Choose one of: ${contentTypes.join(', ')}.`)

  return {
    line,
    issues,
    post: {
      brandId,
      text: cells.content ?? '',
      title: cells.title ?? null,
      link: cells.link ?? null,
      hashtags: (cells.hashtags ?? '').split(/[\s,;|]+/).filter(Boolean),
      contentType,
      timezone: cells.timezone ?? null,
      campaignId,
      labelIds,
      mediaIds,
      targets,
      dueAt,
      schedule: dueAt !== null,
    },
  }
}
