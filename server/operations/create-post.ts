import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import type { Tx } from '../storage/database.ts'
import { insertDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import type { PostRules } from '../storage/post-home.ts'
import { setPostLabels } from '../storage/post-labels.ts'
import { setPostMedia } from '../storage/post-media.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { findPost, insertPost } from '../storage/posts.ts'
import { appendLog } from '../storage/publish-log.ts'
import { wakeEngine } from '../storage/wake.ts'
import { requireAccess } from './access.ts'
import { changePosts } from './change-posts.ts'
import {
  composePost,
  type Overrides,
  overrideOf,
  type PostFields,
  requirePlanning,
  requireSound,
  targetsFrom,
} from './compose-post.ts'
import type { Context } from './context.ts'
import { planHandingOver } from './hand-over-later.ts'
import { requirePlanRoom } from './plan-limit.ts'
import { requireBrandRules } from './post-access.ts'
import { logEntry, postEvent } from './post-events.ts'
import { requireFuture, requirePlausible, requireTargets } from './post-time.ts'

/** What was said of a new post. Accounts come as `targets`, or as ids with overrides by id. */
export interface GivenFields extends Partial<PostFields> {
  targetAccountIds?: string[]
  overrides?: Overrides
}

export interface NewPostInput extends GivenFields {
  brandId: string
  /** See PostHome.anyBrand. */
  anyBrand?: boolean
  dueAt?: Date | null
  /** Whether the post goes out at `dueAt` by itself; else it is a draft that remembers the time. */
  schedule?: boolean
  /** Drafts in A and C may hold a time that has gone by (answers 1.7). */
  allowPast?: boolean
  /**
   * Of many at once: a post that goes through Buffer becomes a draft first, and is handed over by `scheduleDraft`.
   * Buffer takes them one by one, and may stop in the middle.
   */
  bufferLater?: boolean
  /** Checks a draft as if it were to be published now, as D does. */
  strict?: boolean
}

/**
 * Writes a post: a draft, or one that is scheduled at once. Where the workspace requires approval, it becomes a draft
 * that keeps its time. Needs `posts.create`, with `schedule` also `posts.schedule`.
 */
export async function createPost(ctx: Context, actor: Actor, input: NewPostInput): Promise<Post> {
  return changePosts(
    ctx,
    ({ id }: Post) => [id],
    async (tx, ctx) => {
      const rules = await requireBrandRules(tx, actor, input.brandId, 'posts.create')
      if (input.schedule) await requireAccess(tx, actor, rules.workspaceId, 'posts.schedule')
      const postId = await addPost(ctx, tx, actor, rules, input)
      return (await findPost(tx, postId)) as Post
    },
  )
}

/** The rest of `createPost`, for those who make many posts in one transaction and checked access already. */
export async function addPost(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  rules: PostRules,
  input: NewPostInput & {
    recurrenceId?: string
    occurrenceAt?: Date
    queueId?: string
    createdBy?: string | null
  },
): Promise<string> {
  const now = ctx.clock.now()
  const { workspaceId } = rules
  const { brandId } = input
  const dueAt = input.dueAt ?? null
  const fields = filled(input)
  const mayGoOut = Boolean(input.schedule && dueAt && rules.approvals === 'off')

  await requirePlanRoom(ctx, tx, workspaceId)
  if (dueAt) (input.allowPast ? requirePlausible : requireFuture)(dueAt, now)
  if (input.schedule) requireTargets(fields.targets)
  const home = { workspaceId, brandId, anyBrand: input.anyBrand }
  const composed = await composePost(ctx, tx, home, fields)
  await requirePlanning(tx, workspaceId, fields)
  requireSound(composed, input.schedule || input.strict ? 'publish' : 'draft')
  const isForBuffer = mayGoOut && composed.targets.some(({ account }) => account.bufferProfileId)
  const isScheduled = mayGoOut && !(isForBuffer && input.bufferLater)

  const post = { id: ctx.newId(), workspaceId, brandId }
  await insertPost(
    tx,
    {
      ...post,
      createdBy:
        input.createdBy !== undefined ? input.createdBy : actor.kind === 'user' ? actor.userId : null,
      createdByExternal: actor.kind === 'gateway' ? actor.externalUserId : null,
      origin: input.recurrenceId ? 'recurrence' : actor.dialect,
      recurrenceId: input.recurrenceId ?? null,
      occurrenceAt: input.occurrenceAt ?? null,
      queueId: input.queueId ?? null,
      text: fields.text,
      title: fields.title,
      link: fields.link,
      hashtags: fields.hashtags,
      contentType: fields.contentType,
      options: fields.options,
      mediaUrls: fields.mediaUrls,
      timezone: fields.timezone,
      campaignId: fields.campaignId,
      dueAt,
      contentHash: composed.hash,
    },
    now,
  )
  await setPostMedia(tx, post, fields.mediaIds)
  await setPostLabels(tx, post, fields.labelIds)
  await insertDeliveries(
    tx,
    fields.targets.map((target, position) => ({
      id: ctx.newId(),
      workspaceId,
      postId: post.id,
      accountId: target.accountId,
      network: composed.targets[position]?.network.id as string,
      position,
      state: isScheduled ? 'scheduled' : 'draft',
      dueAt: isScheduled ? dueAt : null,
      ...overrideOf(target),
    })),
    now,
  )
  await refreshPostStatus(tx, [post.id], now)

  const scheduledAt = dueAt?.toISOString() ?? null
  await recordEvents(tx, actor, now, [
    postEvent(ctx, post, 'post.created', {
      status: isScheduled ? 'scheduled' : 'draft',
      scheduledAt,
      targetAccountIds: fields.targets.map(({ accountId }) => accountId),
    }),
    ...(isScheduled ? [postEvent(ctx, post, 'post.scheduled', { scheduledAt })] : []),
  ])
  if (isForBuffer && input.bufferLater) await planHandingOver(ctx, tx, post)
  if (isScheduled && dueAt) {
    await appendLog(tx, [
      logEntry(ctx, post, null, 'scheduled', `Scheduled for ${scheduledAt}.`, { scheduledAt }),
    ])
    await wakeEngine(tx, dueAt, now)
  }
  return post.id
}

/** What was not said is empty. */
export function filled({ targetAccountIds = [], overrides = {}, ...given }: GivenFields): PostFields {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...emptyFields, targets: targetsFrom(targetAccountIds, overrides), ...said }
}

const emptyFields: Omit<PostFields, 'targets'> = {
  text: '',
  title: null,
  link: null,
  hashtags: [],
  contentType: null,
  options: {},
  mediaIds: [],
  mediaUrls: [],
  timezone: null,
  campaignId: null,
  labelIds: [],
}
