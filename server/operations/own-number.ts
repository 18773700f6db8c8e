import type { Actor } from '../domain/actor.ts'
import { forbidden, notFound } from '../domain/refusal.ts'
import { workspaceIdsOfMember } from '../storage/members.ts'
import { findByNumber, type Numbered, numbersOf as storedNumbers } from '../storage/numbers.ts'
import type { Context } from './context.ts'

const names: Record<Numbered, { title: string; word: string }> = {
  account: { title: 'Social account', word: 'account' },
  post: { title: 'Post', word: 'post' },
  campaign: { title: 'Campaign', word: 'campaign' },
  analytics: { title: 'Analytics', word: 'analytics record' },
  bufferConfig: { title: 'Buffer configuration', word: 'Buffer configuration' },
}

/** The workspace that dialect A works in: the caller's first (answers 1.3). */
export async function firstWorkspace(ctx: Context, actor: Actor): Promise<string> {
  const [first] = actor.kind === 'user' ? await workspaceIdsOfMember(ctx.db, actor.userId) : []
  if (!first) throw forbidden('You are a member of no workspace')
  return first
}

/**
 * The UUID behind an integer id of dialect A. An unknown number is `not_found`, another workspace's `forbidden`
 * (answers 1.3): numbers are counted over the whole instance, so that one exists is no secret.
 */
export async function ownNumber(ctx: Context, actor: Actor, kind: Numbered, number: number): Promise<string> {
  const workspaceId = await firstWorkspace(ctx, actor)
  const { title, word } = names[kind]
  const row = number <= 2 ** 31 - 1 ? await findByNumber(ctx.db, kind, number) : undefined
  if (!row) throw notFound(title, String(number))
  if (row.workspaceId !== workspaceId) throw forbidden(`You don't have permission to access this ${word}`)
  return row.id
}

/** The integers that dialect A shows for rows, by UUID. The rows must be the caller's already. */
export const numbersOf = (ctx: Context, kind: Numbered, ids: string[]) => storedNumbers(ctx.db, kind, ids)
