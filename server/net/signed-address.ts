import type { Vault } from './vault.ts'

/** Signs and verifies; as much of the vault as addresses need. */
export type Signer = Pick<Vault, 'sign' | 'verify'>

/**
 * A token that says, without a row anywhere, that this server allowed something about `subject` until an instant:
 * `<epoch seconds, base 36>.<signature>`. Anybody who holds it may do it, so it goes into addresses that expire.
 * @param purpose keeps a token for reading from passing as one for writing.
 */
export function signedToken(signer: Signer, purpose: string, subject: string, expiresAt: Date): string {
  const until = Math.floor(expiresAt.getTime() / 1000).toString(36)
  return `${until}.${signer.sign(`${until}/${subject}`, purpose)}`
}

/** @returns until when the token holds; null when it was altered, is for something else, or has run out. */
export function tokenHolds(
  signer: Signer,
  purpose: string,
  subject: string,
  token: string,
  now: Date,
): Date | null {
  const [until = '', signature = '', ...more] = token.split('.')
  if (more.length > 0 || !/^[0-9a-z]{1,9}$/.test(until)) return null
  if (!signer.verify(`${until}/${subject}`, signature, purpose)) return null
  const expiresAt = new Date(Number.parseInt(until, 36) * 1000)
  return expiresAt > now ? expiresAt : null
}

/**
 * How long an address of a file holds at least: a network that pulls media may come back for it a day later. The end
 * is rounded up to whole steps, so that the same file has the same address for a while and browsers can keep it.
 */
const fileValidMs = 24 * 3_600_000
const fileStepMs = 12 * 3_600_000

/** The original bytes, or a small picture of them. */
export type FileVariant = 'original' | 'thumbnail'

/**
 * The public, signed, expiring address of a file: `/files/<media id>/original.jpg?token=...`. The ending is there for
 * networks that look at it.
 * @param extension without a dot
 */
export function fileAddress(
  signer: Signer,
  publicUrl: string,
  file: { mediaId: string; variant: FileVariant; extension: string },
  now: Date,
): string {
  return signedFile(signer, publicUrl, `${file.mediaId}/${file.variant}.${file.extension}`, now)
}

/**
 * The same for bytes that stand under a key of the media store and have no row of their own: what was made to fit a
 * network that fetches, what was fetched from an address in a post.
 * @param extension without a dot; `bin` for what is none of our types
 */
export function storedFileAddress(
  signer: Signer,
  publicUrl: string,
  file: { storageKey: string; extension: string },
  now: Date,
): string {
  const key = Buffer.from(file.storageKey).toString('base64url')
  return signedFile(signer, publicUrl, `stored/${key}/file.${file.extension}`, now)
}

function signedFile(signer: Signer, publicUrl: string, path: string, now: Date): string {
  const expiresAt = new Date(Math.ceil((now.getTime() + fileValidMs) / fileStepMs) * fileStepMs)
  return `${publicUrl}/files/${path}?token=${signedToken(signer, 'file', path, expiresAt)}`
}
