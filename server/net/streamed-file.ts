/**
 * A part of a multipart body whose bytes are read when they are sent, so that a video of 100 MB does not stand in
 * memory. The size must be known beforehand: the request carries a Content-Length, which small servers insist on.
 * A source that breaks, or that is longer or shorter than it said, makes the request end without an answer.
 */
export class StreamedFile extends File {
  readonly #open: () => Promise<ReadableStream<Uint8Array>>
  /** Why the source could not be read to its end, once that happened. */
  broken: string | null = null

  constructor(file: {
    name: string
    mimeType: string
    bytes: number
    open: () => Promise<ReadableStream<Uint8Array>>
  }) {
    super([], file.name, { type: file.mimeType })
    this.#open = file.open
    Object.defineProperty(this, 'size', { value: file.bytes })
  }

  override stream() {
    return ReadableStream.from(this.#read()) as ReturnType<File['stream']>
  }

  /** An error may not travel through undici's body (it would surface twice): stopping short ends the request too. */
  async *#read() {
    try {
      yield* await this.#open()
    } catch (error) {
      this.broken = error instanceof Error ? error.message : String(error)
    }
  }
}
