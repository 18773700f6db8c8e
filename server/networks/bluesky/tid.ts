const alphabet = '234567abcdefghijklmnopqrstuvwxyz'

/**
 * The key of a record, as the protocol wants it for posts: 13 characters that sort by time, made of 53 bits of
 * microseconds and 10 bits that tell writers apart (https://atproto.com/specs/tid, read 2026-11-22).
 * @param random a whole number from 0 to 1,048,575: its upper 10 bits fill the microseconds that a clock of
 * milliseconds lacks, so that two posts of one millisecond collide once in a million times.
 */
export function tidOf(at: Date, random: number): string {
  const micros = BigInt(at.getTime()) * 1000n + BigInt((random >> 10) % 1000)
  let bits = (micros << 10n) | BigInt(random & 1023)
  let tid = ''
  for (let index = 0; index < 13; index++) {
    tid = alphabet[Number(bits & 31n)] + tid
    bits >>= 5n
  }
  return tid
}

/** The range of `random` for `tidOf`. */
export const tidRandomBelow = 2 ** 20

export const isTid = (text: string) => /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/.test(text)
