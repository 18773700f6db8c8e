import { expect, test } from 'vitest'
import type { Dialect } from './actor.ts'
import type { DeliveryState, PostStatus } from './delivery.ts'
import { mayDo, type PostStage, type PostVerb, postStages, requireVerb, stageOf } from './post-verbs.ts'
import { Refusal } from './refusal.ts'

/** Answers 1.5 once more, with DR8 for what is approved, written down independently: the letters of the dialects that may. */
const answers: [PostVerb, Record<PostStage, string>][] = [
  ['edit', row('ABCD', 'ABCD', 'ABC', 'ABC', '', '', 'AB', '', 'BCD')],
  ['schedule', row('ABCD', '', 'ABCD', 'BC', '', '', 'BC', '', 'BC')],
  ['cancel', row('', '', '', 'AB', '', '', '', '', '')],
  ['delete', row('ABCD', 'ABC', 'ABC', 'ABCD', '', 'ABC', 'ABC', '', 'ABCD')],
]

function row(...cells: string[]) {
  return Object.fromEntries(postStages.map((stage, index) => [stage, cells[index]])) as Record<
    PostStage,
    string
  >
}

const dialects: [string, Dialect][] = [
  ['A', 'social-media-service'],
  ['B', 'mypost'],
  ['C', 'oui-post'],
  ['D', 'content'],
]

const cells = answers.flatMap(([verb, stages]) =>
  postStages.flatMap((stage) =>
    dialects.map(([letter, dialect]) => ({
      verb,
      stage,
      letter,
      dialect,
      allowed: stages[stage].includes(letter),
    })),
  ),
)

test.each(cells)('$verb a $stage post in $letter: $allowed', ({ verb, stage, dialect, allowed }) => {
  expect(mayDo(verb, stage, dialect)).toBe(allowed)
})

const delivery = (state: DeliveryState, more: { fenced?: boolean; begun?: boolean } = {}) => ({
  state,
  fenced: false,
  begun: false,
  ...more,
})
const standing = (status: PostStatus, ...deliveries: ReturnType<typeof delivery>[]) => ({
  status,
  approval: 'none' as const,
  deliveries,
})

test('publishing begins at the first fence: a claim that has sent nothing yields', () => {
  expect(stageOf(standing('publishing', delivery('publishing')), 'edit')).toBe('scheduled')
  expect(stageOf(standing('publishing', delivery('publishing', { fenced: true })), 'edit')).toBe('publishing')
})

test('a post that is partly out while the rest waits can be moved or cancelled, but not edited', () => {
  const post = standing('scheduled', delivery('published'), delivery('scheduled'))
  expect(stageOf(post, 'schedule')).toBe('scheduled')
  expect(stageOf(post, 'cancel')).toBe('scheduled')
  expect(stageOf(post, 'edit')).toBe('published')
  expect(stageOf(post, 'delete')).toBe('published')
})

test('a thread that broke off in the middle counts as out for edits', () => {
  const post = standing('failed', delivery('failed', { begun: true }))
  expect(stageOf(post, 'edit')).toBe('published')
  expect(stageOf(post, 'schedule')).toBe('failed')
})

test('an uncertain delivery keeps its post from being edited or deleted, whatever the others are', () => {
  const post = standing('scheduled', delivery('uncertain'), delivery('scheduled'))
  expect(stageOf(post, 'delete')).toBe('uncertain')
  expect(stageOf(post, 'cancel')).toBe('scheduled')
})

test('a draft that waits for approval is pending', () => {
  expect(stageOf({ ...standing('draft', delivery('draft')), approval: 'pending' }, 'schedule')).toBe(
    'pending',
  )
})

test('a refusal says why and what to do', () => {
  const post = { ...standing('draft'), approval: 'pending' as const }
  const refused = () => requireVerb('schedule', post, 'mypost')
  expect(refused).toThrow(
    'This post cannot be scheduled: it is waiting for approval. Have it approved or rejected first.',
  )
  expect(refused).toThrow(Refusal)
})
