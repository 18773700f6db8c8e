/** A network in memory for engine tests: accepts everything at once, unless a script says otherwise. */
import { Type } from 'typebox'
import type { Limits } from '../server/domain/limits.ts'
import type {
  Json,
  Lookup,
  Network,
  PublishContext,
  Recovery,
  Write,
  WriteResult,
  Written,
} from '../server/networks/network.ts'

export interface ScriptedPost {
  accountId: string
  text: string
  key: string
  externalId: string
  replyTo: string | null
}

export interface ScriptedNetwork {
  network: Network
  /** What is visible, in the order it appeared. */
  posts: ScriptedPost[]
  /** Every request that could have made something visible. */
  sends: { accountId: string; text: string; key: string }[]
  lookups: number
  /** Overrides; each may do `accept()` (make it visible) and answer what it likes. */
  onCommit: (request: CommitRequest) => Promise<WriteResult> | WriteResult
  onLookup: ((write: Write, found: ScriptedPost | undefined) => Promise<Lookup> | Lookup) | null
  onPoll:
    | ((write: Write, token: Json, accept: () => ScriptedPost) => Promise<WriteResult> | WriteResult)
    | null
  onPrepare: ((ctx: PublishContext, text: string) => Promise<void>) | null
}

export interface CommitRequest {
  ctx: PublishContext
  write: Write
  text: string
  done: Written[]
  /** Makes it visible, as the network would. */
  accept(): ScriptedPost
  accepted(): WriteResult
}

export const scriptedLimits: Limits = {
  text: { unit: 'graphemes', max: 5_000, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'story', 'link'],
  mediaMax: 4,
  mediaRequired: false,
  mixedMedia: true,
  image: { mimeTypes: ['image/jpeg', 'image/png'], bytesMax: 1_000_000, countMax: 4 },
  video: null,
  document: null,
  altTextMax: null,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: false,
  pullsMedia: false,
}

/** A text of several lines becomes a thread: one write per line. */
export function scriptedNetwork({
  id = 'scripted',
  recovery = { writeTimeoutMs: 400, settleMs: 50, repeatableMs: 0 },
}: {
  id?: string
  recovery?: Recovery
} = {}): ScriptedNetwork {
  const scripted: ScriptedNetwork = {
    network: undefined as unknown as Network,
    posts: [],
    sends: [],
    lookups: 0,
    onCommit: (request) => request.accepted(),
    onLookup: null,
    onPoll: null,
    onPrepare: null,
  }
  const accept = (accountId: string, write: Write): ScriptedPost => {
    const { text, replyTo } = write.payload as { text: string; replyTo?: string }
    const post = {
      accountId,
      text,
      key: write.key,
      externalId: `${scripted.posts.length + 1}`,
      replyTo: replyTo ?? null,
    }
    scripted.posts.push(post)
    return post
  }
  const accepted = (post: ScriptedPost): WriteResult => ({
    outcome: 'accepted',
    externalId: post.externalId,
    url: `https://scripted.example/${post.externalId}`,
    data: null,
  })
  scripted.network = {
    id,
    name: 'Scripted',
    origins: { api: 'https://scripted.example' },
    limits: scriptedLimits,
    options: Type.Object({}),
    connect: {
      kind: 'credentials',
      credentials: Type.Object({}),
      open: async () => ({ outcome: 'done', value: [] }),
    },
    recovery,
    async prepare(ctx, delivery) {
      await scripted.onPrepare?.(ctx, delivery.draft.text)
      return { outcome: 'ready', prepared: null }
    },
    plan: (delivery, _prepared, keys) =>
      delivery.draft.text.split('\n').map((text, index) => ({
        kind: index === 0 ? ('post' as const) : ('reply' as const),
        key: keys.uuid(),
        payload: { text },
      })),
    async commit(ctx, write, done) {
      const { text } = write.payload as { text: string }
      scripted.sends.push({ accountId: ctx.account.id, text, key: write.key })
      const withParent = {
        ...write,
        payload: { text, ...(done.at(-1) && { replyTo: done.at(-1)?.externalId ?? '' }) },
      }
      const accepting = () => accept(ctx.account.id, withParent)
      return await scripted.onCommit({
        ctx,
        write,
        text,
        done,
        accept: accepting,
        accepted: () => accepted(accepting()),
      })
    },
    async poll(ctx, write, token) {
      if (!scripted.onPoll) throw new Error('No poll was scripted')
      return await scripted.onPoll(write, token, () => accept(ctx.account.id, write))
    },
    async lookup(_ctx, write) {
      scripted.lookups++
      const found = scripted.posts.find((post) => post.key === write.key)
      if (scripted.onLookup) return await scripted.onLookup(write, found)
      return found
        ? { outcome: 'published', externalId: found.externalId, url: null, data: null }
        : { outcome: 'absent' }
    },
    probe: async () => ({
      outcome: 'failed',
      failure: { class: 'permanent', rule: 'scripted.probe', message: 'Not scripted', remedy: '' },
    }),
  }
  return scripted
}
