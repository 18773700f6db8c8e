/**
 * The whole product in one story, through its HTTP API alone: a person logs in, connects a Bluesky account on a real
 * Bluesky server and a Mastodon account, uploads a picture, writes a post with a mention, a link, a hashtag and the
 * picture, gives one account another text, schedules it a few seconds ahead, and the server is killed in between.
 * It appears on both, at the due time, once.
 */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'
import { type Pds, type PdsAccount, pdsMissing, startPds } from './peers/pds.ts'
import { type SandboxAtRoot, sandboxAtRoot } from './sandbox-at-root.ts'
import { consentTo } from './simulated-consent.ts'

if (pdsMissing) console.warn(`The life of a post is not told on the real server: ${pdsMissing}`)

describe.skipIf(pdsMissing)('the life of a post', () => {
  let fanfare: Fanfare
  let pds: Pds
  let mastodon: SandboxAtRoot

  beforeAll(async () => {
    ;[pds, mastodon] = await Promise.all([startPds(), sandboxAtRoot('mastodon')])
    fanfare = await startFanfare({
      env: { FANFARE_FIRST_WORKSPACE: 'live', FANFARE_ALLOW_PRIVATE_ADDRESSES: '1' },
    })
  })
  afterAll(async () => {
    await fanfare?.stop()
    await Promise.all([pds?.close(), mastodon?.close()])
  })

  test('written once, adapted, scheduled, the server killed; on both networks at the due time, once', async () => {
    const api = client(fanfare.url)
    const [author, friend] = [await pds.createAccount(), await pds.createAccount()]

    await api.logIn('ada@example.org', 'correct horse battery staple')
    const workspace = (await api.get('/workspaces')).data[0]
    const brand = (await api.get(`/workspaces/${workspace.id}/brands`)).data[0]

    const bluesky = await connectBluesky(api, brand.id, author)
    const toot = await connectMastodon(api, brand.id)
    const picture = await uploadPicture(api, brand.id)

    const scheduledAt = new Date(Date.now() + 5000).toISOString()
    const content = `Launch day with @${friend.handle}! Read https://example.com/launch #fanfare`
    const post = await api.post(
      `/brands/${brand.id}/posts`,
      {
        content,
        mediaIds: [picture],
        targetAccountIds: [bluesky, toot],
        overrides: {
          [toot]: { content: 'The same day, told otherwise https://example.com/launch #fanfare' },
        },
        scheduledAt,
      },
      201,
    )
    expect(post).toMatchObject({
      status: 'scheduled',
      targets: [{ status: 'scheduled' }, { status: 'scheduled' }],
    })

    await fanfare.kill('SIGKILL')
    // On a machine so slow that the due time has come already, the rest of the story holds all the same.
    if (Date.now() < Date.parse(scheduledAt)) expect(await atBluesky(author)).toEqual([])
    await fanfare.restart()

    const done = await api.until(
      `/posts/${post.id}`,
      ({ status }) => status === 'published' || status === 'failed',
    )
    expect(done, JSON.stringify(done.targets)).toMatchObject({
      status: 'published',
      targets: [
        { accountId: bluesky, status: 'published', error: null },
        { accountId: toot, status: 'published', error: null },
      ],
    })
    for (const target of done.targets)
      expect(Date.parse(target.publishedAt)).toBeGreaterThanOrEqual(Date.parse(scheduledAt))

    const expected = async () => {
      const records = await atBluesky(author)
      expect(records).toHaveLength(1)
      expect(records[0]).toMatchObject({
        uri: done.targets[0].externalId,
        value: {
          text: content,
          facets: expect.arrayContaining([
            facet('mention', { did: friend.did }),
            facet('link', { uri: 'https://example.com/launch' }),
            facet('tag', { tag: 'fanfare' }),
          ]),
          embed: { $type: 'app.bsky.embed.images', images: [{ alt: 'A rocket on its pad' }] },
        },
      })
      const toots = await atMastodon()
      expect(toots).toHaveLength(1)
      expect(toots[0]).toMatchObject({
        id: done.targets[1].externalId,
        text: expect.stringContaining('The same day, told otherwise'),
        media: [{ altText: 'A rocket on its pad' }],
      })
    }
    await expected()

    // Killed once more, with everything done: nothing goes out a second time.
    await fanfare.kill('SIGKILL')
    await fanfare.restart()
    const lines = (await api.get(`/posts/${post.id}/log`)).data.map(
      ({ action }: { action: string }) => action,
    )
    expect(lines.filter((action: string) => action === 'publish_success')).toHaveLength(2)
    await expected()
  }, 120_000)

  // ---------------------------------------------------------------- the person's steps

  async function connectBluesky(api: Client, brandId: string, account: PdsAccount): Promise<string> {
    const appPassword = await pds.createAppPassword(account)
    const connected = await api.post(
      `/brands/${brandId}/social-accounts`,
      { network: 'bluesky', credentials: { identifier: account.handle, appPassword, serviceUrl: pds.url } },
      201,
    )
    expect(connected).toMatchObject({ network: 'bluesky', status: 'active' })
    return connected.id
  }

  /** The consent page, as a browser would walk it. */
  async function connectMastodon(api: Client, brandId: string): Promise<string> {
    const { authUrl, state } = await api.post(`/brands/${brandId}/social-accounts`, {
      network: 'mastodon',
      settings: { instanceUrl: mastodon.origin },
    })
    const code = await consentTo(authUrl)
    const callback = new URL(`${fanfare.url}/api/v1/social-accounts/callback/mastodon`)
    callback.search = String(new URLSearchParams({ code, state }))
    await fetch(callback, { redirect: 'manual' })
    const { data } = await api.get(`/brands/${brandId}/social-accounts`)
    const account = data.find(({ network }: { network: string }) => network === 'mastodon')
    expect(account).toMatchObject({ status: 'active' })
    return account.id
  }

  async function uploadPicture(api: Client, brandId: string): Promise<string> {
    const bytes = await sharp({ create: { width: 640, height: 480, channels: 3, background: 'navy' } })
      .png()
      .toBuffer()
    const upload = await api.post(
      `/brands/${brandId}/media`,
      { filename: 'rocket.png', mimeType: 'image/png', size: bytes.length, altText: 'A rocket on its pad' },
      201,
    )
    const put = await fetch(upload.uploadUrl, {
      method: 'PUT',
      headers: upload.headers,
      body: new Uint8Array(bytes),
    })
    expect(put.status, await put.text()).toBe(200)
    expect(await api.post(`/media/${upload.id}/complete`)).toMatchObject({
      status: 'ready',
      width: 640,
      height: 480,
    })
    return upload.id
  }

  // ---------------------------------------------------------------- what the networks show

  async function atBluesky({ did }: PdsAccount) {
    const { body } = await pds.call('GET', 'com.atproto.repo.listRecords', {
      repo: did,
      collection: 'app.bsky.feed.post',
    })
    return body.records
  }

  async function atMastodon() {
    const answer = await fetch(`${mastodon.origin}/sandbox/feed.json?network=mastodon`)
    return ((await answer.json()) as { data: { id: string; text: string; media: unknown[] }[] }).data
  }
})

const facet = (kind: string, facts: object) =>
  expect.objectContaining({
    features: [expect.objectContaining({ $type: `app.bsky.richtext.facet#${kind}`, ...facts })],
  })

// ---------------------------------------------------------------- a client of the API

type Client = ReturnType<typeof client>

/** Nothing but HTTP: JSON in, JSON out, and an error when the status is another than expected. */
function client(origin: string) {
  let token = ''
  async function call(method: string, path: string, body: unknown, status: number) {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    if (answer.status !== status) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
    return JSON.parse(text)
  }
  const get = (path: string) => call('GET', path, undefined, 200)
  return {
    get,
    post: (path: string, body?: unknown, status = 200) => call('POST', path, body, status),
    async logIn(email: string, password: string) {
      token = (await call('POST', '/auth/login', { email, password }, 200)).accessToken
    },
    /** Asks again until it is so; half a minute is far beyond the due time and every retry. */
    async until(path: string, isSo: (answer: { status: string }) => boolean) {
      const deadline = Date.now() + 30_000
      for (;;) {
        const answer = await get(path)
        if (isSo(answer)) return answer
        if (Date.now() > deadline) throw new Error(`Still not so: ${JSON.stringify(answer)}`)
        await new Promise((resume) => setTimeout(resume, 100))
      }
    },
  }
}
