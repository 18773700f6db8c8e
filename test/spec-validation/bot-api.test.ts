import { expect, test } from 'vitest'
import { checkBotApi } from './bot-api.ts'
import type { Body, Exchange } from './exchange.ts'

const document = {
  methods: {
    sendPhoto: {
      returns: ['Message'],
      fields: [
        { name: 'chat_id', types: ['Integer', 'String'], required: true },
        { name: 'photo', types: ['InputFile', 'String'], required: true },
        { name: 'has_spoiler', types: ['Boolean'], required: false },
      ],
    },
  },
  types: { Message: { fields: [{ name: 'message_id', types: ['Integer'], required: true }] } },
}
const mount = 'http://localhost:1/telegram'
const photo = { filename: 'a.jpg', mimeType: 'image/jpeg', bytes: 3 }

const problems = (request: Body, answer: unknown, { status = 200, method = 'sendPhoto' } = {}) =>
  checkBotApi(document, [exchange(request, answer, status, method)], mount)

const exchange = (body: Body, answer: unknown, status: number, method: string): Exchange => ({
  request: { method: 'POST', url: `${mount}/bot1:a/${method}`, headers: {}, body },
  response: { status, headers: {}, body: { kind: 'json', value: answer } },
})
const form = (...fields: [string, string | typeof photo][]): Body => ({
  kind: 'fields',
  encoding: 'multipart',
  fields,
})
const good = { ok: true, result: { message_id: 5 } }

test('what is as documented passes, as JSON and as a form', () => {
  expect(problems({ kind: 'json', value: { chat_id: '@a', photo: 'id' } }, good)).toEqual([])
  expect(problems(form(['chat_id', '-100'], ['photo', photo], ['has_spoiler', 'true']), good)).toEqual([])
})

test.each([
  ['a parameter that does not exist', form(['chat_id', '1'], ['photo', photo], ['foto', 'x']), good],
  ['a parameter that is missing', form(['photo', photo]), good],
  ['a parameter of the wrong type', form(['chat_id', '1'], ['photo', photo], ['has_spoiler', 'yes']), good],
  ['an answer that lacks a field', form(['chat_id', '1'], ['photo', photo]), { ok: true, result: {} }],
  [
    'a field that does not exist',
    form(['chat_id', '1'], ['photo', photo]),
    { ok: true, result: { message_id: 5, x: 1 } },
  ],
  ['an attachment nobody names', form(['chat_id', '1'], ['photo', 'attach://b'], ['c', photo]), good],
])('%s is a problem', (_what, request, answer) => {
  expect(problems(request, answer)).toHaveLength(1)
})

test('a refusal must explain itself', () => {
  const request = form(['chat_id', '1'], ['photo', photo])
  expect(problems(request, { ok: false, error_code: 400, description: 'no' }, { status: 400 })).toEqual([])
  expect(problems(request, { ok: false }, { status: 400 })).toHaveLength(1)
  expect(problems(request, good, { method: 'sendFoto' })).toEqual(['sendFoto: no such method'])
})
