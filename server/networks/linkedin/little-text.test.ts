import { expect, test } from 'vitest'
import { littleText, plainText } from './little-text.ts'

test('the signs that mean something to LinkedIn are escaped, hashtags stay, and nothing is lost', () => {
  const text = 'Ada (she/her) & co. <tag> {x} [y] @z a_b *c* ~d | e\\f #Launch 5#6 C# #日本'
  expect(littleText(text)).toBe(
    'Ada \\(she/her\\) & co. \\<tag\\> \\{x\\} \\[y\\] \\@z a\\_b \\*c\\* \\~d \\| e\\\\f #Launch 5\\#6 C\\# #日本',
  )
  expect(plainText(littleText(text))).toBe(text)
})
