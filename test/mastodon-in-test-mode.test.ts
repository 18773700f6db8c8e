/** A newcomer's two minutes, with Mastodon: connect, publish, look; over HTTP alone, against a whole server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'

let fanfare: Fanfare
beforeAll(async () => {
  fanfare = await startFanfare()
})
afterAll(() => fanfare.stop())

let token = ''

async function call(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${fanfare.url}/api/v1${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  // biome-ignore lint/suspicious/noExplicitAny: wire answers, looked at field by field
  const read = text === '' ? null : (JSON.parse(text) as any)
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return read.data ?? read
}

test('an account is connected by consent, a thread with a warning goes out, and it can be looked at', async () => {
  const session = await call('POST', '/auth/login', {
    email: 'ada@example.org',
    password: 'correct horse battery staple',
  })
  token = session.accessToken ?? session.access_token
  const [workspace] = await call('GET', '/workspaces')
  const [brand] = await call('GET', `/workspaces/${workspace.id}/brands`)

  const begun = await call('POST', `/brands/${brand.id}/social-accounts`, {
    network: 'mastodon',
    settings: { instanceUrl: '@ada@mastodon.example' },
  })
  const consent = new URL(begun.authUrl)
  consent.searchParams.set('sandbox_consent', 'allow')
  const back = await fetch(consent, { redirect: 'manual' })
  const landed = await fetch(back.headers.get('location') ?? '')
  expect(landed.status).toBe(200)
  const accounts = await call('GET', `/brands/${brand.id}/social-accounts`)
  expect(accounts).toMatchObject([{ network: 'mastodon', status: 'active' }])

  const text = `${'A long story. '.repeat(60)}#fail:cut_after_accept`
  const post = await call('POST', `/brands/${brand.id}/posts`, {
    content: text,
    targetAccountIds: [accounts[0].id],
    options: { thread: true, contentWarning: 'long' },
  })
  await call('POST', `/posts/${post.id}/publish`)
  await expect
    .poll(async () => (await call('GET', `/posts/${post.id}`)).status, { timeout: 90_000, interval: 500 })
    .toBe('published')
  const feed = await fetch(`${fanfare.url}/sandbox/feed.json?network=mastodon`)
  const { data } = (await feed.json()) as {
    data: { text: string; notes: string[]; replyTo: string | null }[]
  }
  expect(
    data
      .map((one) => one.text)
      .reverse()
      .join(' '),
  ).toBe(text)
  expect(data.every(({ notes }) => notes.includes('content warning: long'))).toBe(true)
}, 180_000)
