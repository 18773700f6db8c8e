/**
 * Where the bytes of media live: a local folder, or any S3-compatible store. Keys are made by us: words, digits, dots
 * and dashes, with slashes between (`media/0190.../original`).
 */
export interface MediaStore {
  /** Writes a whole object; an interrupted write leaves nothing behind under the key. Throws `TooManyBytes` past `bytesMax`. */
  write(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    bytesMax: number,
  ): Promise<{ bytes: number; sha256: Buffer }>
  /** Null when there is no such object. `start` and `end` are byte positions, end inclusive. */
  read(key: string, range?: { start: number; end?: number }): Promise<ReadableStream<Uint8Array> | null>
  stat(key: string): Promise<{ bytes: number } | null>
  /** Nothing happens when there is no such object. */
  delete(key: string): Promise<void>
  /** Gives an object another key, so that whoever may still write the old one cannot change it. False: there is none. */
  move(from: string, to: string): Promise<boolean>
  /** Every object below a prefix that ends in a slash, in any order. */
  list(prefix: string): AsyncIterable<{ key: string; modifiedAt: Date }>
  /**
   * Drops writes below a prefix that began before this and never ended, where `list` does not show them: a process
   * killed in the middle of a large file leaves its parts, which an S3 store keeps, and bills, for ever. @returns how many
   */
  dropUnfinished?(prefix: string, before: Date): Promise<number>
  /**
   * An address the bytes can be sent to with PUT and these headers, past this server. Absent where bytes come to us.
   * The store holds the sender to type and length.
   */
  presignUpload?(
    key: string,
    upload: { mimeType: string; bytes: number; validMs: number },
  ): Promise<{ url: string; headers: Record<string, string> }>
}

/** More bytes came than were announced or allowed. */
export class TooManyBytes extends Error {
  constructor(bytesMax: number) {
    super(`More than ${bytesMax} bytes`)
  }
}

const keyPattern = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/i

/** Throws for a key that we would not have made: what a store does with `..` or an empty part is its own secret. */
export function requireKey(key: string): string {
  if (key.length > 300 || !keyPattern.test(key))
    throw new Error(`Not a key of the media store: ${key.slice(0, 100)}`)
  return key
}
