import twitterText from 'twitter-text'

/** A stretch of a text that is shown, and counted, in another way. */
interface Entity {
  start: number
  end: number
  counted: string
  html: string
}

/** The lengths Mastodon has by default. */
export const statusCharactersMax = 500
export const charactersReservedPerUrl = 23

/**
 * StatusLengthValidator: graphemes of the warning and of the text, with every address as 23 characters and mentions
 * without their domain. Addresses are found with twitter-text, as there.
 */
export function countedLength(text: string, spoilerText: string): number {
  let counted = ''
  let at = 0
  for (const entity of entitiesOf(text)) {
    counted += text.slice(at, entity.start) + entity.counted
    at = entity.end
  }
  return graphemes(spoilerText + counted + text.slice(at))
}

export const graphemes = (text: string) => [...segmenter.segment(text)].length
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Paragraphs, line breaks, shortened links, mentions and hashtags, as Mastodon's TextFormatter makes them. */
export function htmlOf(text: string): string {
  if (text.trim() === '') return ''
  let html = ''
  let at = 0
  for (const entity of entitiesOf(text)) {
    html += escapeHtml(text.slice(at, entity.start)) + entity.html
    at = entity.end
  }
  html += escapeHtml(text.slice(at))
  const paragraphs = html.replaceAll('\r\n', '\n').split(/\n{2,}/)
  return paragraphs.map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br />')}</p>`).join('')
}

export const hashtagsIn = (text: string) => [
  ...new Set(twitterText.extractHashtags(text).map((tag) => tag.toLowerCase())),
]

function entitiesOf(text: string): Entity[] {
  const entities: Entity[] = []
  for (const { url, indices } of twitterText.extractUrlsWithIndices(text, {
    extractUrlsWithoutProtocol: false,
  }))
    entities.push({
      start: indices[0],
      end: indices[1],
      counted: 'x'.repeat(charactersReservedPerUrl),
      html: linkHtml(url),
    })
  const free = (start: number) => !entities.some((one) => start >= one.start && start < one.end)
  for (const match of text.matchAll(/(?<![\w/])@([a-z0-9_]+)(@[a-z0-9.-]+[a-z0-9])?/gi)) {
    const name = match[1] ?? ''
    if (free(match.index))
      entities.push({
        start: match.index,
        end: match.index + match[0].length,
        counted: `@${name}`,
        html: `<span class="h-card" translate="no"><a href="#" class="u-url mention">@<span>${name}</span></a></span>`,
      })
  }
  for (const { hashtag, indices } of twitterText.extractHashtagsWithIndices(text))
    if (free(indices[0]))
      entities.push({
        start: indices[0],
        end: indices[1],
        counted: text.slice(indices[0], indices[1]),
        html: `<a href="#" class="mention hashtag" rel="tag">#<span>${escapeHtml(hashtag)}</span></a>`,
      })
  return entities.sort((one, other) => one.start - other.start)
}

function linkHtml(url: string): string {
  const scheme = /^https?:\/\/(www\.)?/i.exec(url)?.[0] ?? ''
  const shown = url.slice(scheme.length, scheme.length + 30)
  const rest = url.slice(scheme.length + 30)
  return (
    `<a href="${escapeHtml(url)}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">${escapeHtml(scheme)}</span>` +
    `<span class="${rest ? 'ellipsis' : ''}">${escapeHtml(shown)}</span><span class="invisible">${escapeHtml(rest)}</span></a>`
  )
}

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
