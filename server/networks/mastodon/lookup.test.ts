import { describe, expect, test } from 'vitest'
import type { Json, Write, Written } from '../network.ts'
import { lookup } from './lookup.ts'
import { fingerprint, likeness, textOfHtml } from './plain-text.ts'
import type { StatusPayload } from './publish.ts'
import { publishAt, type Script, scriptedServer } from './scripted-server.ts'

const fencedAt = new Date('2026-11-22T12:00:00.000Z')
const after = '2026-11-22T12:00:01.000Z'
const before = '2026-11-22T11:00:00.000Z'

function writeOf(changes: Partial<StatusPayload> = {}): Write {
  const payload: StatusPayload = {
    text: 'Launch day: we are live at https://fanfare.example/launch!',
    mediaIds: [],
    contentWarning: null,
    visibility: null,
    language: null,
    sensitive: null,
    replyTo: null,
    answersPrevious: false,
    poll: null,
    ...changes,
  }
  return { kind: 'post', key: 'key', payload }
}

const html =
  '<p>Launch day: we are live at <a href="https://fanfare.example/launch"><span class="invisible">https://</span><span class="">fanfare.example/launch</span><span class="invisible"></span></a>!</p>'

interface Given {
  id: string
  [field: string]: unknown
}
const status = (changes: Given): Given => ({
  created_at: after,
  content: html,
  spoiler_text: '',
  in_reply_to_id: null,
  media_attachments: [],
  url: `https://server.example/@ada/${changes.id}`,
  ...changes,
})
const old = status({ id: '1', created_at: before, content: '<p>Something old</p>' })

const list = 'GET /api/v1/accounts/42/statuses'
const isMastodon = { keepsIdempotencyKeys: true }

const look = (
  script: Script,
  {
    write = writeOf(),
    done = [],
    settings = isMastodon,
  }: { write?: Write; done?: Written[]; settings?: Record<string, Json> } = {},
) => lookup(publishAt(scriptedServer(script), { settings }), write, done, fencedAt)

describe('a write that was made', () => {
  test('is found by its text, whatever the server made of it', async () => {
    expect(await look({ [list]: { json: [status({ id: '9' }), old] } })).toEqual({
      outcome: 'published',
      externalId: '9',
      url: 'https://server.example/@ada/9',
    })
    const asSnacShowsIt = status({
      id: '9',
      content: 'changed &#128578;',
      text: (writeOf().payload as StatusPayload).text,
    })
    expect(await look({ [list]: { json: [asSnacShowsIt, old] } })).toMatchObject({ outcome: 'published' })
  })

  test('is found by its uploads alone, for nobody else has them', async () => {
    const withMedia = status({ id: '9', content: '', media_attachments: [{ id: '77' }] })
    const write = writeOf({ mediaIds: ['77'] })
    expect(await look({ [list]: { json: [withMedia, old] } }, { write })).toMatchObject({
      outcome: 'published',
    })
  })

  test('is found pages back', async () => {
    const page = (request: { query?: object }) => {
      const { max_id: maxId } = (request.query ?? {}) as { max_id?: string }
      if (maxId === undefined)
        return { json: [status({ id: '30', content: 'x' }), status({ id: '20', content: 'y' })] }
      return { json: maxId === '20' ? [status({ id: '9' })] : [] }
    }
    expect(await look({ [list]: page })).toMatchObject({ outcome: 'published', externalId: '9' })
  })

  test("is timed by the server's clock, when that is wrong", async () => {
    const ahead = status({ id: '9', created_at: '2026-11-22T10:00:01.000Z' })
    const headers = { date: new Date(Date.now() - 2 * 3_600_000).toUTCString() }
    expect(await look({ [list]: { json: [ahead], headers } })).toMatchObject({ outcome: 'published' })
  })
})

describe('what is not the write', () => {
  test('older posts, boosts, answers to others, other warnings and the other parts of its thread', async () => {
    const part: Written = { write: writeOf(), externalId: '5', url: null, data: null }
    const others = [
      status({ id: '9', reblog: { id: '3' } }),
      status({ id: '5' }),
      status({ id: '1', created_at: before }),
    ]
    expect(await look({ [list]: { json: others } }, { done: [part] })).toEqual({ outcome: 'absent' })
    const answer = status({ id: '9', in_reply_to_id: '4' })
    expect((await look({ [list]: { json: [answer, old] } })).outcome).not.toBe('published')
    const warned = status({ id: '9', spoiler_text: 'careful' })
    expect((await look({ [list]: { json: [warned, old] } })).outcome).not.toBe('published')
  })

  test('a part of a thread answers the part before it', async () => {
    const part: Written = { write: writeOf(), externalId: '5', url: null, data: null }
    const write = writeOf({ answersPrevious: true })
    const answer = status({ id: '9', in_reply_to_id: '5' })
    expect(await look({ [list]: { json: [answer, old] } }, { write, done: [part] })).toMatchObject({
      outcome: 'published',
    })
  })
})

describe('absence', () => {
  test('is said when the list reaches back before the fence, or ends', async () => {
    const unrelated = status({ id: '9', content: '<p>What a nice day</p>' })
    expect(await look({ [list]: { json: [unrelated, old] } })).toEqual({ outcome: 'absent' })
    expect(await look({ [list]: { json: [] } })).toEqual({ outcome: 'absent' })
  })

  test('is not said while something published since resembles the write', async () => {
    const changed = status({
      id: '9',
      content: '<p>Launch day: we are live at fanfare dot example/launch</p>',
    })
    expect(await look({ [list]: { json: [changed, old] } })).toMatchObject({
      outcome: 'unknown',
      why: expect.stringContaining('/@ada/9'),
    })
  })

  test('is not said when the server answers the same page for ever, or nothing', async () => {
    const unrelated = { json: [status({ id: '9', content: 'x' })] }
    expect(await look({ [list]: unrelated })).toMatchObject({ outcome: 'unknown' })
    expect(await look({ [list]: { status: 500 } })).toMatchObject({ outcome: 'unknown' })
    expect(await look({ [list]: { json: { error: 'x' } } })).toMatchObject({ outcome: 'unknown' })
  })

  test('of what may not be public proves nothing on a server that is not Mastodon', async () => {
    const script = (privacy: string): Script => ({
      [list]: { json: [old] },
      'GET /api/v1/accounts/verify_credentials': { json: { id: '42', source: { privacy } } },
    })
    const hidden = writeOf({ visibility: 'private' })
    expect(await look(script('public'), { write: hidden, settings: {} })).toMatchObject({
      outcome: 'unknown',
    })
    expect(await look(script('private'), { settings: {} })).toMatchObject({ outcome: 'unknown' })
    expect(await look(script('public'), { settings: {} })).toEqual({ outcome: 'absent' })
    expect(await look(script('public'), { write: hidden })).toEqual({ outcome: 'absent' })
  })
})

describe('texts are compared by what no server changes', () => {
  test('HTML is read as a person reads it', () => {
    expect(textOfHtml('<p>One &amp; two<br>three</p><p>4 &lt; 5 &#128578;</p>')).toBe(
      'One & two\nthree\n4 < 5 🙂',
    )
    expect(textOfHtml('lax <b but text')).toBe('lax <b but text')
  })

  test('mentions lose their server, punctuation and case do not count, emoji alone do', () => {
    expect(fingerprint('Hi @ada@far.example!')).toBe(fingerprint('hi  @ada'))
    expect(fingerprint('🎉 🎉')).not.toBe(fingerprint('🚀'))
    expect(fingerprint('日本語 テスト')).toBe(fingerprint('日本語テスト'))
    expect(likeness('one two three four', 'one two three five')).toBe(0.75)
    expect(likeness('one', 'two')).toBe(0)
  })
})
