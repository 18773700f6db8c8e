import { expect, test } from 'vitest'
import { createOrigins, serverOrigin } from './origins.ts'

const mastodon = {
  id: 'mastodon',
  origins: { api: 'https://mastodon.social', streaming: 'https://streaming.mastodon.social/' },
  serverSetting: 'instanceUrl',
}
const facebook = {
  id: 'facebook',
  origins: { api: 'https://graph.facebook.com', web: 'https://www.facebook.com' },
}
const origins = createOrigins({
  overrides: { threads: 'http://localhost:9000/threads/' },
  sandbox: () => 'http://127.0.0.1:8007/sandbox',
})

test('a live workspace reaches the real network', () => {
  expect(origins(facebook, 'live', {})).toBe('https://graph.facebook.com')
  expect(origins(facebook, 'live', {}, 'web')).toBe('https://www.facebook.com')
})

test('an account with a server of its own is reached there, and only its API moves', () => {
  const settings = { instanceUrl: 'https://example.social/' }
  expect(origins(mastodon, 'live', settings)).toBe('https://example.social')
  expect(origins(mastodon, 'live', settings, 'streaming')).toBe('https://streaming.mastodon.social')
  expect(origins(mastodon, 'live', { instanceUrl: '' })).toBe('https://mastodon.social')
})

test('a sandbox workspace never leaves the sandbox, whatever server an account names', () => {
  const settings = { instanceUrl: 'https://example.social' }
  expect(origins(mastodon, 'sandbox', settings)).toBe('http://127.0.0.1:8007/sandbox/mastodon')
  expect(origins(facebook, 'sandbox', {}, 'web')).toBe('http://127.0.0.1:8007/sandbox/facebook/web')
})

test("the operator's override wins in every workspace and stands for every role", () => {
  const threads = { id: 'threads', origins: { api: 'https://graph.threads.net', web: 'https://threads.net' } }
  expect(origins(threads, 'live', {})).toBe('http://localhost:9000/threads')
  expect(origins(threads, 'sandbox', {}, 'web')).toBe('http://localhost:9000/threads/web')
})

test('a role that the network does not have is a mistake in its adapter, not a made-up address', () => {
  expect(() => origins(facebook, 'live', {}, 'upload')).toThrow('facebook has no origin for the role upload')
  expect(() => origins(facebook, 'sandbox', {}, 'upload')).toThrow('no origin')
})

test('a server is understood however a person types it, and nothing but a web address passes', () => {
  for (const typed of [
    'mastodon.social',
    ' https://mastodon.social/@me ',
    'HTTPS://Mastodon.Social',
    '@me@mastodon.social',
    'me@mastodon.social',
  ])
    expect(serverOrigin(typed)).toBe('https://mastodon.social')
  expect(serverOrigin('http://localhost:3000/x')).toBe('http://localhost:3000')
  for (const typed of ['', 'ftp://host', 'https://me:secret@host', 'javascript://x', 'https://', 'a b'])
    expect(serverOrigin(typed)).toBeNull()
})
