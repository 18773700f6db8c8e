import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Exchange } from './recorder.ts'
import { type RunningSandbox, startSandbox } from './start.ts'
import { noteNetwork } from './test/note-network.ts'

let folder: string
let running: RunningSandbox
let exchanges: Exchange[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
  exchanges = []
  running = await startSandbox({
    folder,
    simulators: [noteNetwork],
    observe: (exchange) => exchanges.push(exchange),
  })
})

afterEach(async () => {
  await running.close()
  await rm(folder, { recursive: true })
})

describe('words in the text', () => {
  test('a rejected text is rejected every time', async () => {
    expect((await post('no #fail:rejected')).status).toBe(422)
    expect((await post('no #fail:rejected')).status).toBe(422)
    expect(await feed()).toEqual([])
  })

  test('a rate limit and a server error fire once, and the same request then goes through', async () => {
    const limited = await post('slowly #fail:rate_limit #fail:server_error')
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('2')
    expect((await post('slowly #fail:rate_limit #fail:server_error')).status).toBe(500)
    expect((await post('slowly #fail:rate_limit #fail:server_error')).status).toBe(200)
    expect(await feed()).toHaveLength(1)
  })

  test('another account meets the fault for itself, and a count makes it fire more often', async () => {
    expect((await post('#fail:server_error*2')).status).toBe(500)
    expect((await post('#fail:server_error*2', 'someone else')).status).toBe(500)
    expect((await post('#fail:server_error*2')).status).toBe(500)
    expect((await post('#fail:server_error*2')).status).toBe(200)
  })

  test('a cut before accepting leaves nothing, a cut after accepting leaves the post', async () => {
    await expect(post('lost #fail:cut_before_accept')).rejects.toThrow()
    expect(await feed()).toEqual([])
    await expect(post('kept #fail:cut_after_accept')).rejects.toThrow()
    expect((await feed()).map(({ text }) => text)).toEqual(['kept #fail:cut_after_accept'])
    expect(exchanges.map(({ operation, status, cut }) => ({ operation, status, cut }))).toEqual([
      { operation: 'notes.create', status: 200, cut: true },
      { operation: 'notes.create', status: 200, cut: true },
    ])
  })

  test('an expired token stays expired until it is refreshed', async () => {
    const tokens = await consent()
    expect((await post('hello #fail:expired', tokens.access_token)).status).toBe(401)
    expect((await post('hello #fail:expired', tokens.access_token)).status).toBe(401)
    const fresh = await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
    expect((await post('hello #fail:expired', fresh.body.access_token)).status).toBe(200)
  })
})

describe('the control API', () => {
  test('a fault meets the requests it names, as often as it says', async () => {
    await control('faults', { kind: 'server_error', network: 'notes', operation: 'notes.create', times: 2 })
    expect((await post('one')).status).toBe(500)
    expect((await post('one')).status).toBe(500)
    expect((await post('one')).status).toBe(200)
    expect(await json(fetch(`${running.url}/_control/faults`))).toEqual({ data: [] })
  })

  test('a server error after accepting answers 500 though the post is out', async () => {
    await control('faults', { kind: 'server_error', when: 'after' })
    const answer = await post('out anyway')
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'broken' }])
    expect(await feed()).toHaveLength(1)
  })

  test('an outage ends when its time has come', async () => {
    await control('faults', { kind: 'outage', forMs: 60_000 })
    expect((await post('one')).status).toBe(500)
    await control('clock', { advanceMs: 61_000 })
    expect((await post('one')).status).toBe(200)
  })

  test('a reset forgets the posts', async () => {
    await post('one')
    await control('reset', {})
    expect(await feed()).toEqual([])
  })

  test('a page of another site, a forwarded request and a foreign name are turned away', async () => {
    const cases: Record<string, string>[] = [
      { origin: 'https://elsewhere.example' },
      { 'x-forwarded-for': '203.0.113.9' },
      { 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of cases) {
      const answer = await fetch(`${running.url}/_control/reset`, { method: 'POST', headers })
      expect(answer.status).toBe(403)
    }
  })
})

describe('OAuth', () => {
  test('a code works once, with the verifier that made its challenge, for the same redirect', async () => {
    const { code, verifier } = await consentCode()
    const right = { grant_type: 'authorization_code', code, code_verifier: verifier }
    expect((await token(right)).status).toBe(200)
    expect((await token(right)).status).toBe(400)
    const second = await consentCode()
    expect((await token({ ...right, code: second.code })).body.error_description).toContain('code_verifier')
  })

  test('using a spent refresh token ends the grant', async () => {
    const first = await consent()
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const second = await token(refresh)
    expect((await post('works', second.body.access_token)).status).toBe(200)
    expect((await token(refresh)).status).toBe(400)
    expect((await post('ended', second.body.access_token)).status).toBe(401)
  })

  test('an access token expires with the sandbox clock', async () => {
    const { access_token } = await consent()
    await control('clock', { advanceMs: 3_601_000 })
    expect((await post('late', access_token)).status).toBe(401)
  })

  test('the person on the consent page says who they are and which pages', async () => {
    const page = await fetch(authorizeUrl('challenge'))
    const html = await page.text()
    expect(html).toContain('Ada Example')
    const asked = /name="asked" value="([^"]+)"/.exec(html)?.[1]?.replaceAll('&#38;', '&') ?? ''
    const answer = await fetch(`${running.url}/notes/authorize`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ asked, decision: 'allow', person: 'grace', pages: 'grace-bakery' }),
    })
    expect(answer.status).toBe(302)
    const location = new URL(answer.headers.get('location') ?? '')
    expect(location.searchParams.get('state')).toBe('the state')
    expect(location.searchParams.get('code')).toMatch(/^code-/)
  })

  test('saying no comes back as an error, and a foreign redirect is refused', async () => {
    const denied = await fetch(authorizeUrl('c', { sandbox_consent: 'deny' }), { redirect: 'manual' })
    expect(denied.headers.get('location')).toContain('error=access_denied')
    const foreign = authorizeUrl('c', { sandbox_consent: 'allow', redirect_uri: 'https://evil.example/' })
    expect((await fetch(foreign, { redirect: 'manual' })).status).toBe(400)
  })
})

describe('the feed', () => {
  test('shows text as text, whatever was posted', async () => {
    await post('<script>alert(1)</script> see https://example.com/a?b=1.')
    const html = await (await fetch(running.url)).text()
    expect(html).not.toContain('<script>')
    expect(html).toContain('&#60;script&#62;')
    expect(html).toContain('<a href="https://example.com/a?b=1" rel="noopener nofollow">')
    expect(await (await fetch(`${running.url}/notes/feed`)).text()).toContain('alert(1)')
  })

  test('an uploaded file that could run in a browser is offered as a download', async () => {
    const body = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    const kept = await fetch(`${running.url}/notes/files`, { method: 'POST', body })
    const { id } = (await kept.json()) as { id: string }
    const file = await fetch(`${running.url}/_media/notes/${id}`)
    expect(file.headers.get('content-type')).toBe('application/octet-stream')
    expect(file.headers.get('content-disposition')).toBe('attachment')
    expect(await file.text()).toBe(body)
  })

  test('counts grow with age and are the same for everyone who asks', async () => {
    await post('popular')
    expect((await feed())[0]?.counts.likes).toBe(0)
    await control('clock', { advanceMs: 86_400_000 })
    const [later] = await feed()
    expect(later?.counts.likes).toBeGreaterThan(0)
  })

  test('is closed to a visitor that comes through a public address', async () => {
    await running.close()
    running = await startSandbox({
      folder,
      simulators: [noteNetwork],
      publicUrl: 'https://fanfare.example',
      controlKey: 'a key',
    })
    expect((await fetch(running.url)).status).toBe(403)
    expect((await fetch(running.url, { headers: { 'x-sandbox-key': 'a key' } })).status).toBe(200)
    expect((await fetch(running.url, { headers: { 'x-sandbox-key': 'no key' } })).status).toBe(403)
  })
})

test('two processes cannot keep the same folder', async () => {
  await expect(startSandbox({ folder, simulators: [noteNetwork] })).rejects.toThrow('Another running process')
})

function post(text: string, bearer = 'ada') {
  return fetch(`${running.url}/notes/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    body: JSON.stringify({ text }),
  })
}

async function feed() {
  const { data } = await json<{ data: { text: string; counts: { likes: number } }[] }>(
    fetch(`${running.url}/feed.json?network=notes`),
  )
  return data
}

async function json<T>(answer: Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T
}

async function control(path: string, body: unknown) {
  const answer = await fetch(`${running.url}/_control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBeLessThan(300)
}

const client = { client_id: 'client', redirect_uri: 'http://localhost:1/callback' }

function authorizeUrl(challenge: string, more: Record<string, string> = {}) {
  const query = new URLSearchParams({
    ...client,
    response_type: 'code',
    state: 'the state',
    scope: 'read write',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  })
  return `${running.url}/notes/authorize?${query}`
}

async function consentCode() {
  const verifier = `${randomUUID()}${randomUUID()}`
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const answer = await fetch(authorizeUrl(challenge, { sandbox_consent: 'allow' }), { redirect: 'manual' })
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  return { code, verifier }
}

interface TokenAnswer {
  access_token: string
  refresh_token: string
  error_description: string
}

async function token(form: Record<string, string>) {
  const answer = await fetch(`${running.url}/notes/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...client, ...form }),
  })
  return { status: answer.status, body: (await answer.json()) as TokenAnswer }
}

async function consent() {
  const { code, verifier } = await consentCode()
  return (await token({ grant_type: 'authorization_code', code, code_verifier: verifier })).body
}
