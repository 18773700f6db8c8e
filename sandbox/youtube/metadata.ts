import { bad } from './errors.ts'
import type { Privacy, Snippet, Status } from './state.ts'

type Body = Record<string, unknown>
const record = (value: unknown): Body => (value !== null && typeof value === 'object' ? (value as Body) : {})
const domain = 'youtube.video'

/** Title, description and tags, as videos.insert refuses them. */
export function snippetFrom(given: unknown): Snippet {
  const { title, description = '', tags = [], categoryId = '22', defaultLanguage = null } = record(given)
  if (typeof title !== 'string' || title === '' || Array.from(title).length > 100 || /[<>]/.test(title))
    throw bad('invalidTitle', 'The request metadata specifies an invalid or empty video title.', domain)
  if (typeof description !== 'string' || Buffer.byteLength(description) > 5_000 || /[<>]/.test(description))
    throw bad('invalidDescription', 'The request metadata specifies an invalid video description.', domain)
  const names = Array.isArray(tags) ? tags.map(String) : []
  const length = names.reduce(
    (sum, tag) => sum + tag.length + (/\s/.test(tag) ? 2 : 0),
    Math.max(names.length - 1, 0),
  )
  if (length > 500 || names.some((tag) => /[<>]/.test(tag)))
    throw bad('invalidTags', 'The request metadata specifies invalid video keywords.', domain)
  if (!/^([1-9]|[1-4]\d)$/.test(String(categoryId)))
    throw bad(
      'invalidCategoryId',
      'The snippet.categoryId property specifies an invalid category ID.',
      domain,
    )
  return {
    title,
    description,
    tags: names,
    categoryId: String(categoryId),
    defaultLanguage: typeof defaultLanguage === 'string' ? defaultLanguage : null,
  }
}

/** The whole part: what is left out is set back to its default, as videos.update does. */
export function statusFrom(given: unknown): Status {
  const status = record(given)
  const privacyStatus = status.privacyStatus ?? 'public'
  if (privacyStatus !== 'public' && privacyStatus !== 'unlisted' && privacyStatus !== 'private')
    throw bad('invalidVideoMetadata', 'The request metadata is invalid.', domain)
  return {
    privacyStatus: privacyStatus satisfies Privacy,
    license: status.license === 'creativeCommon' ? 'creativeCommon' : 'youtube',
    embeddable: status.embeddable !== false,
    publicStatsViewable: status.publicStatsViewable !== false,
    selfDeclaredMadeForKids: status.selfDeclaredMadeForKids === true,
    containsSyntheticMedia: status.containsSyntheticMedia === true,
  }
}

/** `part=snippet,status` or repeated; each must be one the resource has. */
export function partsOf(query: unknown, known: string[]): string[] {
  const given = record(query).part
  const parts = [given ?? []].flat().flatMap((part) => String(part).split(','))
  if (parts.length === 0)
    throw bad('required', "No filter selected. The 'part' parameter is required.", 'global')
  const unknown = parts.find((part) => !known.includes(part))
  if (unknown) throw bad('unknownPart', `'${unknown}'`)
  return parts
}
