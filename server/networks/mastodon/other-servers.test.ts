import { describe, expect, test } from 'vitest'
import type { MediaFile } from '../network.ts'
import { connect } from './connect.ts'
import { defaultLimits, readInstance } from './instance.ts'
import { UploadFailed, uploadMedia } from './media.ts'
import { probe } from './profile.ts'
import { commit, type StatusPayload } from './publish.ts'
import { metrics, remove } from './published.ts'
import { connectTo, origin, publishAt, type Script, scriptedServer } from './scripted-server.ts'

const redirectUri = 'https://fanfare.example/callback'

async function instanceOf(script: Script) {
  const read = await readInstance(scriptedServer(script), origin, connectTo(scriptedServer({})) as never)
  if (read.outcome === 'failed') throw new Error(read.failure.message)
  return read.value
}

describe('what a server says of itself', () => {
  test('is believed: length, addresses, files, alternative texts, polls', async () => {
    const { limits } = await instanceOf({
      'GET /api/v2/instance': {
        json: {
          version: '4.4.1',
          configuration: {
            statuses: { max_characters: 5000, max_media_attachments: 8, characters_reserved_per_url: 30 },
            media_attachments: {
              supported_mime_types: ['image/png', 'video/mp4', 'audio/mp3'],
              image_size_limit: 1000,
              image_matrix_limit: 2000,
              video_size_limit: 3000,
              video_matrix_limit: 4000,
              description_limit: 99,
            },
            polls: { max_options: 9, max_characters_per_option: 10, min_expiration: 60, max_expiration: 120 },
          },
        },
      },
    })
    expect(limits).toMatchObject({
      text: { max: 5000, urlLength: 30 },
      mediaMax: 8,
      image: { mimeTypes: ['image/png'], bytesMax: 1000, pixelsMax: 2000, countMax: 8 },
      video: { mimeTypes: ['video/mp4'], bytesMax: 3000, pixelsMax: 4000 },
      altTextMax: 99,
      poll: { optionsMax: 9, optionGraphemesMax: 10, durationMsMin: 60_000, durationMsMax: 120_000 },
    })
  })

  test('in its first version is read where there is no second, in the words of Pleroma too', async () => {
    const { limits } = await instanceOf({
      'GET /api/v1/instance': {
        json: {
          version: '2.7.2 (compatible; Pleroma 2.6.0)',
          max_toot_chars: 4000,
          max_media_attachments: 20,
        },
      },
    })
    expect(limits).toMatchObject({ text: { max: 4000, urlLength: 23 }, mediaMax: 20 })
  })

  test('is replaced by the defaults where it says nothing, or nonsense', async () => {
    expect((await instanceOf({})).limits).toEqual(defaultLimits)
    const nonsense = { version: 4, configuration: { statuses: { max_characters: 'many' }, polls: [] } }
    expect((await instanceOf({ 'GET /api/v2/instance': { json: nonsense } })).limits).toEqual(defaultLimits)
  })

  test.each([
    ['4.4.1', 'https://github.com/mastodon/mastodon', true],
    ['4.3.2+glitch', 'https://github.com/glitch-soc/mastodon', true],
    ['4.6.0-nightly.2026-01-01', 'https://codeberg.org/someone/mastodon', true],
    ['4.0.0 (not true; really snac/2.75)', 'https://comam.es/what-is-snac', false],
    ['2.7.2 (compatible; Pleroma 2.6.0)', undefined, false],
    ['0.20.0+git-1234567', 'https://codeberg.org/superseriousbusiness/gotosocial', false],
    ['4.4.1', 'https://git.example/my-fork', false],
    ['4.4.1', undefined, false],
  ])('%s from %s keeps idempotency keys: %s', async (version, source_url, keeps) => {
    const { keepsIdempotencyKeys } = await instanceOf({
      'GET /api/v2/instance': { json: { version, source_url } },
    })
    expect(keepsIdempotencyKeys).toBe(keeps)
  })
})

describe('connecting', () => {
  const credentials = { json: { client_id: 'id', client_secret: 'secret' } }

  test('registers with a form where JSON is not understood', async () => {
    const http = scriptedServer({
      'POST /api/v1/apps': (request) => (request.form ? credentials : { status: 400, json: { error: '?' } }),
    })
    expect(await connect.registerApp?.(connectTo(http), redirectUri)).toEqual({
      outcome: 'done',
      value: { clientId: 'id', clientSecret: 'secret' },
    })
  })

  test('takes a token for the app at once, so that an older server does not delete it', async () => {
    const http = scriptedServer({ 'POST /api/v1/apps': credentials })
    await connect.registerApp?.(connectTo(http), redirectUri)
    expect(http.asked.at(-1)?.form).toMatchObject({ grant_type: 'client_credentials', client_id: 'id' })
  })

  test('says that an address is no instance, and what to type', async () => {
    const refused = await connect.registerApp?.(connectTo(scriptedServer({})), redirectUri)
    expect(refused).toMatchObject({
      outcome: 'failed',
      failure: {
        class: 'permanent',
        rule: 'mastodon.not_an_instance',
        remedy: expect.stringContaining('browser'),
      },
    })
  })

  test('tells an app that the server forgot from a consent that is spent', async () => {
    const grant = { code: 'code', redirectUri, codeVerifier: 'v' }
    const refuse = (error: string) =>
      connect.exchange(
        connectTo(scriptedServer({ 'POST /oauth/token': { status: 401, json: { error } } })),
        grant,
      )
    expect(await refuse('invalid_client')).toMatchObject({ failure: { rule: 'mastodon.app_unknown' } })
    expect(await refuse('invalid_grant')).toMatchObject({
      failure: { class: 'permanent', rule: 'mastodon.code_refused' },
    })
  })

  test('an empty 422 for a bad token means that the account must be reconnected', async () => {
    const http = scriptedServer({ 'GET /api/v1/accounts/verify_credentials': { status: 422, text: '' } })
    expect(await probe(publishAt(http))).toMatchObject({
      outcome: 'failed',
      failure: { class: 'reconnect', rule: 'mastodon.token_invalid' },
    })
  })
})

describe('media', () => {
  const file = (): MediaFile => ({
    id: 'file',
    kind: 'video',
    mimeType: 'video/mp4',
    filename: 'clip.mp4',
    bytes: 3,
    width: null,
    height: null,
    durationMs: null,
    altText: 'A clip',
    open: async () => Buffer.from('abc'),
    stream: async () => new Blob(['abc']).stream(),
    publicUrl: () => '',
  })

  test('goes to the first version where there is no second', async () => {
    const http = scriptedServer({ 'POST /api/v1/media': { json: { id: 7, url: 'https://x/a.mp4' } } })
    expect(await uploadMedia(publishAt(http), file(), undefined)).toBe('7')
    expect(http.asked).toHaveLength(2)
  })

  test('is asked after until it is processed', async () => {
    let asked = 0
    const http = scriptedServer({
      'POST /api/v2/media': { status: 202, json: { id: '7', url: null } },
      'GET /api/v1/media/7': () =>
        ++asked < 2 ? { status: 206, json: { id: '7', url: null } } : { json: { url: 'x' } },
    })
    expect(await uploadMedia(publishAt(http), file(), { x: 0, y: 0.5 })).toBe('7')
    expect(asked).toBe(2)
    expect(http.asked[0]?.multipart?.get('focus')).toBe('0,0.5')
    expect(http.asked[0]?.multipart?.get('description')).toBe('A clip')
  })

  test.each([
    [
      'is refused for good',
      { status: 422, json: { error: 'Validation failed: File is invalid' } },
      'permanent',
    ],
    ['is too large for a proxy', { status: 413, text: '<html>' }, 'permanent'],
    ['meets a server that is down', { status: 503, text: '' }, 'transient'],
    ['meets too many requests', { status: 429, headers: { 'retry-after': '60' } }, 'rate_limited'],
    ['meets a token that ended', { status: 401, json: { error: 'no' } }, 'reconnect'],
  ])('that %s', async (_case, answer, expected) => {
    const http = scriptedServer({ 'POST /api/v2/media': answer })
    const failed = await uploadMedia(publishAt(http), file(), undefined).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UploadFailed)
    expect((failed as UploadFailed).failure.class).toBe(expected)
  })
})

describe('publishing', () => {
  const payload: StatusPayload = {
    text: 'Hello',
    mediaIds: [],
    contentWarning: null,
    visibility: null,
    language: null,
    sensitive: null,
    replyTo: null,
    answersPrevious: false,
    poll: null,
  }
  const write = { kind: 'post' as const, key: 'key', payload }
  const answered = (answer: Script[string], profile: Script[string] = { json: { id: '42' } }) =>
    commit(
      publishAt(
        scriptedServer({
          'POST /api/v1/statuses': answer,
          'GET /api/v1/accounts/verify_credentials': profile,
        }),
      ),
      write,
      [],
    )

  test.each([
    ['a gateway that lost patience', { status: 504, text: '' }],
    ['a server that broke', { status: 500, json: { error: 'x' } }],
    ['a success that does not say what it made', { status: 200, json: {} }],
    ['a line that went dead', { kind: 'no_answer' as const, why: 'reset' }],
  ])('%s may have published', async (_case, answer) => {
    expect((await answered(answer)).outcome).toBe('unknown')
  })

  test('a request that never left was certainly not published', async () => {
    expect(await answered({ kind: 'not_sent', why: 'ENOTFOUND' })).toMatchObject({
      outcome: 'rejected',
      failure: { class: 'transient', rule: 'mastodon.unreachable' },
    })
  })

  test('a 422 is about the post while the token is good, and about the token when it is not', async () => {
    const refusal = {
      status: 422,
      json: { error: 'Validation failed: Text character limit of 500 exceeded' },
    }
    expect(await answered(refusal)).toMatchObject({
      failure: { class: 'permanent', message: expect.stringContaining('limit of 500') },
    })
    expect(await answered({ status: 422 }, { status: 422, text: '' })).toMatchObject({
      failure: { class: 'reconnect' },
    })
  })

  test('a 403 is about the account, the token or the post, and a firewall is nobody of these', async () => {
    const scopes = { status: 403, json: { error: 'This action is outside the authorized scopes' } }
    expect(await answered(scopes)).toMatchObject({ failure: { class: 'reconnect' } })
    const disabled = { status: 403, json: { error: 'Your login is currently disabled' } }
    expect(await answered(disabled, disabled)).toMatchObject({ failure: { class: 'reconnect' } })
    expect(await answered({ status: 403, json: { error: 'This action is not allowed' } })).toMatchObject({
      failure: { class: 'permanent' },
    })
    expect(await answered({ status: 403, text: '<html>Attention required' })).toMatchObject({
      failure: { class: 'administrator', rule: 'mastodon.blocked' },
    })
  })

  test('media that is not processed yet is tried again', async () => {
    const error = 'Cannot attach files that have not finished processing. Try again in a moment!'
    expect(await answered({ status: 422, json: { error } })).toMatchObject({
      failure: { class: 'transient' },
    })
  })

  test('too many requests end when the server says, in its own clock', async () => {
    const headers = { 'x-ratelimit-reset': '2031-01-01T00:05:00Z', date: 'Wed, 01 Jan 2031 00:00:00 GMT' }
    expect(await answered({ status: 429, headers })).toMatchObject({
      failure: { class: 'rate_limited', retryAfterMs: 300_000 },
    })
    expect(await answered({ status: 429 })).toMatchObject({ failure: { retryAfterMs: 300_000 } })
  })

  test('how many posts are left is passed on', async () => {
    const told: [number, Date][] = []
    const headers = {
      'x-ratelimit-remaining': '3',
      'x-ratelimit-reset': '2031-01-01T01:00:00.123456Z',
      date: 'Wed, 01 Jan 2031 00:00:00 GMT',
    }
    const http = scriptedServer({ 'POST /api/v1/statuses': { json: { id: '1' }, headers } })
    const before = Date.now()
    await commit(publishAt(http, { budget: (left, resetsAt) => told.push([left, resetsAt]) }), write, [])
    expect(told[0]?.[0]).toBe(3)
    expect(told[0]?.[1].getTime()).toBeGreaterThanOrEqual(before + 3_600_000)
  })
})

describe('a published post', () => {
  const post = { externalId: '7', url: null, data: null }

  test('on a server that cannot delete is not called deleted', async () => {
    const http = scriptedServer({ 'GET /api/v1/statuses/7': { json: { id: '7' } } })
    expect(await remove(publishAt(http), post)).toMatchObject({
      outcome: 'failed',
      failure: { rule: 'mastodon.cannot_delete' },
    })
    expect(await remove(publishAt(scriptedServer({})), post)).toEqual({ outcome: 'done', value: null })
  })

  test('is counted one by one where there is no batch, and one that is gone is left out', async () => {
    const http = scriptedServer({
      'GET /api/v1/statuses/7': {
        json: { id: '7', favourites_count: 3, reblogs_count: 2, replies_count: 1 },
      },
    })
    expect(await metrics(publishAt(http), [post, { ...post, externalId: '8' }])).toEqual({
      outcome: 'done',
      value: [
        {
          externalId: '7',
          likes: 3,
          comments: 1,
          shares: 2,
          raw: { favourites_count: 3, reblogs_count: 2, replies_count: 1 },
        },
      ],
    })
  })

  test('quotes count as shares, and a server that is down is no zero', async () => {
    const counts = { id: '7', favourites_count: 0, reblogs_count: 2, quotes_count: 5, replies_count: 0 }
    const http = scriptedServer({ 'GET /api/v1/statuses': { json: [counts] } })
    expect(await metrics(publishAt(http), [post])).toMatchObject({ value: [{ shares: 7, likes: 0 }] })
    const down = scriptedServer({ 'GET /api/v1/statuses': { status: 502 } })
    expect(await metrics(publishAt(down), [post])).toMatchObject({
      outcome: 'failed',
      failure: { class: 'transient' },
    })
  })
})
