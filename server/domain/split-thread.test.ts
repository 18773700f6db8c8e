import { expect, test } from 'vitest'
import { splitThread } from './split-thread.ts'
import { countGraphemes } from './text-length.ts'

const within = (max: number) => (part: string) => countGraphemes(part) <= max
const words = (text: string) => text.split(/\s+/).filter(Boolean)

test('a text of exactly the limit stays one post, one more makes two', () => {
  const exact = `${'word '.repeat(59)}word!`
  expect(exact.length).toBe(300)
  expect(splitThread(exact, { fits: within(300), numbering: true })).toEqual([exact])
  expect(splitThread(`${exact}!`, { fits: within(300) })).toHaveLength(2)
})

test('parts end between paragraphs, else sentences, else words, and no word is lost', () => {
  const text =
    'One two three. Four five six.\n\nSeven eight nine ten eleven twelve thirteen fourteen. Fifteen.'
  const parts = splitThread(text, { fits: within(40) })
  expect(parts).toEqual([
    'One two three. Four five six.',
    'Seven eight nine ten eleven twelve',
    'thirteen fourteen. Fifteen.',
  ])
  expect(words(parts.join(' '))).toEqual(words(text))
})

test('the numbers of a numbered thread are counted, also when there are ten parts or more', () => {
  for (const size of [9, 60, 700]) {
    const text = Array.from({ length: size }, (_, index) => `word${index}`).join(' ')
    const parts = splitThread(text, { fits: within(50), numbering: true })
    for (const part of parts) expect(countGraphemes(part)).toBeLessThanOrEqual(50)
    expect(parts.at(-1)).toMatch(new RegExp(` ${parts.length}/${parts.length}$`))
    expect(words(parts.map((part) => part.replace(/ \d+\/\d+$/, '')).join(' '))).toEqual(words(text))
  }
})

test('an address that fits in a post is never cut in two', () => {
  const address = `https://example.com/${'a'.repeat(60)}`
  const parts = splitThread(`look here: ${address} and there`, { fits: within(85) })
  expect(parts.filter((part) => part.includes(address))).toHaveLength(1)
})

test('a word longer than a post is cut between graphemes, a text without spaces between its words', () => {
  const family = '👨‍👩‍👧‍👦'
  const parts = splitThread(`a ${family.repeat(25)}`, { fits: within(10) })
  expect(parts.join('')).toBe(`a ${family.repeat(25)}`)
  for (const part of parts) expect(countGraphemes(part)).toBeLessThanOrEqual(10)
  const chinese = '我们今天发布了新的版本。'.repeat(10)
  const chineseParts = splitThread(chinese, { fits: within(30) })
  expect(chineseParts.join('')).toBe(chinese)
  expect(chineseParts.length).toBeLessThanOrEqual(6)
})

test('a book is split in reasonable time', () => {
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(4_000)
  const parts = splitThread(text, { fits: within(300), numbering: true })
  expect(parts.length).toBeGreaterThan(600)
  for (const part of parts) expect(countGraphemes(part)).toBeLessThanOrEqual(300)
})
