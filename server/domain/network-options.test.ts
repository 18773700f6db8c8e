import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { optionsFor } from './network-options.ts'

const mastodonLike = {
  id: 'mastodon',
  name: 'Mastodon',
  options: Type.Object(
    {
      visibility: Type.Optional(Type.Union([Type.Literal('public'), Type.Literal('unlisted')])),
      spoilerText: Type.Optional(Type.String({ maxLength: 5 })),
    },
    { additionalProperties: false },
  ),
}

test('the options of a post are shared out: each network takes those it knows', () => {
  expect(optionsFor(mastodonLike, { visibility: 'public', board: 'b1', thread: true }, null)).toEqual({
    options: { visibility: 'public', thread: true },
    issues: [],
  })
})

test("an account's own options win, and must be known", () => {
  const { options, issues } = optionsFor(
    mastodonLike,
    { visibility: 'public' },
    { visibility: 'unlisted', board: 1 },
  )
  expect(options).toEqual({ visibility: 'unlisted', board: 1 })
  expect(issues).toMatchObject([{ path: 'options.board', rule: 'unknown_option' }])
})

test('a value that is not allowed names those that are, once', () => {
  const { issues } = optionsFor(
    mastodonLike,
    { visibility: 'secret', spoilerText: 'too long', thread: 'yes' },
    null,
  )
  expect(issues.map(({ path, message }) => [path, message])).toEqual([
    ['options.thread', 'Mastodon: the option "thread" must be true or false.'],
    ['options.visibility', 'Mastodon: the option "visibility" must be one of: public, unlisted.'],
    ['options.spoilerText', expect.stringContaining('must not have more than 5 characters')],
  ])
})

test('an option that is needed and missing is an issue of its own kind', () => {
  const pinterestLike = {
    id: 'pinterest',
    name: 'Pinterest',
    options: Type.Object({ boardId: Type.String() }),
  }
  expect(optionsFor(pinterestLike, {}, null).issues).toMatchObject([
    { path: 'options.boardId', rule: 'option_required' },
  ])
})
