/** Where a post is kept: whose repository, under which key. `repo` is a handle or a DID. */
export interface PostAddress {
  repo: string
  rkey: string
}

/** Reads `https://bsky.app/profile/<handle or DID>/post/<key>` and `at://<handle or DID>/app.bsky.feed.post/<key>`. */
export function parsePostAddress(text: string): PostAddress | null {
  const found =
    /^https?:\/\/\S+?\/profile\/([^/\s]+)\/post\/([a-zA-Z0-9._~:-]+)\/?(?:[?#].*)?$/.exec(text.trim()) ??
    /^at:\/\/([^/\s]+)\/app\.bsky\.feed\.post\/([a-zA-Z0-9._~:-]+)$/.exec(text.trim())
  return found?.[1] && found[2]
    ? { repo: decodeURIComponent(found[1]).replace(/^@/, ''), rkey: found[2] }
    : null
}

export const postUri = (did: string, rkey: string) => `at://${did}/app.bsky.feed.post/${rkey}`

/**
 * Where people read a post. By DID, because a handle may change hands and a link must not; bsky.app shows the handle
 * once it is open.
 */
export const postUrl = (web: string, did: string, rkey: string) => `${web}/profile/${did}/post/${rkey}`
