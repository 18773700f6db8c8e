import { badRequest } from './refusals.ts'

const htmlTags = new Set(
  'b strong i em u ins s strike del span tg-spoiler a code pre blockquote tg-emoji tg-time'.split(' '),
)
const htmlEntities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }
const reservedInMarkdown = new Set('_*[]()~`>#+-=|{}.!')

/**
 * What readers see of a text, without its markup: the length limits hold for this. Formatting itself is not kept.
 * Faults of the markup are refused with the Bot API's words.
 */
export function parsedText(text: string, parseMode: string | undefined): string {
  const mode = parseMode?.toLowerCase()
  if (mode === undefined || mode === 'none') return text
  if (mode === 'html') return parseHtml(text)
  if (mode === 'markdownv2') return parseMarkdown(text)
  if (mode === 'markdown') return text
  throw badRequest('unsupported parse_mode')
}

function parseHtml(text: string): string {
  const open: string[] = []
  const plain = text.replaceAll(
    /<(\/?)([\w-]*)[^>]*>/g,
    (tag: string, slash: string, name: string, offset: number) => {
      const at = Buffer.byteLength(text.slice(0, offset))
      if (!htmlTags.has(name.toLowerCase()))
        throw badRequest(`can't parse entities: Unsupported start tag "${name}" at byte offset ${at}`)
      if (!slash) open.push(name.toLowerCase())
      else if (open.pop() !== name.toLowerCase())
        throw badRequest(`can't parse entities: Unexpected end tag at byte offset ${at}`)
      return tag ? '' : tag
    },
  )
  const left = open.pop()
  if (left) throw badRequest(`can't parse entities: Can't find end tag corresponding to start tag "${left}"`)
  return plain.replaceAll(/&(\w+);/g, (whole: string, name: string) => htmlEntities[name] ?? whole)
}

/** Only what decides whether Telegram takes it: reserved characters that are neither escaped nor a pair of markers. */
function parseMarkdown(text: string): string {
  const marked = text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(?<!\\)(\|\||__|[*_~`])(.+?)(?<!\\)\1/gs, '$2')
  for (const match of marked.matchAll(/\\(.)|(.)/gs)) {
    const plain = match[2]
    if (plain && reservedInMarkdown.has(plain))
      throw badRequest(
        `can't parse entities: Character '${plain}' is reserved and must be escaped with the preceding '\\'`,
      )
  }
  return marked.replaceAll(/\\(.)/gs, '$1')
}
