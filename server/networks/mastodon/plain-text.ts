/**
 * Texts as two servers may show them differently: Mastodon answers HTML, snac2 turns `*word*` into italics and `:-)`
 * into an emoji, mentions lose their domain. What is compared is what no server changes.
 */

/** The words of a post's HTML, with breaks as blanks. */
export function textOfHtml(html: string): string {
  return decodeEntities(
    html
      .replaceAll(/<br\s*\/?>|<\/p>|<\/li>|<\/div>|<\/blockquote>/gi, '\n')
      // A lone `<` that a lax server left unescaped is text.
      .replaceAll(/<\/?[a-z][^>]*>/gi, ''),
  ).trim()
}

/** Letters and digits only, without the domains of mentions, in one Unicode form; the signs of a text that has neither. */
export function fingerprint(text: string): string {
  const plain = text
    .normalize('NFKC')
    .replaceAll(/(^|[^/\w])@([a-z0-9_.-]+)@[a-z0-9.-]+[a-z0-9]/gi, '$1@$2')
    .toLowerCase()
  return plain.replaceAll(/[^\p{L}\p{N}]/gu, '') || plain.replaceAll(/\s/g, '')
}

/**
 * How much two texts have in common, from 0 to 1, by their words: catches a post that a server changed in a way
 * nobody foresaw.
 */
export function likeness(one: string, other: string): number {
  const [a, b] = [wordsOf(one), wordsOf(other)]
  if (a.size === 0 && b.size === 0) return 1
  const common = [...a].filter((word) => b.has(word)).length
  return common / Math.max(a.size, b.size)
}

const wordsOf = (text: string) =>
  new Set(
    text
      .normalize('NFKC')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean),
  )

const namedEntities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

const decodeEntities = (text: string) =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return namedEntities[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
