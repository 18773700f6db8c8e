/**
 * LinkedIn's "little text": these signs mean something and are escaped with a backslash. A hashtag stays one.
 * (learn.microsoft.com/linkedin/.../little-text-format, view li-lms-2026-03)
 */
export const littleText = (text: string): string =>
  text.replaceAll(/[\\|{}@[\]()<>#*_~]/g, (sign, at: number) =>
    sign === '#' && isHashtag(text, at) ? sign : `\\${sign}`,
  )

const isHashtag = (text: string, at: number) =>
  (at === 0 || /\s/.test(text.charAt(at - 1))) && /^[\p{L}\p{N}]/u.test(text.slice(at + 1, at + 3))

export const plainText = (commentary: string): string =>
  commentary.replaceAll(/\\([\\|{}@[\]()<>#*_~])/g, '$1')
