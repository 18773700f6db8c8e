import { expect, test } from 'vitest'
import type { TextLimit, TextUnit } from './limits.ts'
import { textLength } from './text-length.ts'

const limit = (unit: TextUnit, urlLength?: number): TextLimit => ({
  unit,
  max: 300,
  urlLength,
  required: false,
})

test('a family emoji is one grapheme, seven code points of eleven UTF-16 units in twenty-five bytes', () => {
  const family = '👨‍👩‍👧‍👦'
  expect(textLength(family, limit('graphemes'))).toBe(1)
  expect(textLength(family, limit('codepoints'))).toBe(7)
  expect(textLength(family, limit('utf16'))).toBe(11)
  expect(textLength(family, limit('bytes'))).toBe(25)
})

test('a letter followed by a combining accent is one grapheme, a Windows line break too', () => {
  expect(textLength('e\u0301a\r\nb', limit('graphemes'))).toBe(4)
})

test('Mastodon counts every http address as 23 and a remote mention without its server', () => {
  const length = (text: string) => textLength(text, limit('mastodon', 23))
  expect(length('a https://example.com/a/very/long/path?with=query#and-fragment b')).toBe(2 + 23 + 2)
  expect(length('https://x.org/1')).toBe(23)
  expect(length('(https://example.com/a_(b)).')).toBe(1 + 23 + 2)
  expect(length('example.com')).toBe(11)
  expect(length('@maria@social.example.org hello')).toBe(12)
  expect(length('mail maria@example.org')).toBe(22)
  expect(length('👨‍👩‍👧‍👦'.repeat(3))).toBe(3)
})

test('a network that weighs characters in its own way brings its own measure', () => {
  expect(textLength('日本', limit('weighted'), (text) => text.length * 2)).toBe(4)
  expect(() => textLength('日本', limit('weighted'))).toThrow('its own measure')
})
