import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { childSandbox } from './test/child-sandbox.ts'

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const program = join(import.meta.dirname, 'test/notes-process.ts')

test('a sandbox killed under load remembers every post it answered for, each once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-crash-'))
  const answered: string[] = []
  for (let round = 0; round < 3; round++) {
    const running = await childSandbox(program, folder)
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 1_000; n++) {
        const text = `${round}-${writer}-${n}`
        const answer = await post(running.url, text).catch(() => null)
        if (!answer) return
        if (answer.ok) answered.push(text)
        // The kill comes in the middle of everybody's writing, after a number of answers, not after a time.
        if (answered.length === (round + 1) * 100) await running.kill()
      }
    })
    await Promise.all(writers)
    await running.kill()
  }
  const running = await childSandbox(program, folder)
  const texts = await feedTexts(running.url)
  expect(answered.length).toBeGreaterThanOrEqual(300)
  expect(new Set(texts).size).toBe(texts.length)
  expect(answered.filter((text) => !texts.includes(text))).toEqual([])
  await running.kill()
  await rm(folder, { recursive: true })
})

test('a post accepted behind a cut connection is there after a kill, and its fault does not fire again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-crash-'))
  const first = await childSandbox(program, folder)
  await expect(post(first.url, 'cut #fail:cut_after_accept')).rejects.toThrow()
  await first.kill()
  const second = await childSandbox(program, folder)
  expect(await feedTexts(second.url)).toEqual(['cut #fail:cut_after_accept'])
  expect((await post(second.url, 'cut #fail:cut_after_accept')).status).toBe(200)
  await second.kill()
  await rm(folder, { recursive: true })
})

test('the whole sandbox, killed after accepting and started again, has the message once and still knows its nonce', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-crash-'))
  const start = () => childSandbox(join(import.meta.dirname, 'main.ts'), '--folder', folder, '--port', '0')
  const sending = (url: string) =>
    send(`${url}/discord/channels/812345678901234567/messages`, {
      content: 'Sent, and the answer lost #fail:cut_after_accept',
      nonce: 'the-same-every-time',
      enforce_nonce: true,
    })
  const telegramSending = (url: string) =>
    send(`${url}/telegram/bot7:a-simulated-token/sendMessage`, {
      chat_id: '@bakery',
      text: 'Lost too #fail:cut_after_accept',
    })

  const first = await start()
  await expect(sending(first.url)).rejects.toThrow()
  await expect(telegramSending(first.url)).rejects.toThrow()
  await first.kill()

  const second = await start()
  expect((await feedTexts(second.url)).toSorted()).toEqual([
    'Lost too #fail:cut_after_accept',
    'Sent, and the answer lost #fail:cut_after_accept',
  ])
  const repeated = (await (await sending(second.url)).json()) as { id: string }
  expect(repeated.id).toMatch(/^\d+$/)
  expect(await feedTexts(second.url)).toHaveLength(2)
  await second.kill()
  await rm(folder, { recursive: true })
})

test('a Buffer killed after accepting has the post once, knows its time, and sends it when it is due', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-crash-'))
  const start = () => childSandbox(join(import.meta.dirname, 'main.ts'), '--folder', folder, '--port', '0')
  const query = 'mutation ($input: CreatePostInput!) { createPost(input: $input) { __typename } }'
  const input = {
    channelId: 'page-1',
    schedulingType: 'automatic',
    mode: 'customScheduled',
    dueAt: new Date(Date.now() + 86_400_000).toISOString(),
    text: 'Lost at Buffer #fail:cut_after_accept',
  }
  const first = await start()
  await expect(send(`${first.url}/buffer`, { query, variables: { input } }, 'Bearer Ada')).rejects.toThrow()
  await first.kill()
  const second = await start()
  expect(await feedTexts(second.url)).toEqual([])
  await send(`${second.url}/_control/clock`, { advanceMs: 2 * 86_400_000 })
  expect(await feedTexts(second.url)).toEqual(['Lost at Buffer #fail:cut_after_accept'])
  await second.kill()
  await rm(folder, { recursive: true })
})

function send(address: string, body: unknown, authorization = 'Bot a-simulated-bot') {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify(body),
  })
}

function post(url: string, text: string) {
  return fetch(`${url}/notes/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ada' },
    body: JSON.stringify({ text }),
  })
}

async function feedTexts(url: string): Promise<string[]> {
  const { data } = (await (await fetch(`${url}/feed.json?limit=500`)).json()) as { data: { text: string }[] }
  return data.map(({ text }) => text)
}
