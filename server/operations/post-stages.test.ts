import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../test/posting.ts'
import type { Dialect, UserActor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { mayDo, type PostStage, type PostVerb, postStages } from '../domain/post-verbs.ts'
import { approvePost } from './approve-post.ts'
import { cancelPost } from './cancel-post.ts'
import { deletePost } from './delete-post.ts'
import { movePost } from './move-post.ts'
import { publishPostNow } from './publish-post-now.ts'
import { readPost } from './read-post.ts'
import { schedulePost } from './schedule-post.ts'
import { submitPost } from './submit-post.ts'
import { updatePost } from './update-post.ts'

/** Every verb at every stage in every dialect, through the operations: what the table allows works, the rest is refused. */

let world: Awaited<ReturnType<typeof testPosting>>
let accountId: string
const soon = () => new Date(world.ctx.clock.now().getTime() + 7_200_000)

beforeAll(async () => {
  world = await testPosting()
  accountId = await world.addAccount()
})
afterAll(() => world.close())

const actorOf = (dialect: Dialect): UserActor => ({
  kind: 'user',
  userId: world.owner.userId,
  sessionId: world.ctx.newId(),
  isInstanceAdmin: false,
  dialect,
  requestId: 'req_test',
})

/** A post at a stage, as people and the engine would have left it. */
async function postAt(stage: PostStage): Promise<string> {
  const isDraft = stage === 'draft' || stage === 'pending' || stage === 'approved'
  const scheduledAt = isDraft ? null : world.inAnHour()
  const { id } = await world.newPost({ content: 'Hello', targetAccountIds: [accountId], scheduledAt })
  if (stage === 'pending' || stage === 'approved') {
    const { id: approvalId } = await submitPost(world.ctx, actorOf('mypost'), { postId: id })
    if (stage === 'approved') await approvePost(world.ctx, actorOf('mypost'), { approvalId })
  }
  // One account publishes one delivery at a time.
  if (stage === 'publishing') {
    await world.ctx.db
      .updateTable('deliveries')
      .set({ state: 'published' })
      .where('state', '=', 'publishing')
      .execute()
    await world.setDeliveries(id, 'publishing', { fenced: true })
  } else if (!isDraft && stage !== 'scheduled') await world.setDeliveries(id, stage)
  return id
}

const verbs: Record<Exclude<PostVerb, 'remove'>, (actor: UserActor, postId: string) => Promise<unknown>> = {
  edit: (actor, postId) => updatePost(world.ctx, actor, { postId, changes: { text: 'Changed' } }),
  schedule: (actor, postId) => schedulePost(world.ctx, actor, { postId, dueAt: soon() }),
  move: (actor, postId) => movePost(world.ctx, actor, { postId, dueAt: soon() }),
  cancel: (actor, postId) => cancelPost(world.ctx, actor, { postId }),
  delete: (actor, postId) => deletePost(world.ctx, actor, { postId }),
  publish: (actor, postId) => publishPostNow(world.ctx, actor, { postId }),
  submit: (actor, postId) => submitPost(world.ctx, actor, { postId }),
}

const cells = Object.keys(verbs).flatMap((verb) =>
  postStages.flatMap((stage) =>
    (['social-media-service', 'mypost', 'oui-post', 'content'] as const).map((dialect) => ({
      verb: verb as keyof typeof verbs,
      stage,
      dialect,
      allowed: mayDo(verb as PostVerb, stage, dialect),
    })),
  ),
)

test.each(cells)('$verb a $stage post by $dialect: $allowed', async ({ verb, stage, dialect, allowed }) => {
  const postId = await postAt(stage)
  const actor = actorOf(dialect)
  const before = await readPost(world.ctx, actor, { postId })
  const asked = verbs[verb](actor, postId)
  if (!allowed) {
    await expect(asked).rejects.toMatchObject({ code: 'wrong_state', rule: `post_${stage}` })
    expect(await readPost(world.ctx, actor, { postId })).toEqual(before)
    return
  }
  await asked
  if (verb === 'delete') await expect(readPost(world.ctx, actor, { postId })).rejects.toThrow('not found')
  else expectAfter(verb, stage, dialect, before, await readPost(world.ctx, actor, { postId }))
})

function expectAfter(
  verb: keyof typeof verbs,
  stage: PostStage,
  dialect: Dialect,
  before: Post,
  after: Post,
) {
  expect(after.version).toBeGreaterThan(before.version)
  const state = after.deliveries[0]?.state
  switch (verb) {
    case 'edit':
      expect(after).toMatchObject({ text: 'Changed', status: before.status, dueAt: before.dueAt })
      expect(after.contentHash).not.toEqual(before.contentHash)
      break
    case 'schedule':
      expect(after).toMatchObject({ status: 'scheduled' })
      expect(after.dueAt?.getTime()).toBeGreaterThan(world.ctx.clock.now().getTime() + 3_700_000)
      break
    case 'publish':
      expect(after.status).toBe('scheduled')
      expect(after.dueAt?.getTime()).toBeLessThanOrEqual(world.ctx.clock.now().getTime())
      break
    case 'move':
      expect(after.dueAt).not.toEqual(before.dueAt)
      expect(state).toBe(stage === 'scheduled' ? 'scheduled' : 'draft')
      expect(after.approval).toBe(before.approval)
      break
    case 'cancel':
      if (dialect === 'mypost') expect(after).toMatchObject({ status: 'draft', dueAt: null })
      else expect(after).toMatchObject({ status: 'cancelled', dueAt: before.dueAt })
      break
    case 'submit':
      expect(after).toMatchObject({ status: 'draft', approval: 'pending' })
  }
}
