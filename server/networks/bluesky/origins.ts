/** Bluesky's front door: signs in for all of its servers. An account is reached at its own server (`serviceUrl`). */
export const entryway = 'https://bsky.social'

export const origins = {
  api: entryway,
  /** Public reads: counts, profiles, handles. */
  appview: 'https://public.api.bsky.app',
  /** Takes videos, makes them play everywhere, and puts them on the account's server. */
  video: 'https://video.bsky.app',
  /** The directory of identities. */
  plc: 'https://plc.directory',
  /** Where people read posts. */
  web: 'https://bsky.app',
}
