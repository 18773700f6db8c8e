import type { Limits } from '../../domain/limits.ts'
import type { Http, HttpAnswer } from '../../net/http.ts'
import { asNumber, asRecord, asString, asStrings } from '../../net/read-json.ts'
import type { Outcome } from '../network.ts'
import { failureOf } from './failure.ts'

/** What one server says of itself. */
export interface Instance {
  title: string
  version: string
  limits: Limits
  /**
   * Mastodon itself keeps an Idempotency-Key for an hour, behind a lock per key. Several servers with its API ignore
   * the key, so it is trusted only where version and source address both say Mastodon (a fork under its name counts).
   */
  keepsIdempotencyKeys: boolean
}

/** Mastodon's own defaults, for servers that do not say (docs.joinmastodon.org/entities/Instance, July 2026). */
export const defaultLimits: Limits = {
  text: { unit: 'mastodon', max: 500, urlLength: 23, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'link'],
  mediaMax: 4,
  mediaRequired: false,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
    bytesMax: 16 * 1024 * 1024,
    countMax: 4,
    pixelsMax: 33_177_600,
  },
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime', 'video/webm'],
    bytesMax: 99 * 1024 * 1024,
    countMax: 1,
    // No limit of length is stated; a day stands for none.
    durationMsMax: 86_400_000,
    pixelsMax: 8_294_400,
  },
  document: null,
  altTextMax: 1500,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: true,
  poll: {
    optionsMin: 2,
    optionsMax: 4,
    optionGraphemesMax: 50,
    durationMsMin: 300_000,
    durationMsMax: 2_629_746_000,
  },
  pullsMedia: false,
}

/**
 * Asks a server what it is and what it takes: v2, then v1 (snac2 and Mastodon before 4.0 have no v2), then the
 * defaults. Only a server that cannot be reached at all is a failure.
 */
export async function readInstance(
  http: Http,
  origin: string,
  { signal, now }: { signal: AbortSignal; now: Date },
): Promise<Outcome<Instance>> {
  let refused: HttpAnswer | undefined
  for (const path of ['/api/v2/instance', '/api/v1/instance']) {
    const answer = await http.send({ method: 'GET', url: origin + path, redirectsMax: 3, signal })
    if (answer.kind === 'answer' && answer.ok && asRecord(answer.json))
      return { outcome: 'done', value: instanceFrom(asRecord(answer.json) ?? {}) }
    if (answer.kind !== 'answer' || answer.status === 429 || answer.status >= 500)
      return { outcome: 'failed', failure: failureOf(answer, `read the limits of ${hostOf(origin)}`, now) }
    refused = answer
  }
  if (
    refused?.kind === 'answer' &&
    refused.status !== 401 &&
    refused.status !== 403 &&
    refused.status !== 404
  )
    return { outcome: 'failed', failure: failureOf(refused, `read the limits of ${hostOf(origin)}`, now) }
  return { outcome: 'done', value: instanceFrom({}) }
}

export const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : origin)

export function instanceFrom(body: Record<string, unknown>): Instance {
  const version = asString(body.version) ?? ''
  return {
    title: asString(body.title) ?? '',
    version,
    limits: limitsFrom(body),
    keepsIdempotencyKeys: isMastodon(version, asString(body.source_url)),
  }
}

/**
 * `4.4.1`, `4.3.2+glitch`, `4.6.0-nightly.2026-01-01` with a source address whose repository is called mastodon.
 * Others name themselves in the version: `2.7.2 (compatible; Pleroma 2.6.0)`, `4.0.0 (not true; really snac/2.75)`.
 */
function isMastodon(version: string, sourceUrl: string | undefined): boolean {
  if (!/^[3-9]\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version) || !sourceUrl || !URL.canParse(sourceUrl))
    return false
  return new URL(sourceUrl).pathname.split('/').includes('mastodon')
}

function limitsFrom(body: Record<string, unknown>): Limits {
  const configuration = asRecord(body.configuration)
  const statuses = asRecord(configuration?.statuses)
  const media = asRecord(configuration?.media_attachments)
  const polls = asRecord(configuration?.polls)
  const base = defaultLimits
  const types = asStrings(media?.supported_mime_types)
  // Pleroma and others say the length at the top of v1 (`max_toot_chars`, `max_media_attachments`).
  const mediaMax =
    positive(statuses?.max_media_attachments) ?? positive(body.max_media_attachments) ?? base.mediaMax
  return {
    ...base,
    text: {
      ...base.text,
      max: positive(statuses?.max_characters) ?? positive(body.max_toot_chars) ?? base.text.max,
      urlLength: positive(statuses?.characters_reserved_per_url) ?? base.text.urlLength,
    },
    mediaMax,
    image: base.image && {
      ...base.image,
      mimeTypes: types.filter((type) => type.startsWith('image/')).length
        ? types.filter((type) => type.startsWith('image/'))
        : base.image.mimeTypes,
      bytesMax: positive(media?.image_size_limit) ?? base.image.bytesMax,
      pixelsMax: positive(media?.image_matrix_limit) ?? base.image.pixelsMax,
      countMax: mediaMax,
    },
    video: base.video && {
      ...base.video,
      mimeTypes: types.filter((type) => type.startsWith('video/')).length
        ? types.filter((type) => type.startsWith('video/'))
        : base.video.mimeTypes,
      bytesMax: positive(media?.video_size_limit) ?? base.video.bytesMax,
      pixelsMax: positive(media?.video_matrix_limit) ?? base.video.pixelsMax,
    },
    altTextMax: positive(media?.description_limit) ?? base.altTextMax,
    poll: base.poll && {
      ...base.poll,
      optionsMax: positive(polls?.max_options) ?? base.poll.optionsMax,
      optionGraphemesMax: positive(polls?.max_characters_per_option) ?? base.poll.optionGraphemesMax,
      durationMsMin: seconds(polls?.min_expiration) ?? base.poll.durationMsMin,
      durationMsMax: seconds(polls?.max_expiration) ?? base.poll.durationMsMax,
    },
  }
}

const positive = (value: unknown) => {
  const number = asNumber(value)
  return number !== undefined && number > 0 ? number : undefined
}

const seconds = (value: unknown) => {
  const number = positive(value)
  return number === undefined ? undefined : number * 1000
}
