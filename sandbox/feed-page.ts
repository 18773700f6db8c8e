import type { Answer } from './answer.ts'
import { type Html, html, safeHref } from './html.ts'
import { page } from './page.ts'
import type { FeedMedia, FeedPost } from './simulator.ts'

/** A network as the feed's navigation shows it. */
export interface FeedNetwork {
  id: string
  name: string
  color: string
  posts: number
}

export interface FeedEntry {
  network: FeedNetwork
  post: FeedPost
}

/** @param entries newest first; `current` null for the feed of all networks. */
export function feedPage(options: {
  base: string
  networks: FeedNetwork[]
  current: FeedNetwork | null
  entries: FeedEntry[]
  now: Date
  older: string | null
}): Answer {
  const { base, networks, current, entries, now } = options
  const heading = current ? `${current.name}, simulated` : 'The sandbox'
  const threads = asThreads(entries)
  return page(
    heading,
    html`<header class="top"><div>
<h1>${heading}</h1>
<p>What was published in sandbox workspaces, as people on the networks would see it. Nothing here left this server.</p>
<nav aria-label="Networks"><a href="${base}"${current ? null : html` aria-current="page"`}>All</a>${networks.map(
      (network) =>
        html`<a href="${base}/${network.id}/feed" style="--network: ${network.color}"${network.id === current?.id ? html` aria-current="page"` : null}><i></i>${network.name}${network.posts > 0 ? html`<small>${network.posts}</small>` : null}</a>`,
    )}</nav>
</div></header>
<main>
${threads.length > 0 ? threads.map((thread) => showThread(thread, now, current === null)) : emptyFeed(current)}
${options.older ? html`<a class="older" href="${options.older}">Older posts</a>` : null}
</main>`,
    { color: current?.color },
  )
}

export function singlePostPage(
  network: FeedNetwork,
  post: FeedPost | undefined,
  now: Date,
  base: string,
): Answer {
  const top = html`<header class="top" style="--network: ${network.color}"><div><h1>${network.name}, simulated</h1><p><a href="${base}/${network.id}/feed">All posts on ${network.name}</a></p></div></header>`
  if (!post)
    return page(
      'This post is gone',
      html`${top}<main><div class="empty"><b>This post does not exist</b>It was deleted, or it was never here.</div></main>`,
      { status: 404 },
    )
  return page(
    `${post.author.name} on ${network.name}`,
    html`${top}<main>${showThread({ network, post, replies: [] }, now, false)}</main>`,
  )
}

export function closedFeedPage(): Answer {
  return page(
    'The feed is closed from here',
    html`<main><form class="consent"><h1>The feed is closed from here</h1>
<p>It shows the posts of every sandbox workspace, so it opens on the machine the server runs on. To open it elsewhere, set <code>FANFARE_SANDBOX_FEED=open</code>.</p></form></main>`,
    { status: 403 },
  )
}

interface Thread extends FeedEntry {
  replies: Thread[]
}

/**
 * A post with everything that answers it or its answers, in one column, oldest first; an answer to something that is not
 * shown stands for itself.
 */
function asThreads(entries: FeedEntry[]): Thread[] {
  const threads = new Map<string, Thread>(entries.map((entry) => [keyOf(entry), { ...entry, replies: [] }]))
  const parentOf = ({ network, post }: Thread) =>
    post.replyTo ? threads.get(`${network.id}/${post.replyTo}`) : undefined
  const roots: Thread[] = []
  for (const thread of threads.values()) {
    const root = rootOf(thread, parentOf)
    if (root === thread) roots.push(thread)
    else root.replies.unshift(thread)
  }
  return roots
}

/** Ends at a post that answers nothing shown, and after as many steps as a page has posts, should they form a ring. */
function rootOf(thread: Thread, parentOf: (thread: Thread) => Thread | undefined): Thread {
  let root = thread
  for (let steps = 0; steps < 1_000; steps++) {
    const parent = parentOf(root)
    if (!parent) return root
    if (parent === thread) return thread
    root = parent
  }
  return thread
}

const keyOf = ({ network, post }: FeedEntry) => `${network.id}/${post.id}`

function showThread(thread: Thread, now: Date, showNetwork: boolean): Html {
  const { network, post } = thread
  return html`
<article style="--network: ${network.color}">
<div class="by"><span class="face" aria-hidden="true">${[...post.author.name.trim()][0]?.toUpperCase() ?? '?'}</span><span class="who"><b>${post.author.name}</b><span>${post.author.handle}${post.place ? ` in ${post.place}` : null}</span></span>${showNetwork ? html`<span class="badge"><i></i>${network.name}</span>` : null}</div>
${post.title ? html`<p class="title">${post.title}</p>` : null}${post.text ? html`<p class="text">${withLinks(post.text)}</p>` : null}
${post.media && post.media.length > 0 ? html`<div class="media${post.media.length > 1 ? ' many' : ''}">${post.media.map(showMedia)}</div>` : null}
${showCard(post.link)}
<div class="foot">${showTime(post, now)}${(post.notes ?? []).map((note) => html`<span>${note}</span>`)}${Object.entries(post.counts ?? {}).map(([name, count]) => html`<span><b>${count}</b> ${name}</span>`)}</div>
${thread.replies.length > 0 ? html`<div class="thread">${thread.replies.map((reply) => showThread(reply, now, false))}</div>` : null}
</article>`
}

function showMedia(media: FeedMedia): Html {
  const href = safeHref(media.url)
  const shown =
    href === null
      ? html`<div class="file">${media.filename ?? media.kind}: the bytes were dropped to make room</div>`
      : media.kind === 'image'
        ? html`<img src="${href}" alt="${media.altText ?? ''}" loading="lazy">`
        : media.kind === 'video'
          ? html`<video src="${href}" controls preload="metadata"></video>`
          : html`<div class="file"><a href="${href}">${media.filename ?? 'Document'}</a> (${media.mimeType})</div>`
  return html`<figure>${shown}${media.altText ? html`<figcaption><b>ALT</b>${media.altText}</figcaption>` : null}</figure>`
}

function showCard(link: FeedPost['link']): Html | null {
  const href = safeHref(link?.url)
  if (!link || !href) return null
  return html`<a class="card" href="${href}" rel="noopener nofollow"><b>${link.title || link.url}</b>${link.description ? html`<span>${link.description}</span><br>` : null}<span>${hostOf(link.url)}</span></a>`
}

function showTime(post: FeedPost, now: Date): Html {
  const time = html`<time datetime="${post.at}" title="${post.at}">${ago(new Date(post.at), now)}</time>`
  const href = safeHref(post.url)
  return href ? html`<a href="${href}">${time}</a>` : time
}

/** Links in the text become clickable; everything is escaped. */
function withLinks(text: string): Html[] {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, index) => {
    if (index % 2 === 0) return html`${part}`
    const href = part.replace(/[.,;:!?)\]]+$/, '')
    return html`<a href="${href}" rel="noopener nofollow">${href}</a>${part.slice(href.length)}`
  })
}

function emptyFeed(current: FeedNetwork | null): Html {
  const where = current ? `on the simulated ${current.name}` : 'on any simulated network'
  return html`<div class="empty"><b>Nothing published ${where} yet</b>Connect a simulated account in a sandbox workspace and publish a post: it appears here.</div>`
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}

function ago(at: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`
  return `${at.toISOString().slice(0, 10)} ${at.toISOString().slice(11, 16)} UTC`
}
