import { type Issue, invalid } from './refusal.ts'
import { isTimezone } from './timezone.ts'

/**
 * What one post may hold at most, whatever networks would take: above every network's own limits, and low enough that
 * a hostile or mistaken post costs little.
 */
export const postBounds = {
  /** Facebook takes 63,206; the longest of any network we know. */
  textCharactersMax: 100_000,
  titleCharactersMax: 500,
  linkCharactersMax: 2048,
  /** TikTok takes 35 photos, the most of any network we know. */
  mediaMax: 50,
  /** A post is locked with all its deliveries; a hundred of them still change in a few milliseconds. */
  targetsMax: 100,
  hashtagsMax: 100,
  hashtagCharactersMax: 140,
  labelsMax: 50,
  /** Options as JSON text. */
  optionsCharactersMax: 20_000,
  /** Far more than anyone plans, near enough that a year with a typing error is noticed. */
  aheadYearsMax: 10,
} as const

export interface BoundedPost {
  text: string
  title: string | null
  link: string | null
  hashtags: string[]
  options: Record<string, unknown>
  mediaIds: string[]
  mediaUrls: string[]
  labelIds: string[]
  timezone: string | null
  targets: {
    accountId: string
    text?: string | null
    mediaIds?: string[] | null
    options?: Record<string, unknown> | null
  }[]
}

/** Refuses a post that is malformed or larger than anything that could be meant. */
export function requireBounds(post: BoundedPost): void {
  const issues = [...boundIssues(post), ...post.targets.flatMap(overrideIssues)]
  if (issues.length > 0) throw invalid(issues)
}

function boundIssues(post: BoundedPost): Issue[] {
  return [
    ...tooLong('content', 'The text', post.text, postBounds.textCharactersMax),
    ...tooLong('title', 'The title', post.title, postBounds.titleCharactersMax),
    ...tooLong('link', 'The link', post.link, postBounds.linkCharactersMax),
    ...badLink(post.link),
    ...tooMany('hashtags', 'hashtags', post.hashtags, postBounds.hashtagsMax),
    ...post.hashtags.flatMap((tag, index) => [
      ...tooLong(`hashtags.${index}`, 'A hashtag', tag, postBounds.hashtagCharactersMax),
      ...badHashtag(`hashtags.${index}`, tag),
    ]),
    ...tooLong('options', 'The options', JSON.stringify(post.options), postBounds.optionsCharactersMax),
    ...tooMany('mediaIds', 'media', [...post.mediaIds, ...post.mediaUrls], postBounds.mediaMax),
    ...twice('mediaIds', post.mediaIds),
    ...tooMany('labelIds', 'labels', post.labelIds, postBounds.labelsMax),
    ...twice('labelIds', post.labelIds),
    ...tooMany('targetAccountIds', 'accounts', post.targets, postBounds.targetsMax),
    ...twice(
      'targetAccountIds',
      post.targets.map(({ accountId }) => accountId),
    ),
    ...badZone(post.timezone),
  ]
}

function overrideIssues({ accountId, text, mediaIds, options }: BoundedPost['targets'][number]): Issue[] {
  const path = `overrides.${accountId}`
  return [
    ...tooLong(`${path}.content`, 'The text', text ?? null, postBounds.textCharactersMax),
    ...tooMany(`${path}.mediaIds`, 'media', mediaIds ?? [], postBounds.mediaMax),
    ...twice(`${path}.mediaIds`, mediaIds ?? []),
    ...tooLong(
      `${path}.options`,
      'The options',
      options ? JSON.stringify(options) : null,
      postBounds.optionsCharactersMax,
    ),
  ].map((issue) => ({ ...issue, accountId }))
}

const tooLong = (path: string, what: string, text: string | null, limit: number): Issue[] =>
  text !== null && text.length > limit
    ? [
        {
          path,
          rule: 'too_long',
          message: `${what} may have at most ${limit} characters; this has ${text.length}.`,
          limit,
          value: text.length,
        },
      ]
    : []

const tooMany = (path: string, what: string, items: unknown[], limit: number): Issue[] =>
  items.length > limit
    ? [
        {
          path,
          rule: 'too_many',
          message: `A post may have at most ${limit} ${what}; this has ${items.length}.`,
          limit,
          value: items.length,
        },
      ]
    : []

function twice(path: string, ids: string[]): Issue[] {
  const seen = new Set<string>()
  const again = ids.findIndex((id) => seen.size === seen.add(id).size)
  return again < 0
    ? []
    : [{ path: `${path}.${again}`, rule: 'duplicate', message: `${ids[again]} is given twice.` }]
}

const badLink = (link: string | null): Issue[] =>
  link === null || (/^https?:\/\//i.test(link) && URL.canParse(link))
    ? []
    : [
        {
          path: 'link',
          rule: 'not_an_address',
          message: 'The link must be a complete http or https address.',
        },
      ]

const badHashtag = (path: string, tag: string): Issue[] =>
  /^#?[^\s#]+$/.test(tag)
    ? []
    : [
        {
          path,
          rule: 'not_a_hashtag',
          message: `"${tag.slice(0, 50)}" is not a hashtag: it must be one word.`,
        },
      ]

const badZone = (zone: string | null): Issue[] =>
  zone === null || isTimezone(zone)
    ? []
    : [
        {
          path: 'timezone',
          rule: 'unknown_timezone',
          message: `"${zone.slice(0, 50)}" is not a time zone.`,
          remedy: 'Use a name of the IANA database, such as Europe/Zurich.',
        },
      ]
