/**
 * Where the bytes of media live: a local folder, or any S3-compatible store. Keys are made by us and opaque.
 */
export interface MediaStore {
  /** Writes a whole object; an interrupted write leaves nothing behind under the key. Refuses more than `bytesMax`. */
  write(
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    bytesMax: number,
  ): Promise<{ bytes: number; sha256: Buffer }>
  /** Null when there is no such object. `start` and `end` are byte positions, end inclusive. */
  read(key: string, range?: { start: number; end?: number }): Promise<ReadableStream<Uint8Array> | null>
  stat(key: string): Promise<{ bytes: number } | null>
  delete(key: string): Promise<void>
}
