import { Refusal } from '../domain/refusal.ts'
import type { Tx } from '../storage/database.ts'
import { transaction } from '../storage/transaction.ts'
import { agreeWithBuffer } from './agree-with-buffer.ts'
import { type BufferWish, bufferWishes } from './buffer-wishes.ts'
import type { Context } from './context.ts'

/** Once to see what Buffer should have, once with Buffer agreeing, and once more should somebody have come between. */
const roundsMax = 3

/**
 * One change of posts in one transaction, as `transaction` does it, for every operation that may change what goes out.
 * Where a post goes through Buffer, the change holds here only once Buffer has made its part of it: the transaction
 * runs, and if Buffer's posts would then not be what they should, it is undone, Buffer is brought to agree (outside of
 * any transaction, each request fenced), and it runs again. What Buffer refuses, or cannot be reached for, changes
 * nothing here. Should this process die in between, `settleBufferPosts` makes Buffer agree with what is here.
 *
 * @param touched the posts that the change touches, or how to tell from its result.
 * @param work may run several times; its `ctx` hands out the same ids each time, so that what Buffer was told of is
 *   what is written in the end.
 */
export async function changePosts<T>(
  ctx: Context,
  touched: string[] | ((result: T) => string[]),
  work: (tx: Tx, ctx: Context) => Promise<T>,
): Promise<T> {
  const sameIds = replayIds(ctx)
  for (let round = 1; round <= roundsMax; round++) {
    try {
      return await transaction(ctx.db, async (tx) => {
        const replayed = sameIds()
        const result = await work(tx, replayed)
        const wishes = await bufferWishes(replayed, tx, Array.isArray(touched) ? touched : touched(result))
        if (wishes.length > 0) throw new BufferFirst(wishes)
        return result
      })
    } catch (error) {
      if (!(error instanceof BufferFirst)) throw error
      await agreeWithBuffer(ctx, error.wishes)
    }
  }
  throw new Refusal('conflict', 'This post was changed by somebody else at the same time. Try again.', {
    rule: 'changed_meanwhile',
  })
}

/** Undoes the transaction; never leaves this file. */
class BufferFirst extends Error {
  readonly wishes: BufferWish[]
  constructor(wishes: BufferWish[]) {
    super('Buffer has to agree first')
    this.wishes = wishes
  }
}

function replayIds(ctx: Context): () => Context {
  const ids: string[] = []
  return () => {
    let next = 0
    const newId = () => {
      const id = ids[next] ?? ctx.newId()
      ids[next++] = id
      return id
    }
    return { ...ctx, newId }
  }
}
