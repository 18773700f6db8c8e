import type { Draft } from '../domain/draft.ts'
import type { Issue } from '../domain/refusal.ts'

/** What Buffer is asked to publish, apart from where. The same values make the same post. */
export interface BufferContent {
  text: string
  assets: BufferAsset[]
  /** Settings of the network under Buffer's name of it: `PostInputMetaData` of its schema. */
  metadata: Record<string, Record<string, unknown>> | null
  mode: 'customScheduled' | 'shareNow'
  /** ISO 8601; null with `shareNow`. */
  dueAt: string | null
}

export interface BufferAsset {
  kind: 'image' | 'video'
  /** Public: Buffer fetches it. */
  url: string
  altText: string | null
}

/** What the network's account would get, in Buffer's words. Call `bufferIssues` first. */
export function bufferContent(
  network: string,
  draft: Draft,
  assets: BufferAsset[],
  when: Pick<BufferContent, 'mode' | 'dueAt'>,
): BufferContent {
  const { name, linkAttachment, fixed } = wordsOf(network)
  const isAttached = Boolean(draft.link && linkAttachment && assets.length === 0)
  const metadata = {
    ...fixed?.(draft),
    ...(isAttached && { linkAttachment: { url: draft.link } }),
    ...Object.fromEntries(
      Object.entries(draft.options).flatMap(([option, value]) => {
        const theirs = wordsOf(network).options[option]
        return theirs ? [[theirs, value]] : []
      }),
    ),
  }
  return {
    text: isAttached || network === 'pinterest' ? draft.text : withLink(draft),
    assets,
    metadata: name && Object.keys(metadata).length > 0 ? { [name]: metadata } : null,
    ...when,
  }
}

/** What Buffer would not carry to the network: better told than left out in silence. */
export function bufferIssues(network: string, draft: Draft): Issue[] {
  const { options } = wordsOf(network)
  const strays = Object.entries(draft.options).filter(
    ([option, value]) => !(option in options) && value !== false && value !== null,
  )
  return [
    ...strays.map(([option]) => ({
      path: `options.${option}`,
      rule: 'buffer_option',
      message: `This account publishes through Buffer, which does not carry the option "${option}".`,
      remedy: 'Drop the option.',
      network,
    })),
    ...(draft.media.some(({ kind }) => kind === 'document')
      ? [
          {
            path: 'media',
            rule: 'buffer_document',
            message: 'This account publishes through Buffer, which gets pictures and videos from here only.',
            remedy: 'Send a picture or a video.',
            network,
          },
        ]
      : []),
  ]
}

/**
 * Each network's corner of Buffer's schema (https://developers.buffer.com, read in November 2026): its name there,
 * whether a link goes apart from the text (which excludes media), which of our options it takes under which name, and
 * what it insists on.
 */
interface Words {
  name: string | null
  linkAttachment: boolean
  options: Readonly<Record<string, string>>
  fixed?(draft: Draft): Record<string, unknown>
}

const firstComment = { firstComment: 'firstComment' }
/** YouTube's own default, People & Blogs; Buffer demands one. */
const youtubeCategoryDefault = '22'
const youtubeTitleMax = 100

const words: Readonly<Record<string, Words>> = {
  instagram: {
    name: 'instagram',
    linkAttachment: false,
    options: { ...firstComment, shareToFeed: 'shouldShareToFeed' },
    fixed: (draft) => ({ type: postType(draft), shouldShareToFeed: true }),
  },
  facebook: {
    name: 'facebook',
    linkAttachment: true,
    options: firstComment,
    fixed: (draft) => ({ type: postType(draft) }),
  },
  linkedin: { name: 'linkedin', linkAttachment: true, options: firstComment },
  threads: { name: 'threads', linkAttachment: true, options: { topicTag: 'topic' } },
  bluesky: { name: 'bluesky', linkAttachment: true, options: {} },
  mastodon: { name: 'mastodon', linkAttachment: false, options: { contentWarning: 'spoilerText' } },
  twitter: { name: 'twitter', linkAttachment: false, options: { madeWithAi: 'isAiGenerated' } },
  pinterest: {
    name: 'pinterest',
    linkAttachment: false,
    options: { boardId: 'boardServiceId' },
    fixed: ({ title, link }) => ({ ...(title && { title }), ...(link && { url: link }) }),
  },
  youtube: {
    name: 'youtube',
    linkAttachment: false,
    options: {
      privacy: 'privacy',
      categoryId: 'categoryId',
      license: 'license',
      embeddable: 'embeddable',
      madeForKids: 'madeForKids',
      notifySubscribers: 'notifySubscribers',
      syntheticMedia: 'isAiGenerated',
    },
    fixed: ({ title, text }) => ({
      title: title ?? text.split('\n', 1)[0]?.slice(0, youtubeTitleMax),
      categoryId: youtubeCategoryDefault,
    }),
  },
  tiktok: {
    name: 'tiktok',
    linkAttachment: false,
    options: {},
    fixed: ({ title }) => ({ ...(title && { title }) }),
  },
}

/** A network that Buffer does not know by that name gets text and media alone. */
const wordsOf = (network: string): Words =>
  words[network] ?? { name: null, linkAttachment: false, options: {} }

function postType({ contentType, media }: Draft): 'post' | 'story' | 'reel' {
  if (contentType === 'story') return 'story'
  return contentType === 'video' && media.length === 1 ? 'reel' : 'post'
}

const withLink = ({ text, link }: Draft): string =>
  link && !text.includes(link) ? [text, link].filter((part) => part !== '').join('\n\n') : text

/** Whether two contents are the same post: the signature in an address of ours is not part of it. */
export const isSameContent = (a: BufferContent, b: BufferContent): boolean => bare(a) === bare(b)

const bare = ({ text, assets, metadata, mode, dueAt }: BufferContent): string =>
  JSON.stringify([
    text,
    assets.map(({ kind, url, altText }) => [kind, url.replace(/[?]token=[\w.-]+$/, ''), altText]),
    Object.entries(metadata ?? {}).map(([name, value]) => [name, sorted(value)]),
    mode,
    dueAt,
  ])

/** What comes back from the database has its names in another order. */
const sorted = (value: Record<string, unknown>) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
