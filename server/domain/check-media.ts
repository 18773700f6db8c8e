import type { Draft, MediaFacts } from './draft.ts'
import type { FileLimit, ImageLimit, Limits, VideoLimit } from './limits.ts'
import type { Issue } from './refusal.ts'

/** How many files, of which kinds, and each file by itself. */
export const checkMedia = (draft: Draft, limits: Limits, name: string): Issue[] => [
  ...checkCount(draft, limits, name),
  ...draft.media.flatMap((file, index) => checkFile(file, index, limits, name)),
]

/**
 * Image formats that the engine can turn into a JPEG or PNG of any smaller size. GIF is not among them, because that
 * would end its animation.
 */
const fittableMimeTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/tiff']

/** Whether the engine can make this image meet limits on format, bytes, width, height and pixels. Never its ratio. */
export const isFittable = (file: MediaFacts) =>
  file.kind === 'image' && fittableMimeTypes.includes(file.mimeType)

function checkCount(draft: Draft, limits: Limits, name: string): Issue[] {
  const issues: Issue[] = []
  const add = (rule: string, message: string, remedy: string, limit?: number, value?: number) =>
    issues.push({ path: 'media', rule, message, remedy, limit, value })
  const count = draft.media.length
  if (limits.mediaRequired && count === 0)
    add(
      'media_required',
      `${name} publishes nothing without an image or a video.`,
      `Add ${acceptedKinds(limits)}.`,
    )
  if (
    draft.text.trim() === '' &&
    count === 0 &&
    !draft.link &&
    !limits.text.required &&
    !limits.mediaRequired
  )
    issues.push({
      path: 'text',
      rule: 'empty',
      message: 'There is nothing to publish: no text and no media.',
      remedy: 'Write a text or add a file.',
    })
  if (count > limits.mediaMax && limits.mediaMax > 0)
    add(
      'too_many_media',
      `${name} takes at most ${limits.mediaMax} ${limits.mediaMax === 1 ? 'file' : 'files'} in one post; this one has ${count}.`,
      `Remove ${count - limits.mediaMax}.`,
      limits.mediaMax,
      count,
    )
  for (const [kind, limit] of fileLimits(limits)) {
    const ofKind = draft.media.filter((file) => file.kind === kind).length
    // The total above already said it when every file is of this kind.
    if (!limit || ofKind <= limit.countMax || (ofKind === count && count > limits.mediaMax)) continue
    add(
      `too_many_${kind}s`,
      `${name} takes at most ${limit.countMax} ${limit.countMax === 1 ? kind : `${kind}s`} in one post; this one has ${ofKind}.`,
      `Remove ${ofKind - limit.countMax}.`,
      limit.countMax,
      ofKind,
    )
  }
  if (!limits.mixedMedia && new Set(draft.media.map((file) => file.kind)).size > 1)
    add(
      'mixed_media',
      `${name} does not take files of different kinds in one post.`,
      'Keep those of one kind.',
    )
  return issues
}

const fileLimits = (limits: Limits): [MediaFacts['kind'], FileLimit | null][] => [
  ['image', limits.image],
  ['video', limits.video],
  ['document', limits.document],
]

const acceptedKinds = (limits: Limits) =>
  fileLimits(limits)
    .filter(([, limit]) => limit)
    .map(([kind]) => (kind === 'image' ? 'an image' : `a ${kind}`))
    .join(' or ')

// ---------------------------------------------------------------- one file

function checkFile(file: MediaFacts, index: number, limits: Limits, name: string): Issue[] {
  const limit = { image: limits.image, video: limits.video, document: limits.document }[file.kind]
  const at = (rule: string, message: string, remedy: string, most?: number, value?: number): Issue => ({
    path: `media.${index}`,
    rule,
    message: `${name}: ${file.filename} ${message}`,
    remedy,
    limit: most,
    value,
  })
  if (!limit) {
    const accepted = acceptedKinds(limits)
    const remedy = accepted ? `Use ${accepted}.` : 'Remove it.'
    return [at(`${file.kind}_unsupported`, `is a ${file.kind}, which it does not take.`, remedy)]
  }
  return [
    ...(isFittable(file) ? [] : checkUnfittable(file, limit, at)),
    ...(file.kind === 'image' ? checkRatio(file, limit as ImageLimit, at) : []),
    ...(file.kind === 'video' ? checkVideo(file, limit as VideoLimit, at) : []),
    ...checkAltText(file, index, limits, name),
  ]
}

type IssueAt = (rule: string, message: string, remedy: string, most?: number, value?: number) => Issue

function checkUnfittable(file: MediaFacts, limit: FileLimit | ImageLimit, at: IssueAt): Issue[] {
  const issues: Issue[] = []
  if (!acceptsMimeType(limit, file.mimeType))
    issues.push(
      at(
        'media_type_unsupported',
        `is ${file.mimeType}, which it does not take.`,
        `Convert it to ${limit.mimeTypes.join(' or ')}.`,
      ),
    )
  if (file.bytes > limit.bytesMax)
    issues.push(
      at(
        'media_too_large',
        `has ${megabytes(file.bytes)}; the most is ${megabytes(limit.bytesMax)}.`,
        'Make the file smaller.',
        limit.bytesMax,
        file.bytes,
      ),
    )
  const { widthMax, heightMax, pixelsMax } = limit as ImageLimit
  const most = (what: string, value: number | null, max: number | undefined) => {
    if (value !== null && max !== undefined && value > max)
      issues.push(
        at(
          'media_too_many_pixels',
          `has ${what} of ${value}; the most is ${max}.`,
          'Scale it down.',
          max,
          value,
        ),
      )
  }
  most('a width', file.width, widthMax)
  most('a height', file.height, heightMax)
  most('a pixel count', file.width && file.height && file.width * file.height, pixelsMax)
  return issues
}

/** `image/*` accepts every image type. */
export const acceptsMimeType = (limit: FileLimit, mimeType: string) =>
  limit.mimeTypes.some((accepted) =>
    accepted.endsWith('/*') ? mimeType.startsWith(accepted.slice(0, -1)) : accepted === mimeType,
  )

function checkRatio(file: MediaFacts, limit: ImageLimit | VideoLimit, at: IssueAt): Issue[] {
  if (!file.width || !file.height) return []
  const ratio = file.width / file.height
  const shown = `is ${file.width} by ${file.height}`
  // A hundredth of slack: 1080 by 1350 is 4:5 to everyone, also where pixels do not divide evenly.
  if (limit.ratioMin !== undefined && ratio < limit.ratioMin - 0.01)
    return [
      at(
        'media_too_tall',
        `${shown}, too tall.`,
        `Crop it to at least ${shownRatio(limit.ratioMin)}.`,
        limit.ratioMin,
        ratio,
      ),
    ]
  if (limit.ratioMax !== undefined && ratio > limit.ratioMax + 0.01)
    return [
      at(
        'media_too_wide',
        `${shown}, too wide.`,
        `Crop it to at most ${shownRatio(limit.ratioMax)}.`,
        limit.ratioMax,
        ratio,
      ),
    ]
  return []
}

const shownRatio = (ratio: number) => `${Math.round(ratio * 100) / 100}:1 (width to height)`

function checkVideo(file: MediaFacts, limit: VideoLimit, at: IssueAt): Issue[] {
  const issues = checkRatio(file, limit, at)
  if (limit.widthMax !== undefined && file.width !== null && file.width > limit.widthMax)
    issues.push(
      at(
        'media_too_many_pixels',
        `is ${file.width} pixels wide; the most is ${limit.widthMax}.`,
        'Scale it down.',
        limit.widthMax,
        file.width,
      ),
    )
  if (file.durationMs === null) return issues
  if (file.durationMs > limit.durationMsMax)
    issues.push(
      at(
        'video_too_long',
        `lasts ${seconds(file.durationMs)}; the most is ${seconds(limit.durationMsMax)}.`,
        'Cut the video.',
        limit.durationMsMax,
        file.durationMs,
      ),
    )
  if (limit.durationMsMin !== undefined && file.durationMs < limit.durationMsMin)
    issues.push(
      at(
        'video_too_short',
        `lasts ${seconds(file.durationMs)}; the least is ${seconds(limit.durationMsMin)}.`,
        'Use a longer video.',
        limit.durationMsMin,
        file.durationMs,
      ),
    )
  return issues
}

function checkAltText(file: MediaFacts, index: number, limits: Limits, name: string): Issue[] {
  // Counted in UTF-16 units, the strictest of the ways networks count; none documents which it uses.
  const value = file.altText?.length ?? 0
  if (limits.altTextMax === null || value <= limits.altTextMax) return []
  return [
    {
      path: `media.${index}.altText`,
      rule: 'alt_text_too_long',
      message: `${name} takes an alternative text of at most ${limits.altTextMax} characters; that of ${file.filename} has ${value}.`,
      remedy: `Shorten it by ${value - limits.altTextMax}.`,
      limit: limits.altTextMax,
      value,
    },
  ]
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 10_000) / 100} MB`
const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`
