/** A file that is in the site's media library, as the content shows it. */
export type Uploaded = {
  id: number
  url: string
  kind: 'image' | 'video' | 'document'
  altText: string
  filename: string
}

/** The text and the media as blocks of WordPress's editor, so that a person can go on editing there. */
export function contentOf(text: string, media: Uploaded[]): string {
  return [...paragraphs(text), ...media.map(block)].join('\n\n')
}

const paragraphs = (text: string) =>
  text
    .split(/\n{2,}/)
    .filter((part) => part.trim() !== '')
    .map((part) => wrap('paragraph', {}, `<p>${linked(part.trim()).replaceAll('\n', '<br>')}</p>`))

function block({ id, url, kind, altText, filename }: Uploaded): string {
  const source = escaped(url)
  switch (kind) {
    case 'image':
      return wrap(
        'image',
        { id },
        `<figure class="wp-block-image"><img src="${source}" alt="${escaped(altText)}" class="wp-image-${id}"/></figure>`,
      )
    case 'video':
      return wrap(
        'video',
        { id },
        `<figure class="wp-block-video"><video controls src="${source}"></video></figure>`,
      )
    case 'document':
      return wrap(
        'file',
        { id, href: url },
        `<div class="wp-block-file"><a href="${source}">${escaped(filename)}</a></div>`,
      )
  }
}

const wrap = (name: string, attributes: Record<string, unknown>, html: string) => {
  const said = Object.keys(attributes).length > 0 ? ` ${JSON.stringify(attributes)}` : ''
  return `<!-- wp:${name}${said} -->\n${html}\n<!-- /wp:${name} -->`
}

/** WordPress makes no links of addresses in a post by itself. */
const linked = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => {
      if (index % 2 === 0) return escaped(part)
      const address = part.replace(/[.,;:!?)\]]+$/, '')
      return `<a href="${escaped(address)}">${escaped(address)}</a>${escaped(part.slice(address.length))}`
    })
    .join('')

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
