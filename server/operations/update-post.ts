import type { Actor } from '../domain/actor.ts'
import type { Override } from '../domain/draft.ts'
import type { Post } from '../domain/post.ts'
import { isWaiting, requireVerb } from '../domain/post-verbs.ts'
import type { Tx } from '../storage/database.ts'
import { deleteDeliveries, insertDeliveries, setOverride } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { rulesOfWorkspace } from '../storage/post-home.ts'
import { setPostLabels } from '../storage/post-labels.ts'
import { setPostMedia } from '../storage/post-media.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { countOneChange, findPost, updatePost as updateRow } from '../storage/posts.ts'
import { wakeEngine } from '../storage/wake.ts'
import { requireAccess } from './access.ts'
import { bindContent } from './bind-content.ts'
import { takeBack } from './cancel-post.ts'
import { changePosts } from './change-posts.ts'
import {
  type ComposedPost,
  composePost,
  fieldsOf,
  type Overrides,
  overrideOf,
  type PostFields,
  requirePlanning,
  requireSound,
  targetsFrom,
} from './compose-post.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { postEvent } from './post-events.ts'
import { requireFuture, requirePlausible, requireTargets } from './post-time.ts'
import { startDeliveries } from './start-deliveries.ts'

/** What is given replaces what was; what is absent stays. */
export interface PostChanges extends Partial<Omit<PostFields, 'targets'>> {
  targetAccountIds?: string[]
  /** Replaces all overrides; without it, those of accounts that stay are kept. */
  overrides?: Overrides
  dueAt?: Date | null
}

export interface UpdatePostInput {
  postId: string
  changes: PostChanges
  /** Whether a new time schedules a draft, as in B; else the draft only remembers it. */
  schedule?: boolean
  /** See NewPostInput. */
  anyBrand?: boolean
  allowPast?: boolean
  strict?: boolean
  /** If-Match. */
  version?: number
}

/**
 * Changes a post. A scheduled one stays scheduled with the new content, unless that was approved: then it goes back to
 * draft and keeps its time. A claim of the engine that has sent nothing yields. Needs `posts.edit`, and
 * `posts.schedule` where a new time makes it go out by itself.
 */
export async function updatePost(ctx: Context, actor: Actor, input: UpdatePostInput): Promise<Post> {
  return changePosts(ctx, [input.postId], async (tx, ctx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.edit', input.version)
    requireVerb('edit', post, actor.dialect)
    const fields = changedFields(post, input.changes)
    const time = await newTime(ctx, tx, actor, post, input)
    const composed = await checked(ctx, tx, post, fields, time, input)

    await writeFields(ctx, tx, post, fields, composed)
    const wentBack = await bindContent(ctx, tx, actor, post, composed.hash)
    await recordEvents(tx, actor, ctx.clock.now(), [
      postEvent(ctx, post, 'post.updated', {
        changed: Object.keys(input.changes),
        approvalVoided: wentBack,
      }),
    ])
    await moveTo(ctx, tx, actor, post, wentBack ? remembered(time) : time)
    await refreshPostStatus(tx, [post.id], ctx.clock.now())
    await countOneChange(tx, post.id, post.version)
    return (await findPost(tx, post.id)) as Post
  })
}

function changedFields(
  post: Post,
  { targetAccountIds, overrides, dueAt: _, ...changes }: PostChanges,
): PostFields {
  const before = fieldsOf(post)
  const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const accountIds = targetAccountIds ?? before.targets.map(({ accountId }) => accountId)
  const kept = Object.fromEntries(
    before.targets
      .filter(({ accountId }) => accountIds.includes(accountId))
      .map(({ accountId, ...override }) => [accountId, override]),
  )
  return { ...before, ...said, targets: targetsFrom(accountIds, overrides ?? kept) }
}

// ---------------------------------------------------------------- time

/** What becomes of the time: nothing, remembered in a draft, taken back, or acted on. */
type NewTime =
  | { kind: 'unchanged' }
  | { kind: 'remembered'; dueAt: Date | null }
  | { kind: 'withdrawn' }
  | { kind: 'scheduled'; dueAt: Date }

async function newTime(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  post: Post,
  { changes: { dueAt }, schedule, allowPast }: UpdatePostInput,
): Promise<NewTime> {
  if (dueAt === undefined || dueAt?.getTime() === post.dueAt?.getTime()) return { kind: 'unchanged' }
  const isScheduled = post.deliveries.some(isWaiting)
  if (isScheduled || (schedule && dueAt)) await requireAccess(tx, actor, post.workspaceId, 'posts.schedule')
  if (dueAt === null) return isScheduled ? { kind: 'withdrawn' } : { kind: 'remembered', dueAt }
  ;(allowPast && !isScheduled ? requirePlausible : requireFuture)(dueAt, ctx.clock.now())
  if (isScheduled) return { kind: 'scheduled', dueAt }
  const rules = await rulesOfWorkspace(tx, post.workspaceId)
  const mayGoOut = post.approval === 'approved' || (post.approval === 'none' && rules.approvals === 'off')
  return schedule && mayGoOut ? { kind: 'scheduled', dueAt } : { kind: 'remembered', dueAt }
}

/** The same for a post that has gone back to draft. */
function remembered(time: NewTime): NewTime {
  if (time.kind === 'unchanged') return time
  return { kind: 'remembered', dueAt: time.kind === 'withdrawn' ? null : time.dueAt }
}

async function moveTo(ctx: Context, tx: Tx, actor: Actor, before: Post, time: NewTime): Promise<void> {
  if (time.kind === 'unchanged') return
  if (time.kind === 'remembered') return updateRow(tx, before.id, { dueAt: time.dueAt }, ctx.clock.now())
  // Its deliveries are no longer those it had.
  const post = (await findPost(tx, before.id)) as Post
  if (time.kind === 'withdrawn') return takeBack(ctx, tx, actor, post, 'draft')
  await startDeliveries(ctx, tx, actor, post, {
    dueAt: time.dueAt,
    event: before.deliveries.some(isWaiting) ? 'post.rescheduled' : 'post.scheduled',
  })
}

// ---------------------------------------------------------------- content

async function checked(
  ctx: Context,
  tx: Tx,
  post: Post,
  fields: PostFields,
  time: NewTime,
  { anyBrand, strict, changes }: UpdatePostInput,
): Promise<ComposedPost> {
  const { id: _, workspaceId, brandId } = post
  const before = post.deliveries.map(({ accountId }) => accountId)
  const already = new Set([
    ...before,
    ...post.mediaIds,
    ...post.deliveries.flatMap(({ mediaIds }) => mediaIds ?? []),
  ])
  const composed = await composePost(ctx, tx, { workspaceId, brandId, anyBrand, already }, fields)
  if (changes.campaignId || changes.labelIds) await requirePlanning(tx, workspaceId, fields)
  const isScheduled = post.deliveries.some(isWaiting) && time.kind !== 'withdrawn'
  const goesOut = isScheduled || time.kind === 'scheduled'
  if (goesOut) requireTargets(fields.targets)
  // A scheduled post may be mended while one of its accounts waits to be reconnected; a new account must work.
  const added = new Set(fields.targets.map(({ accountId }) => accountId).filter((id) => !before.includes(id)))
  if (goesOut) requireSound(composed, 'publish', isScheduled ? added : undefined)
  else requireSound(composed, strict ? 'publish' : 'draft')
  return composed
}

async function writeFields(
  ctx: Context,
  tx: Tx,
  post: Post,
  fields: PostFields,
  composed: ComposedPost,
): Promise<void> {
  const now = ctx.clock.now()
  const { text, title, link, hashtags, contentType, options, mediaUrls, timezone, campaignId } = fields
  await updateRow(
    tx,
    post.id,
    { text, title, link, hashtags, contentType, options, mediaUrls, timezone, campaignId },
    now,
  )
  await setPostMedia(tx, post, fields.mediaIds)
  await setPostLabels(tx, post, fields.labelIds)
  await writeTargets(ctx, tx, post, fields, composed)
}

async function writeTargets(
  ctx: Context,
  tx: Tx,
  post: Post,
  { targets }: PostFields,
  composed: ComposedPost,
): Promise<void> {
  const now = ctx.clock.now()
  const byAccount = new Map(post.deliveries.map((delivery) => [delivery.accountId, delivery]))
  const wanted = new Set(targets.map(({ accountId }) => accountId))
  const dropped = post.deliveries.filter(({ accountId }) => !wanted.has(accountId))
  await deleteDeliveries(
    tx,
    dropped.map(({ id }) => id),
  )
  const isScheduled = post.deliveries.some(isWaiting)
  const added = targets.flatMap((target, position) =>
    byAccount.has(target.accountId)
      ? []
      : [
          {
            id: ctx.newId(),
            workspaceId: post.workspaceId,
            postId: post.id,
            accountId: target.accountId,
            network: composed.targets[position]?.network.id as string,
            position,
            state: isScheduled ? ('scheduled' as const) : ('draft' as const),
            dueAt: isScheduled ? post.dueAt : null,
            ...overrideOf(target),
          },
        ],
  )
  await insertDeliveries(tx, added, now)
  if (isScheduled && added.length > 0 && post.dueAt) await wakeEngine(tx, post.dueAt, now)
  for (const [position, target] of targets.entries()) {
    const delivery = byAccount.get(target.accountId)
    const override = overrideOf(target)
    if (delivery && (delivery.position !== position || !isSameOverride(delivery, override)))
      await setOverride(tx, delivery.id, override, position, now)
  }
}

const isSameOverride = (a: Override, b: Override) =>
  a.text === b.text &&
  JSON.stringify(a.mediaIds) === JSON.stringify(b.mediaIds) &&
  JSON.stringify(a.options) === JSON.stringify(b.options)
