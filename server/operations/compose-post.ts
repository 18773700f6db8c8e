import { bufferApi } from '../buffer/ask-buffer.ts'
import { bufferIssues } from '../buffer/content.ts'
import { composeDraft, isIncomplete } from '../domain/compose-draft.ts'
import { contentHash, type HashedMedia } from '../domain/content-hash.ts'
import type { ContentType } from '../domain/content-type.ts'
import type { Draft, Override } from '../domain/draft.ts'
import { type Limits, pullsKind } from '../domain/limits.ts'
import { knowsOption } from '../domain/network-options.ts'
import type { Post } from '../domain/post.ts'
import { type BoundedPost, requireBounds } from '../domain/post-bounds.ts'
import { type Issue, invalid } from '../domain/refusal.ts'
import type { Network } from '../networks/network.ts'
import type { Db } from '../storage/database.ts'
import { isOpenCampaign, knownLabels } from '../storage/post-labels.ts'
import { mediaForPosts, type PostMedium } from '../storage/post-media.ts'
import { type TargetAccount, targetAccounts } from '../storage/post-targets.ts'
import type { Context } from './context.ts'
import { type MediaReach, mediaReach } from './media-reach.ts'

/** Everything a person decides about a post but its time. */
export interface PostFields extends BoundedPost {
  contentType: ContentType | null
  campaignId: string | null
  /** In the order in which they are shown. */
  targets: TargetInput[]
}

/** One account the post goes to, with what is different there; null or absent means: as in the post. */
export interface TargetInput {
  accountId: string
  text?: string | null
  mediaIds?: string[] | null
  options?: Record<string, unknown> | null
}

export type Overrides = Record<string, Omit<TargetInput, 'accountId'>>

/** Accounts and what is different for some of them, put together. Refuses an override for an account that is no target. */
export function targetsFrom(accountIds: string[], overrides: Overrides): TargetInput[] {
  const strays = Object.keys(overrides).filter((id) => !accountIds.includes(id))
  if (strays.length > 0)
    throw invalid(
      strays.map((id) => ({
        path: `overrides.${id.slice(0, 100)}`,
        rule: 'override_without_target',
        message: `${id.slice(0, 100)} is not among the accounts this post goes to.`,
        remedy: 'Add it to the targets, or drop the override.',
      })),
    )
  return accountIds.map((accountId) => ({ accountId, ...overrides[accountId] }))
}

/** Where a post lives, and so what it may refer to. */
export interface PostHome {
  workspaceId: string
  brandId: string
  /** Dialects without brands may use accounts and media of every brand of the workspace (answers 1.8). */
  anyBrand?: boolean
  /** Ids of accounts and media that the post has already, whatever brand they are of. */
  already?: ReadonlySet<string>
}

/** A post whose references were found, each target with what it would get and what speaks against it. */
export interface ComposedPost {
  hash: Buffer
  targets: ComposedTarget[]
  /** About the post as a whole: nothing to publish, an option that no target knows. */
  issues: Issue[]
}

export interface ComposedTarget {
  account: TargetAccount
  override: Override
  network: Network
  limits: Limits
  draft: Draft
  issues: Issue[]
}

/**
 * Puts a post together as its accounts would get it. Refuses what is malformed or refers to things that are not
 * there; what a network would refuse comes back as issues, because a draft may live with some of them.
 */
export async function composePost(
  ctx: Context,
  tx: Db,
  home: PostHome,
  fields: PostFields,
): Promise<ComposedPost> {
  requireBounds(fields)
  const media = await mediaOf(tx, home, fields)
  const accounts = await accountsOf(ctx, tx, home, fields)
  const filesOf = (ids: string[]) => ids.map((id) => media.get(id)).filter((file) => file !== undefined)
  const reach = await mediaReach(ctx, tx, home.workspaceId, media.size + fields.mediaUrls.length > 0)
  const targets = fields.targets.map((target) => composeTarget(ctx, fields, target, accounts, filesOf, reach))
  return {
    hash: hashOf(fields, filesOf),
    targets,
    issues: [...emptyIssues(fields), ...unknownOptions(fields, targets)],
  }
}

/**
 * Refuses a post that its networks would refuse.
 * @param purpose `draft`: it may still lack something. `publish`: it must be complete.
 * @param checked the accounts that must be working; all of them by default when it is to be published.
 */
export function requireSound(
  composed: ComposedPost,
  purpose: 'draft' | 'publish',
  checked?: ReadonlySet<string>,
): void {
  const issues = [
    ...composed.issues,
    ...composed.targets.flatMap(({ issues }) => issues),
    ...(purpose === 'publish' || checked ? accountIssues(composed) : []).filter(
      ({ accountId }) => !checked || checked.has(accountId ?? ''),
    ),
  ].filter((issue) => purpose === 'publish' || !isIncomplete(issue))
  if (issues.length > 0) throw invalid(issues)
}

/** What keeps the targets' accounts from publishing now. */
export function accountIssues({ targets }: Pick<ComposedPost, 'targets'>): Issue[] {
  return targets.flatMap(({ account, network }, index) => {
    const problem = problemOf(account, network.name)
    return problem
      ? [{ ...problem, path: `targetAccountIds.${index}`, accountId: account.id, network: network.id }]
      : []
  })
}

function problemOf({ state, isActive, name }: TargetAccount, network: string): Omit<Issue, 'path'> | null {
  if (state === 'expired')
    return {
      rule: 'account_expired',
      message: `${name} on ${network} no longer accepts our access.`,
      remedy: 'Reconnect the account.',
    }
  if (state !== 'active')
    return {
      rule: 'account_not_working',
      message: `${name} on ${network} is not working.`,
      remedy: 'Reconnect the account.',
    }
  if (!isActive)
    return {
      rule: 'account_inactive',
      message: `${name} on ${network} is switched off.`,
      remedy: 'Switch the account on.',
    }
  return null
}

// ---------------------------------------------------------------- references

async function mediaOf(tx: Db, home: PostHome, fields: PostFields): Promise<Map<string, PostMedium>> {
  const uses = [
    { path: 'mediaIds', ids: fields.mediaIds },
    ...fields.targets.map(({ accountId, mediaIds }) => ({
      path: `overrides.${accountId}.mediaIds`,
      ids: mediaIds ?? [],
    })),
  ]
  const found = await mediaForPosts(tx, home.workspaceId, [...new Set(uses.flatMap(({ ids }) => ids))])
  const byId = new Map(found.filter((file) => isWithin(home, file)).map((file) => [file.id, file]))
  const issues = uses.flatMap(({ path, ids }) =>
    ids.flatMap((id, index): Issue[] => {
      const file = byId.get(id)
      const at = `${path}.${index}`
      if (!file)
        return [{ path: at, rule: 'media_not_found', message: `This brand has no media with the id ${id}.` }]
      if (file.state === 'pending')
        return [
          {
            path: at,
            rule: 'media_not_ready',
            message: `${file.filename} has not been uploaded completely.`,
            remedy: 'Finish the upload first.',
          },
        ]
      if (file.state === 'failed')
        return [
          {
            path: at,
            rule: 'media_failed',
            message: `${file.filename} could not be read.`,
            remedy: 'Upload it again.',
          },
        ]
      return []
    }),
  )
  if (issues.length > 0) throw invalid(issues)
  return byId
}

async function accountsOf(
  ctx: Context,
  tx: Db,
  home: PostHome,
  { targets }: PostFields,
): Promise<Map<string, TargetAccount>> {
  const found = await targetAccounts(
    tx,
    home.workspaceId,
    targets.map(({ accountId }) => accountId),
  )
  const byId = new Map(
    found
      .filter((account) => isWithin(home, account))
      .filter(({ network, state }) => ctx.networks.has(network) && state !== 'choosing')
      .map((account) => [account.id, account]),
  )
  const issues = targets.flatMap(({ accountId }, index): Issue[] =>
    byId.has(accountId)
      ? []
      : [
          {
            path: `targetAccountIds.${index}`,
            rule: 'account_not_found',
            message: `This brand has no connected account with the id ${accountId}.`,
            accountId,
          },
        ],
  )
  if (issues.length > 0) throw invalid(issues)
  return byId
}

const isWithin = ({ anyBrand, brandId, already }: PostHome, thing: { id: string; brandId: string }) =>
  anyBrand || thing.brandId === brandId || already?.has(thing.id)

/** Refuses a campaign or labels that the workspace does not have. */
export async function requirePlanning(
  tx: Db,
  workspaceId: string,
  { campaignId, labelIds }: Pick<PostFields, 'campaignId' | 'labelIds'>,
) {
  if (campaignId && !(await isOpenCampaign(tx, workspaceId, campaignId)))
    throw invalid([
      { path: 'campaignId', rule: 'campaign_not_found', message: `There is no campaign ${campaignId}.` },
    ])
  const known = await knownLabels(tx, workspaceId, labelIds)
  const issues = labelIds.flatMap((id, index): Issue[] =>
    known.includes(id)
      ? []
      : [{ path: `labelIds.${index}`, rule: 'label_not_found', message: `There is no label ${id}.` }],
  )
  if (issues.length > 0) throw invalid(issues)
}

// ---------------------------------------------------------------- targets

type FilesOf = (ids: string[]) => PostMedium[]

function composeTarget(
  ctx: Context,
  fields: PostFields,
  target: TargetInput,
  accounts: Map<string, TargetAccount>,
  filesOf: FilesOf,
  reach: MediaReach,
): ComposedTarget {
  const account = accounts.get(target.accountId) as TargetAccount
  const network = ctx.networks.get(account.network) as Network
  const limits = account.limits ?? network.limits
  const override = overrideOf(target)
  const { draft, issues } = composeDraft(
    network,
    fields,
    override,
    filesOf(override.mediaIds ?? fields.mediaIds),
    limits,
  )
  const isFetched =
    draft.media.some(({ kind }) => pullsKind(limits, kind)) ||
    (fields.mediaUrls.length > 0 && pullsKind(limits, null))
  const carried = account.bufferProfileId
    ? [...bufferIssues(network.id, draft), ...(draft.media.length > 0 ? reach(bufferApi) : [])]
    : isFetched
      ? reach(network)
      : []
  return {
    account,
    network,
    limits,
    override,
    draft,
    issues: [...issues, ...carried].map((issue) => ({
      ...issue,
      path: fieldPath(issue.path, account.id, override),
      accountId: account.id,
    })),
  }
}

/** What a person decided about a post so far; accounts that were disconnected since are no targets any more. */
export const fieldsOf = (post: Post): PostFields => ({
  text: post.text,
  title: post.title,
  link: post.link,
  hashtags: post.hashtags,
  contentType: post.contentType,
  options: post.options,
  mediaIds: post.mediaIds,
  mediaUrls: post.mediaUrls,
  timezone: post.timezone,
  campaignId: post.campaignId,
  labelIds: post.labelIds,
  targets: post.deliveries
    .filter(({ isAccountGone }) => !isAccountGone)
    .map(({ accountId, text, mediaIds, options }) => ({ accountId, text, mediaIds, options })),
})

/** A post that exists, put together again: what it refers to was checked when it was written. */
export const recomposePost = (ctx: Context, tx: Db, post: Post): Promise<ComposedPost> =>
  composePost(
    ctx,
    tx,
    { workspaceId: post.workspaceId, brandId: post.brandId, anyBrand: true },
    fieldsOf(post),
  )

export const overrideOf = ({ text, mediaIds, options }: TargetInput): Override => ({
  text: text ?? null,
  mediaIds: mediaIds ?? null,
  options: options ?? null,
})

/** Where the person can mend it: a path in the draft becomes the field it came from. */
function fieldPath(path: string, accountId: string, override: Override): string {
  const [head = '', ...rest] = path.split('.')
  const own = `overrides.${accountId}`
  const tail = rest.map((part) => `.${part}`).join('')
  if (head === 'text') return override.text === null ? 'content' : `${own}.content`
  if (head === 'media') return `${override.mediaIds === null ? '' : `${own}.`}mediaIds${tail}`
  if (head === 'options' && override.options && (rest[0] ?? '') in override.options)
    return `${own}.options${tail}`
  return path
}

/** "Content or a media item is required" (B19): in the post itself, or else for each account. */
function emptyIssues({ text, mediaIds, mediaUrls, targets }: PostFields): Issue[] {
  const has = (words: string, files: number) => words.trim() !== '' || files > 0
  const files = mediaIds.length + mediaUrls.length
  const filled =
    has(text, files) ||
    (targets.length > 0 &&
      targets.every((target) => has(target.text ?? text, target.mediaIds?.length ?? files)))
  return filled
    ? []
    : [
        {
          path: 'content',
          rule: 'content_required',
          message: 'A post needs a text or media.',
          remedy: 'Write a text or add a file.',
        },
      ]
}

/** An option of the post that none of its networks knows is a typing error. */
function unknownOptions({ options }: PostFields, targets: ComposedTarget[]): Issue[] {
  if (targets.length === 0) return []
  return Object.keys(options)
    .filter((name) => !targets.some(({ network }) => knowsOption(network, name)))
    .map((name) => ({
      path: `options.${name}`,
      rule: 'unknown_option',
      message: `None of the chosen networks has an option "${name.slice(0, 100)}".`,
    }))
}

/** What an approval of these fields would be bound to. */
export function hashOf(fields: PostFields, filesOf: FilesOf): Buffer {
  const hashed = (ids: string[]): HashedMedia[] => filesOf(ids).map(({ id, altText }) => ({ id, altText }))
  return contentHash({
    text: fields.text,
    title: fields.title,
    link: fields.link,
    hashtags: fields.hashtags,
    contentType: fields.contentType,
    options: fields.options,
    media: hashed(fields.mediaIds),
    mediaUrls: fields.mediaUrls,
    targets: fields.targets.map((target) => ({
      accountId: target.accountId,
      text: target.text ?? null,
      media: target.mediaIds ? hashed(target.mediaIds) : null,
      options: target.options ?? null,
    })),
  })
}
