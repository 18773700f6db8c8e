import { type CheckedNetwork, checkDraft } from './check-draft.ts'
import { type Draft, draftFor, type MediaFacts, type Override, type PostContent } from './draft.ts'
import type { Limits } from './limits.ts'
import { type NetworkOptions, optionsFor } from './network-options.ts'
import type { Issue } from './refusal.ts'

/** A post that may bring its media as addresses, which are fetched only while it is prepared. */
export interface ComposedPost extends PostContent {
  mediaUrls: string[]
}

/**
 * What one account would get, and everything that would keep it from being published there. The composer's dry run,
 * scheduling and the engine all come here, so that what passes the one passes the other.
 * @param media the account's own files where the override has some, else the post's; in order.
 * @param limits the account's own where it has some, else the network's.
 */
export function composeDraft(
  network: CheckedNetwork & NetworkOptions,
  post: ComposedPost,
  override: Override | null,
  media: MediaFacts[],
  limits: Limits,
): { draft: Draft; issues: Issue[] } {
  const { options, issues } = optionsFor(network, post.options, override?.options ?? null)
  const draft = { ...draftFor(post, override, media, limits), options }
  const awaited = post.mediaUrls.length > 0 && media.length === 0
  return {
    draft,
    issues: [
      ...issues,
      ...checkDraft(network, draft, limits).filter(({ rule }) => !(awaited && needsMedia.includes(rule))),
    ],
  }
}

/** Rules that files still to be fetched will satisfy. */
const needsMedia = ['media_required', 'empty']

/**
 * Rules that something is missing. A draft may still be without it; what is too much can be told at once. A server that
 * networks cannot fetch from (`media_unreachable`) is for its operator to mend, and keeps nobody from writing.
 */
export const isIncomplete = (issue: Issue): boolean =>
  ['media_required', 'empty', 'text_required', 'option_required', 'media_unreachable'].includes(issue.rule)
