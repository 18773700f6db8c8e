/** The length of a text as X counts it, by the published rules (twitter-text v3), made for the simulator alone. */
export function weightedLength(text: string): number {
  const withAddresses = text
    .normalize('NFC')
    .replaceAll(/https?:\/\/[^\s]+\.[a-z]{2,}[^\s]*/gi, 'u'.repeat(23))
  let length = 0
  for (const { segment } of new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(withAddresses))
    length += /^\p{RGI_Emoji}$/v.test(segment) ? 2 : [...segment].reduce((sum, one) => sum + weightOf(one), 0)
  return length
}

const light = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
] as const

function weightOf(character: string): number {
  const point = character.codePointAt(0) ?? 0
  return light.some(([from, to]) => point >= from && point <= to) ? 1 : 2
}
