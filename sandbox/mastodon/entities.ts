import { grown } from '../growth.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { type Attachment, accountId, type Status, tables } from './state.ts'
import { hashtagsIn, htmlOf } from './text.ts'

/** The API's entities of one world's rows. `me` is the person who asks, who sees more of their own. */
export function createEntities(world: World) {
  const { attachments, statuses, favourites } = tables(world)
  const born = '2024-01-01T00:00:00.000Z'
  const own = (person: Person) => statuses.all().filter((status) => status.author.id === person.id)
  const picture = (person: Person) => world.publicUrl(`/avatars/${encodeURIComponent(person.handle)}.png`)

  function account(person: Person) {
    const url = world.publicUrl(`/@${person.handle}`)
    const posts = own(person)
    return {
      id: accountId(person),
      username: person.handle,
      acct: person.handle,
      display_name: person.name,
      locked: false,
      bot: false,
      discoverable: true,
      indexable: true,
      group: false,
      created_at: born,
      note: '<p>A simulated account.</p>',
      url,
      uri: world.publicUrl(`/users/${person.handle}`),
      avatar: picture(person),
      avatar_static: picture(person),
      header: picture(person),
      header_static: picture(person),
      followers_count: grown(`${person.id}:followers`, world.now().getTime() - Date.parse(born), 400),
      following_count: 12,
      statuses_count: posts.length,
      last_status_at: posts.at(-1)?.at.slice(0, 10) ?? null,
      hide_collections: null,
      noindex: false,
      emojis: [],
      roles: [],
      fields: [],
    }
  }

  function credentialAccount(person: Person) {
    return {
      ...account(person),
      source: {
        privacy: 'public',
        sensitive: false,
        language: 'en',
        note: 'A simulated account.',
        fields: [],
        follow_requests_count: 0,
        hide_collections: null,
        discoverable: true,
        indexable: true,
      },
      role: { id: '-99', name: '', permissions: '0', color: '', highlighted: false },
    }
  }

  function attachment(one: Attachment) {
    const isReady = !one.broken && one.readyAt <= world.now().toISOString()
    const file = world.media.get(one.fileId)
    const url = world.media.url(one.fileId)
    const size = file?.width &&
      file.height && {
        width: file.width,
        height: file.height,
        size: `${file.width}x${file.height}`,
        aspect: file.width / file.height,
      }
    return {
      id: one.id,
      type: one.type,
      url: isReady ? url : null,
      preview_url: isReady ? url : null,
      remote_url: null,
      preview_remote_url: null,
      text_url: null,
      meta: {
        ...(one.focus && { focus: one.focus }),
        ...(size && { original: size, small: size }),
      },
      description: one.description,
      blurhash: null,
    }
  }

  function status(one: Status, me: Person | null): Record<string, unknown> {
    const isMine = me?.id === one.author.id
    const answers = statuses.all().filter(({ replyTo }) => replyTo === one.id)
    const parent = one.replyTo === null ? undefined : statuses.get(one.replyTo)
    return {
      id: one.id,
      created_at: one.at,
      in_reply_to_id: one.replyTo,
      in_reply_to_account_id: parent ? accountId(parent.author) : null,
      sensitive: one.sensitive,
      spoiler_text: one.spoilerText,
      visibility: one.visibility,
      language: one.language,
      uri: world.publicUrl(`/users/${one.author.handle}/statuses/${one.id}`),
      url: permalink(one),
      replies_count: answers.length,
      ...countsOf(one),
      edited_at: null,
      content: htmlOf(one.text),
      reblog: null,
      application: { name: one.appName, website: null },
      account: account(one.author),
      media_attachments: one.mediaIds.flatMap((id) => {
        const found = attachments.get(id)
        return found ? [attachment(found)] : []
      }),
      mentions: [],
      tags: hashtagsIn(one.text).map((name) => ({
        name,
        url: world.publicUrl(`/tags/${encodeURIComponent(name)}`),
      })),
      emojis: [],
      card: null,
      poll: one.poll && poll(one),
      quote: null,
      ...(me && { favourited: false, reblogged: false, muted: false, bookmarked: false }),
      ...(isMine && { pinned: false, filtered: [] }),
    }
  }

  function poll({ poll: asked }: Status) {
    if (!asked) return null
    const expired = asked.expiresAt <= world.now().toISOString()
    const showVotes = !asked.hideTotals || expired
    return {
      id: asked.id,
      expires_at: asked.expiresAt,
      expired,
      multiple: asked.multiple,
      votes_count: 0,
      voters_count: 0,
      voted: false,
      own_votes: [],
      options: asked.options.map((title) => ({ title, votes_count: showVotes ? 0 : null })),
      emojis: [],
    }
  }

  function countsOf(one: Status) {
    const ageMs = world.now().getTime() - Date.parse(one.at)
    return {
      reblogs_count: grown(`${one.id}:reblogs`, ageMs, 6),
      favourites_count:
        grown(`${one.id}:favourites`, ageMs, 25) + favourites.all().filter((id) => id === one.id).length,
      quotes_count: grown(`${one.id}:quotes`, ageMs, 1),
    }
  }

  const permalink = (one: Status) => world.publicUrl(`/@${one.author.handle}/${one.id}`)

  return { account, credentialAccount, attachment, status, countsOf, permalink }
}
export type Entities = ReturnType<typeof createEntities>
