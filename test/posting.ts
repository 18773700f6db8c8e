/** A workspace with accounts on two made-up networks, for stories about posts before the engine takes them. */
import { Type } from 'typebox'
import type { DeliveryState } from '../server/domain/delivery.ts'
import type { Limits } from '../server/domain/limits.ts'
import type { Network } from '../server/networks/network.ts'
import { refreshPostStatus } from '../server/storage/post-status.ts'
import { type Caller, testApp } from './app.ts'

/** Thirty characters of text, and little else. */
const shortLimits: Limits = {
  text: { unit: 'codepoints', max: 30, required: true },
  link: 'text',
  contentTypes: ['text', 'image', 'video', 'carousel', 'link'],
  mediaMax: 2,
  mediaRequired: false,
  mixedMedia: false,
  image: { mimeTypes: ['image/png'], bytesMax: 1_000_000, countMax: 2 },
  video: null,
  document: null,
  altTextMax: 100,
  titleMax: null,
  hashtagsMax: 3,
  threads: false,
  firstComment: false,
  pullsMedia: false,
}

const base = (id: string, name: string, limits: Limits): Network => ({
  id,
  name,
  origins: { api: `https://${id}.example` },
  limits,
  options: Type.Object({}, { additionalProperties: false }),
  connect: {
    kind: 'credentials',
    credentials: Type.Object({}),
    open: async () => ({ outcome: 'done', value: [] }),
  },
  recovery: { writeTimeoutMs: 1000, settleMs: 1000, repeatableMs: 0 },
  prepare: async () => ({ outcome: 'ready', prepared: null }),
  plan: () => [],
  commit: async () => ({ outcome: 'unknown', why: 'made up' }),
  lookup: async () => ({ outcome: 'unknown', why: 'made up' }),
  probe: async () => ({
    outcome: 'done',
    value: { name, handle: null, profileImageUrl: null, profileUrl: null },
  }),
})

/** `chirp` takes 30 characters and has a visibility; `gallery` takes 500 and wants a picture. */
export const chirp: Network = {
  ...base('chirp', 'Chirp', shortLimits),
  options: Type.Object(
    { visibility: Type.Optional(Type.Enum(['public', 'private'])) },
    { additionalProperties: false },
  ),
}
export const gallery: Network = base('gallery', 'Gallery', {
  ...shortLimits,
  text: { unit: 'codepoints', max: 500, required: false },
  mediaRequired: true,
})

export async function testPosting(
  networks: Network[] = [chirp, gallery],
  options: Parameters<typeof testApp>[0] = {},
) {
  const world = await testApp({ networks, ...options })
  const { ctx, owner } = world
  const { db } = ctx

  async function addAccount(
    network = 'chirp',
    {
      caller = owner,
      brandId,
      state = 'active',
    }: { caller?: Caller; brandId?: string; state?: 'active' | 'expired' | 'choosing' } = {},
  ): Promise<string> {
    const id = ctx.newId()
    const now = ctx.clock.now()
    await db
      .insertInto('accounts')
      .values({
        id,
        workspaceId: caller.workspaceId,
        brandId: brandId ?? caller.brandId,
        network,
        externalId: id,
        kind: 'profile',
        name: `${network} of ${caller === owner ? 'Olga' : 'somebody'}`,
        state,
        secret: ctx.vault.seal({ token: `hush-${id}` }, `account:${id}`),
        connectedAt: now,
        createdAt: now,
        updatedAt: now,
      })
      .execute()
    return id
  }

  async function addMedia({
    caller = owner,
    brandId,
    state = 'ready',
    altText = null,
  }: {
    caller?: Caller
    brandId?: string
    state?: 'ready' | 'pending' | 'failed'
    altText?: string | null
  } = {}): Promise<string> {
    const id = ctx.newId()
    const now = ctx.clock.now()
    await db
      .insertInto('media')
      .values({
        id,
        workspaceId: caller.workspaceId,
        brandId: brandId ?? caller.brandId,
        filename: 'picture.png',
        mimeType: 'image/png',
        kind: 'image',
        bytes: 1000,
        state,
        width: 100,
        height: 100,
        altText,
        storageKey: id,
        createdAt: now,
        updatedAt: now,
      })
      .execute()
    return id
  }

  async function addBrand(caller: Caller = owner): Promise<string> {
    const id = ctx.newId()
    const now = ctx.clock.now()
    await db
      .insertInto('brands')
      .values({ id, workspaceId: caller.workspaceId, name: id, createdAt: now, updatedAt: now })
      .execute()
    return id
  }

  /** As the engine or the network would have left it. */
  async function setDeliveries(
    postId: string,
    state: DeliveryState,
    more: { fenced?: boolean; url?: string; externalId?: string } = {},
  ) {
    const now = ctx.clock.now()
    await db
      .updateTable('deliveries')
      .set({
        state,
        fenced: more.fenced ?? false,
        ...(state === 'publishing' && {
          leaseOwner: ctx.newId(),
          leaseUntil: new Date(now.getTime() + 60_000),
        }),
        ...(state === 'published' && { publishedAt: now }),
        ...(more.url && { url: more.url }),
        ...(more.externalId && { externalId: more.externalId }),
      })
      .where('postId', '=', postId)
      .execute()
    await refreshPostStatus(db, [postId], now)
  }

  const inAnHour = () => new Date(ctx.clock.now().getTime() + 3_600_000).toISOString()

  /** A post made through the API; fails the test when it is refused. */
  async function newPost(body: object, caller = owner) {
    const answer = await caller('POST', `/api/v1/brands/${caller.brandId}/posts`, body)
    if (answer.statusCode !== 201) throw new Error(`${answer.statusCode} ${answer.body}`)
    return answer.json()
  }

  const eventsOf = async (postId: string): Promise<string[]> => {
    const rows = await db
      .selectFrom('events')
      .select('type')
      .where('resourceId', '=', postId)
      .orderBy('position')
      .execute()
    return rows.map((row) => row.type)
  }

  const deliveriesOf = (postId: string) =>
    db.selectFrom('deliveries').selectAll().where('postId', '=', postId).orderBy('position').execute()

  return {
    ...world,
    addAccount,
    addMedia,
    addBrand,
    setDeliveries,
    inAnHour,
    newPost,
    eventsOf,
    deliveriesOf,
  }
}
