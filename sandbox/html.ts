/** HTML that was escaped, or written by us. */
export interface Html {
  html: string
}

type Part = Html | Html[] | string | number | null | undefined | false

/** Everything put in is escaped, except what `html` itself made. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { html: strings.reduce((text, string, index) => text + render(parts[index - 1]) + string) }
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (Array.isArray(part)) return part.map((one) => one.html).join('')
  if (typeof part === 'object') return part.html
  return String(part).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Only addresses that a click may safely follow; anything else becomes no link. */
export function safeHref(address: string | null | undefined): string | null {
  return address && /^(https?:\/\/|\/(?!\/))/i.test(address) ? address : null
}
