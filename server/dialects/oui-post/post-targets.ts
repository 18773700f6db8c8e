import type { FastifyRequest } from 'fastify'
import { invalidAt } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { platformTargets } from '../../operations/platform-targets.ts'
import { workspaceOf } from './authenticate.ts'
import { inId } from './ids.ts'

/** Names and ids to accounts, each with its own text where one was given; automatic hashtags join it (C25). */
export async function targetsOf(
  ctx: Context,
  request: FastifyRequest,
  given: {
    content: string
    platforms: string[]
    platform_content?: Record<string, string | { content: string }>
    hashtags?: string[]
  },
) {
  const accounts = await platformTargets(ctx, request.actor, {
    workspaceId: workspaceOf(request),
    platforms: given.platforms.map((name) => ({ name, accountId: inId('account', name) })),
  })
  const texts = new Map<string, string>()
  for (const [name, value] of Object.entries(given.platform_content ?? {})) {
    const id = inId('account', name)
    const matching = accounts.filter((account) => (id ? account.id === id : account.network === name))
    if (matching.length === 0)
      throw invalidAt(
        `platform_content.${name}`,
        `${name.slice(0, 50)} is not among the platforms of this post.`,
      )
    for (const account of matching) texts.set(account.id, typeof value === 'string' ? value : value.content)
  }
  return accounts.map(({ id, preferences }) => {
    const own = texts.get(id)
    const automatic = preferences.autoHashtags ? (preferences.defaultHashtags ?? []) : []
    const missing = automatic.filter(
      (tag) => !(own ?? given.content).includes(tag) && !given.hashtags?.includes(tag),
    )
    const text = missing.length > 0 ? `${own ?? given.content}\n\n${missing.join(' ')}` : own
    return { accountId: id, text: text ?? null }
  })
}
