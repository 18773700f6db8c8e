import type { ContentType } from './content-type.ts'
import type { Limits } from './limits.ts'

/** What a person wrote, before it is adapted to an account. */
export interface PostContent {
  text: string
  link: string | null
  hashtags: string[]
  title: string | null
  contentType: ContentType | null
  options: Record<string, unknown>
}

/** What a person changed for one account. `null` means: as in the post. */
export interface Override {
  text: string | null
  mediaIds: string[] | null
  options: Record<string, unknown> | null
}

/** One post as one account will get it: what is checked, hashed for approval, and published. */
export interface Draft {
  /** The final text: the override or the post's text, with hashtags appended, and the link too where the network has no card. */
  text: string
  title: string | null
  /** Set only where the network renders links as a card or a field of its own. */
  link: string | null
  contentType: ContentType
  /** In order. Facts only; the bytes are not needed to check. */
  media: MediaFacts[]
  /** Validated by the network's own `options` schema before `check` sees it. */
  options: Record<string, unknown>
}

/** What is known of a file without its bytes. `bytes` is its size; width and height are in pixels. */
export interface MediaFacts {
  id: string
  kind: 'image' | 'video' | 'document'
  mimeType: string
  filename: string
  bytes: number
  width: number | null
  height: number | null
  durationMs: number | null
  altText: string | null
}

export function draftFor(
  post: PostContent,
  override: Override | null,
  media: MediaFacts[],
  limits: Limits,
): Draft {
  const body = override?.text ?? post.text
  const missing = post.hashtags.map(asHashtag).filter((tag) => !body.includes(tag))
  const parts = [body, limits.link === 'text' ? appendable(body, post.link) : null, missing.join(' ')]
  return {
    text: parts.filter((part) => part).join('\n\n'),
    title: post.title,
    link: limits.link === 'card' ? post.link : null,
    contentType: post.contentType ?? inferContentType(media, post.link, limits),
    media,
    options: { ...post.options, ...override?.options },
  }
}

const asHashtag = (tag: string) => (tag.startsWith('#') ? tag : `#${tag}`)
const appendable = (body: string, link: string | null) => (link && !body.includes(link) ? link : null)

/**
 * What nobody said: a link is a type of its own only where the network knows it as one. A document is slides where a post
 * may be several pictures, and else a file beside the words.
 */
function inferContentType(media: MediaFacts[], link: string | null, limits: Limits): ContentType {
  if (media.length > 1) return 'carousel'
  switch (media[0]?.kind) {
    case 'image':
      return 'image'
    case 'video':
      return 'video'
    case 'document':
      return limits.contentTypes.includes('carousel') ? 'carousel' : 'text'
    case undefined:
      break
  }
  if (link && limits.contentTypes.includes('link')) return 'link'
  // Where a network has no posts of text alone, a file is missing; nobody chose a wrong type.
  return limits.contentTypes.includes('text') ? 'text' : (limits.contentTypes[0] ?? 'text')
}
