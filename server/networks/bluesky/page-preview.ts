import { Parser } from 'htmlparser2'
import type { Http } from '../../net/http.ts'

/** What a page says of itself for link cards (Open Graph, https://ogp.me). */
export interface PagePreview {
  title: string
  description: string
  imageUrl: string | null
}

/** Readers wait for no card; whoever is slower gets a plain one. */
const pageTimeoutMs = 8_000
const pageBytesMax = 3_000_000
const redirectsMax = 5
/** As much as a card shows. */
const titleMax = 300
const descriptionMax = 1000

/** Null when the page cannot be had or is no page. Never throws. */
export async function readPagePreview(
  http: Http,
  url: string,
  signal: AbortSignal,
): Promise<PagePreview | null> {
  const answer = await http.send({
    method: 'GET',
    url,
    headers: { accept: 'text/html, application/xhtml+xml;q=0.9, */*;q=0.1' },
    timeoutMs: pageTimeoutMs,
    answerBytesMax: pageBytesMax,
    redirectsMax,
    signal,
  })
  if (answer.kind !== 'answer' || !answer.ok) return null
  const type = answer.headers.get('content-type') ?? ''
  if (!/html/i.test(type)) return null
  return previewIn(decode(answer.bytes, type), answer.url)
}

/** @param base the address of the page, for images with a relative one. */
export function previewIn(html: string, base: string): PagePreview {
  const found = new Map<string, string>()
  let inTitle = false
  let title = ''
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === 'title') inTitle = true
      if (name === 'body') parser.pause()
      if (name !== 'meta') return
      const key = (attributes.property ?? attributes.name ?? '').toLowerCase()
      // The first one counts: pages with several images name the best first.
      if (attributes.content && !found.has(key)) found.set(key, attributes.content)
    },
    ontext(text) {
      if (inTitle) title += text
    },
    onclosetag(name) {
      if (name === 'title') inTitle = false
    },
  })
  parser.write(html)
  const first = (...keys: string[]) => keys.map((key) => found.get(key)?.trim()).find(Boolean)
  return {
    title: oneLine(first('og:title', 'twitter:title') ?? title, titleMax),
    description: oneLine(first('og:description', 'twitter:description', 'description') ?? '', descriptionMax),
    imageUrl: absolute(first('og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image'), base),
  }
}

const oneLine = (text: string, max: number) => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= max
    ? line
    : `${Array.from(line)
        .slice(0, max - 1)
        .join('')}…`
}

function absolute(address: string | undefined, base: string): string | null {
  if (!address || !URL.canParse(address, base)) return null
  const url = new URL(address, base)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null
}

/** By the header, else by what the page itself says in its first bytes, else UTF-8. */
function decode(bytes: Uint8Array, contentType: string): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2048))
  const charset =
    /charset=["']?([\w-]+)/i.exec(contentType)?.[1] ?? /<meta[^>]+charset=["']?([\w-]+)/i.exec(head)?.[1]
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes) // an encoding that nobody knows
  }
}
