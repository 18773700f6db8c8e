import { afterAll, beforeAll, expect, test } from 'vitest'
import { gallery, testPosting } from '../../test/posting.ts'
import { pullsKind } from '../domain/limits.ts'
import type { Network } from '../networks/network.ts'
import { composePost } from './compose-post.ts'
import { filled } from './create-post.ts'

/** Fetches files, and is somewhere on the internet. */
const far: Network = {
  ...gallery,
  id: 'far',
  name: 'Far',
  limits: { ...gallery.limits, pullsMedia: true, mediaRequired: false },
  origins: { api: 'https://graph.far.com' },
}
/** Fetches files, and is reached at an address that only this machine has, as the sandbox is. */
const near: Network = { ...far, id: 'near', name: 'Near', origins: { api: 'http://127.0.0.1:9/near' } }

let world: Awaited<ReturnType<typeof testPosting>>
let accounts: { far: string; near: string; gallery: string }
beforeAll(async () => {
  world = await testPosting([far, near, gallery])
  accounts = {
    far: await world.addAccount('far'),
    near: await world.addAccount('near'),
    gallery: await world.addAccount('gallery'),
  }
})
afterAll(() => world.close())

const tryOut = async (body: object) =>
  (
    await world.owner('POST', '/api/v1/posts/validate', {
      brandId: world.owner.brandId,
      content: 'Look',
      ...body,
    })
  ).json()
const write = (body: object) =>
  world.owner('POST', `/api/v1/brands/${world.owner.brandId}/posts`, { content: 'Look', ...body })

test('a network that fetches files is told of an address it cannot reach, by the dry run and by scheduling', async () => {
  const body = { targetAccountIds: [accounts.far], mediaIds: [await world.addMedia()] }
  expect(await tryOut(body)).toMatchObject({
    publishable: false,
    targets: [
      {
        issues: [
          {
            path: 'mediaIds',
            rule: 'media_unreachable',
            message:
              'Far fetches files from this server, but http://localhost:8007 cannot be reached from outside.',
            remedy: 'Ask the operator to set FANFARE_PUBLIC_URL to an address that is public.',
          },
        ],
      },
    ],
  })
  const refused = await write({ ...body, scheduledAt: world.inAnHour() })
  expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining('FANFARE_PUBLIC_URL')])
})

test('a draft can be written and kept all the same, since its writer cannot mend the server', async () => {
  const body = { targetAccountIds: [accounts.far], mediaIds: [await world.addMedia()] }
  expect(await tryOut(body)).toMatchObject({ savable: true })
  expect((await write(body)).statusCode).toBe(201)
})

test('nothing is said once the server has a public address', async () => {
  const { workspaceId, brandId } = world.owner
  const ctx = { ...world.ctx, settings: { ...world.ctx.settings, publicUrl: 'https://fanfare.acme.org' } }
  const fields = filled({
    text: 'Look',
    mediaIds: [await world.addMedia()],
    targetAccountIds: [accounts.far],
  })
  const { targets } = await composePost(ctx, ctx.db, { workspaceId, brandId }, fields)
  expect(targets).toMatchObject([{ issues: [] }])
})

test('a network that fetches pictures and takes videos as uploads says so of pictures alone', () => {
  const limits = { ...far.limits, pullsMedia: ['image' as const] }
  expect([pullsKind(limits, 'image'), pullsKind(limits, 'video'), pullsKind(limits, null)]).toEqual([
    true,
    false,
    false,
  ])
})

test('words alone, networks that take uploads, and networks on this machine need no public address', async () => {
  const mediaIds = [await world.addMedia()]
  expect(await tryOut({ targetAccountIds: [accounts.far] })).toMatchObject({ publishable: true })
  expect(await tryOut({ targetAccountIds: [accounts.gallery, accounts.near], mediaIds })).toMatchObject({
    publishable: true,
  })
})

test('a post is judged by the files of each account: one that gets none there is fine', async () => {
  const { targets } = await tryOut({
    targetAccountIds: [accounts.far, accounts.gallery],
    mediaIds: [await world.addMedia()],
    overrides: { [accounts.far]: { mediaIds: [] } },
  })
  expect(targets).toMatchObject([{ valid: true }, { valid: true }])
})

test('files that come as addresses are served from here too, and so are told of as well', async () => {
  const { workspaceId, brandId } = world.owner
  const fields = filled({
    text: 'Look',
    mediaUrls: ['https://files.acme.org/a.png'],
    targetAccountIds: [accounts.far],
  })
  const { targets } = await composePost(world.ctx, world.ctx.db, { workspaceId, brandId }, fields)
  expect(targets).toMatchObject([{ issues: [{ rule: 'media_unreachable' }] }])
})
