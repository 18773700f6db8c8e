import { checkMedia } from './check-media.ts'
import { checkHashtags, checkText, checkTitle } from './check-text.ts'
import type { Draft } from './draft.ts'
import type { Limits } from './limits.ts'
import type { Issue } from './refusal.ts'
import type { Measure } from './text-length.ts'

/** What the check needs of a network; `Network` fits. */
export interface CheckedNetwork {
  id: string
  name: string
  measure?: Measure
  check?(draft: Draft, limits: Limits): Issue[]
}

/**
 * Everything that would keep `draft` from being published on `network`, in the order a person would mend it. Empty: it
 * can go out. The same function serves the composer, the dry run, scheduling and the engine right before it publishes.
 *
 * `path` is relative to the draft: `text`, `title`, `link`, `contentType`, `media`, `media.<index>`,
 * `media.<index>.altText`. What the engine mends by itself (an image too large or of another format, see
 * `isFittable` in check-media.ts) is no issue.
 * @param limits the account's own where it has some, else the network's.
 */
export function checkDraft(network: CheckedNetwork, draft: Draft, limits: Limits): Issue[] {
  const issues = [
    ...checkContentType(draft, limits, network.name),
    ...checkText(draft, limits, network),
    ...checkTitle(draft, limits, network.name),
    ...checkHashtags(draft, limits, network.name),
    ...checkMedia(draft, limits, network.name),
    ...(network.check?.(draft, limits) ?? []),
  ]
  return issues.map((issue) => ({ ...issue, network: network.id }))
}

function checkContentType(draft: Draft, limits: Limits, name: string): Issue[] {
  if (!limits.contentTypes.includes(draft.contentType))
    return [
      {
        path: 'contentType',
        rule: 'content_type_unsupported',
        message: `${name} has no posts of the type ${draft.contentType}.`,
        remedy: `Choose one of: ${limits.contentTypes.join(', ')}.`,
      },
    ]
  const kinds = new Set(draft.media.map((file) => file.kind))
  const missing = (what: string): Issue[] => [
    {
      path: 'media',
      rule: 'media_required',
      message: `A post of the type ${draft.contentType} needs ${what}.`,
      remedy: `Add ${what}, or choose another type.`,
    },
  ]
  // Where the network itself requires media, checkMedia says so.
  if (limits.mediaRequired && draft.media.length === 0) return []
  switch (draft.contentType) {
    case 'image':
      return kinds.has('image') ? [] : missing('an image')
    case 'video':
      return kinds.has('video') ? [] : missing('a video')
    case 'carousel':
    case 'story':
      return draft.media.length > 0 ? [] : missing('an image or a video')
    case 'text':
    case 'link':
      return []
  }
}
