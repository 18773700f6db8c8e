import type { World } from '../simulator.ts'
import type { Account } from './accounts.ts'
import { createPost, deletePost, editPost, ownPost } from './change-posts.ts'
import { channelBy, channelEntity, channelsOf } from './channels.ts'
import type { CreatePostInput, EditPostInput } from './inputs.ts'
import { listPosts, type PostsArguments } from './list-posts.ts'
import { ordered } from './ordered-refusals.ts'
import { emailOf, postEntity } from './post-entity.ts'
import { dailyStatus } from './posting-limits.ts'
import { Declined, fieldError, payloadOf } from './problems.ts'
import type { Channel, Post } from './state.ts'

/** The queries and mutations, for one account. */
export function rootOf(world: World, account: Account) {
  const inOrder = <T>(operation: string, work: () => T) => ordered(world, operation, work)

  async function acted(operation: string, work: () => Promise<Post>) {
    try {
      return await ordered(world, operation, async () => ({
        __typename: 'PostActionSuccess',
        post: postEntity(world, account, await work()),
      }))
    } catch (error) {
      if (error instanceof Declined) return payloadOf(error)
      throw error
    }
  }

  return {
    account: () => inOrder('account', () => accountEntity(world, account)),

    channels: ({ input }: Input<{ organizationId: string; filter?: { isLocked?: boolean } }>) =>
      inOrder('channels', () => {
        checkOrganization(account, input.organizationId)
        const wanted = input.filter?.isLocked
        return channelsOf(world, account)
          .filter(({ isLocked }) => wanted == null || isLocked === wanted)
          .map((channel) => channelEntity(world, account, channel))
      }),

    channel: ({ input }: Input<{ id: string }>) =>
      inOrder('channel', () => channelEntity(world, account, existingChannel(input.id))),

    dailyPostingLimits: ({ input }: Input<{ channelIds: string[]; date?: string }>) =>
      inOrder('dailyPostingLimits', () => {
        const day = (input.date ?? world.now().toISOString()).slice(0, 10)
        return input.channelIds.map((id) => dailyStatus(world, existingChannel(id), day))
      }),

    posts: (given: PostsArguments) =>
      inOrder('posts', () => {
        checkOrganization(account, given.input.organizationId)
        return listPosts(world, account, given)
      }),

    post: ({ input }: Input<{ id: string }>) =>
      inOrder('post', () => {
        const post = ownPost(world, account, input.id)
        if (!post) throw fieldError('NOT_FOUND', 'Post not found')
        return postEntity(world, account, post)
      }),

    createPost: ({ input }: Input<CreatePostInput>) =>
      acted('createPost', () => createPost(world, account, input)),

    editPost: ({ input }: Input<EditPostInput>) => acted('editPost', () => editPost(world, account, input)),

    // Its payload has no member for a refusal: `VoidMutationError` is never sent.
    deletePost: ({ input }: Input<{ id: string }>) =>
      inOrder('deletePost', () => {
        deletePost(world, account, input.id)
        return { __typename: 'DeletePostSuccess', id: input.id }
      }),
  }

  function existingChannel(id: string): Channel {
    const channel = channelBy(world, account, id)
    if (!channel) throw fieldError('NOT_FOUND', 'Channel not found')
    return channel
  }
}

interface Input<T> {
  input: T
}

function accountEntity(world: World, account: Account) {
  return {
    id: account.id,
    email: emailOf(account),
    avatar: world.publicUrl('/web/pictures/account.png'),
    createdAt: '2025-01-01T00:00:00.000Z',
    timezone: 'Etc/UTC',
    name: account.name,
    organizations: ({ filter }: { filter?: { organizationId: string } }) =>
      [
        {
          id: account.organizationId,
          channelCount: channelsOf(world, account).length,
          name: `${account.name}'s organization`,
          ownerEmail: emailOf(account),
        },
      ].filter(({ id }) => !filter || filter.organizationId === id),
  }
}

function checkOrganization(account: Account, id: string) {
  if (id !== account.organizationId)
    throw fieldError('FORBIDDEN', 'The account does not belong to this organization')
}
