import { asList, asRecord, asString } from '../../net/read-json.ts'
import type { Lookup, PublishContext, Write, Written } from '../network.ts'
import { ask } from './access.ts'
import { failureOf } from './failure.ts'
import { boardOf, type PinPayload, pinUrl } from './publish.ts'

/** The most a page holds (official description 5.23.0). */
const pageSize = 250
/** 1,000 Pins: more than one account makes while a lookup waits. */
const pagesMax = 4
/** `created_at` has whole seconds, and so has the `Date` header that clocks are compared by. */
const clockSlackMs = 2_000

/**
 * Looks for a Pin among those of its board. The order of the listing is not documented, so absence is said when the whole
 * board was read, or when what was read came newest first and reaches back before the fence.
 */
export async function lookup(
  ctx: PublishContext,
  write: Write,
  _done: Written[],
  fencedAt: Date,
): Promise<Lookup> {
  const payload = write.payload as PinPayload
  const board = boardOf(ctx, payload)
  let bookmark: string | undefined
  let newestFirst = true
  let oldest = Number.POSITIVE_INFINITY
  for (let page = 0; page < pagesMax; page++) {
    const asked = await ask(ctx, {
      method: 'GET',
      path: `/boards/${encodeURIComponent(board)}/pins`,
      query: { page_size: pageSize, bookmark },
    })
    const body = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
    if (asked.kind !== 'answer' || !body)
      return { outcome: 'unknown', why: failureOf(asked, 'read the board', ctx.now()).message }
    const skewMs = clockSkewMs(asked.headers.get('date'), ctx.now())
    const notBefore = fencedAt.getTime() + skewMs - clockSlackMs
    for (const item of asList(body.items)) {
      const pin = asRecord(item) ?? {}
      const id = asString(pin.id)
      const madeAt = instantOf(pin.created_at)
      if (madeAt > oldest) newestFirst = false
      oldest = Math.min(oldest, madeAt)
      if (id && madeAt >= notBefore && matches(pin, payload))
        return { outcome: 'published', externalId: id, url: pinUrl(id) }
    }
    bookmark = asString(body.bookmark) || undefined
    if (!bookmark || (newestFirst && oldest < notBefore)) return { outcome: 'absent' }
  }
  return {
    outcome: 'unknown',
    why: `The board has more Pins than are looked through (${pageSize * pagesMax})`,
  }
}

/** How far Pinterest's clock is ahead of ours. */
function clockSkewMs(date: string | null, now: Date): number {
  const theirs = Date.parse(date ?? '')
  return Number.isNaN(theirs) ? 0 : theirs - now.getTime()
}

/** Without a zone it is UTC. Not readable counts as old. */
function instantOf(value: unknown): number {
  const text = asString(value) ?? ''
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at
}

const kindOf: Record<string, string> = {
  image: 'images',
  multiple_images: 'images',
  video: 'video',
}

/** Texts are compared without blanks and case: Pinterest trims them and may join lines. */
function matches(pin: Record<string, unknown>, payload: PinPayload): boolean {
  const mediaType = asString(asRecord(pin.media)?.media_type)
  return (
    same(pin.title, payload.title) &&
    same(pin.description, payload.description) &&
    // It may add its own parameters to a link.
    (payload.link === null || withoutQuery(asString(pin.link)) === withoutQuery(payload.link)) &&
    (mediaType === undefined || kindOf[mediaType] === payload.media.kind)
  )
}

const same = (one: unknown, other: string | null) => plain(asString(one) ?? '') === plain(other ?? '')
const plain = (text: string) => text.normalize('NFKC').toLowerCase().replaceAll(/\s/g, '')
const withoutQuery = (link: string | undefined) => link?.split(/[?#]/)[0]?.replace(/\/+$/, '')
