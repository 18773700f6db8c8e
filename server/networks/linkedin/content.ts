import type { Draft, MediaFacts } from '../../domain/draft.ts'
import { littleText } from './little-text.ts'
import { optionsOf } from './options.ts'

/** The body of `POST /rest/posts`. @param urns of the uploaded files, in the order of the media */
export function postOf(draft: Draft, author: string, urns: string[]) {
  const { visibility = 'PUBLIC', disableReshare = false } = optionsOf(draft)
  const content = contentOf(draft, urns)
  return {
    author,
    commentary: littleText(wordsOf(draft)),
    visibility,
    distribution: { feedDistribution: 'MAIN_FEED', targetEntities: [], thirdPartyDistributionChannels: [] },
    lifecycleState: 'PUBLISHED',
    isReshareDisabledByAuthor: disableReshare,
    ...(content && { content }),
  }
}

/** Beside media there is no card, so the link goes into the words. */
export const wordsOf = ({ text, link, media }: Draft) =>
  link && media.length > 0 && !text.includes(link) ? [text, link].filter(Boolean).join('\n\n') : text

function contentOf(draft: Draft, urns: string[]) {
  const [first, another] = urns.map((id, index) => mediaOf(draft, id, draft.media[index]))
  if (first && another) return { multiImage: { images: urns.map((id, at) => imageOf(id, draft.media[at])) } }
  if (first) return { media: first }
  return draft.link ? { article: articleOf(draft, draft.link) } : null
}

/** Videos and documents have a title and no alternative text; images the other way round. */
const mediaOf = ({ title }: Draft, id: string, file?: MediaFacts) =>
  file?.kind === 'image' ? imageOf(id, file) : { id, title: title || file?.filename || 'File' }

const imageOf = (id: string, file?: MediaFacts) => ({ id, ...(file?.altText && { altText: file.altText }) })

/** LinkedIn reads no page: without a title the host is shown. */
function articleOf(draft: Draft, source: string) {
  const { linkDescription } = optionsOf(draft)
  return {
    source,
    title: draft.title || hostOf(source),
    ...(linkDescription && { description: linkDescription }),
  }
}

const hostOf = (link: string) => (URL.canParse(link) ? new URL(link).host : link)
