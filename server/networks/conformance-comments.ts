import { expect } from 'vitest'
import { checkDraft } from '../domain/check-draft.ts'
import { uniqueText } from './conformance-samples.ts'
import type { Story, Trial } from './conformance-trial.ts'
import type { WriteFault } from './conformance-world.ts'
import type { Network, Write, Written } from './network.ts'

const hasComments = (network: Network) => network.limits.firstComment

/** The first comment is a write of its own after the post, fenced and looked for like any other. */
export const commentStories: Story[] = [
  {
    name: 'the first comment goes out after the post, and stands under it',
    appliesTo: hasComments,
    async run(trial) {
      const { text, post, comment, done, ctx } = await withComment(trial)
      const written = await trial.accept(comment, done, ctx)
      expect(written.externalId).not.toBe(post.externalId)
      expect(await trial.seen(text)).toMatchObject([
        { externalId: written.externalId, replyTo: post.externalId },
      ])
      const found = await trial.lookup(comment, done, ctx)
      expect(['published', 'unknown']).toContain(found.outcome)
      if (found.outcome === 'published') expect(found.externalId).toBe(written.externalId)
    },
  },
  ...(['cut_before', 'cut_after'] as const).map(lost),
]

/** Whatever became of it, nobody may say the opposite, and it stands there once at most. */
function lost(fault: WriteFault): Story {
  const isDone = fault.endsWith('_after')
  return {
    name: `${fault}: a first comment whose answer was lost is ${isDone ? 'never called absent' : 'not called published'}, and never there twice`,
    appliesTo: hasComments,
    async run(trial) {
      const { text, comment, done, ctx } = await withComment(trial)
      const result = await trial.commitBroken(comment, fault, done, ctx)
      expect(result.outcome, JSON.stringify(result)).toBe('unknown')
      expect(await trial.seen(text)).toHaveLength(isDone ? 1 : 0)
      const found = await trial.lookup(comment, done, ctx)
      expect([isDone ? 'published' : 'absent', 'unknown']).toContain(found.outcome)
      if (found.outcome !== 'absent' && !isRepeatable(trial, comment)) return
      await trial.accept(comment, done, ctx)
      expect(await trial.seen(text)).toHaveLength(1)
    },
  }
}

function isRepeatable({ recovery }: Trial, { kind }: Write): boolean {
  return recovery.repeatableMs > 0 && recovery.repeatableKinds?.includes(kind) !== false
}

/** A post that is out, and the comment that is to follow. */
async function withComment(trial: Trial) {
  const text = uniqueText('And more')
  const plain = await trial.plainDelivery('With a comment')
  const delivery = { ...plain, draft: { ...plain.draft, options: { firstComment: text } } }
  expect(checkDraft(trial.network, delivery.draft, trial.limits)).toEqual([])
  // One checkpoint for all of it, as the delivery has: a network may keep there what it made for the comment (Threads).
  const ctx = trial.context(new Map())
  const writes = await trial.ready(delivery, ctx)
  expect(writes).toHaveLength(2)
  const post: Written = await trial.accept(writes[0] as Write, [], ctx)
  return { text, post, comment: writes[1] as Write, done: [post], ctx }
}
