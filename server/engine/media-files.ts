import { createHash } from 'node:crypto'
import type { Failure } from '../domain/delivery.ts'
import type { MediaFacts } from '../domain/draft.ts'
import { type Limits, pullsKind } from '../domain/limits.ts'
import type { MediaFile } from '../networks/network.ts'
import type { MediaRow } from '../storage/attempts.ts'
import { fitImage } from './fit-media.ts'
import type { Parts } from './parts.ts'

/** A file that cannot be had or made to fit. */
export class MediaTrouble extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

export type StoredFile = MediaFacts & Pick<MediaRow, 'storageKey'>

/** Images in work at once: each holds an original and its copies in memory, and fills a core. */
const fittingMax = 2
let fitting = 0
const queue: (() => void)[] = []

/**
 * The delivery's files as the network takes them, in order: images brought within the limits, everything else as it is.
 * @throws MediaTrouble when a file is gone or cannot be made to fit.
 */
export async function mediaFiles(parts: Parts, files: StoredFile[], limits: Limits): Promise<MediaFile[]> {
  const ready: MediaFile[] = []
  for (const file of files) ready.push(await mediaFile(parts, file, limits))
  return ready
}

async function mediaFile(parts: Parts, file: StoredFile, limits: Limits): Promise<MediaFile> {
  const { media } = parts.ctx
  const original: MediaFile = {
    ...factsOf(file),
    open: async () => Buffer.from(await new Response(await stream()).arrayBuffer()),
    stream,
    publicUrl: () => publicUrl(parts, file.storageKey, file),
  }
  async function stream() {
    const found = await media.read(file.storageKey)
    if (!found) throw new MediaTrouble(gone(file))
    return found
  }
  if (file.kind !== 'image' || !limits.image) return original
  const limit = limits.image
  const fitted = await oneOfFew(() => fitImage(original, limit, original.open))
  switch (fitted.outcome) {
    case 'fits':
      return original
    case 'impossible':
      throw new MediaTrouble({
        class: 'permanent',
        rule: 'media_unfit',
        message: `${file.filename} does not meet the network's limits. ${fitted.why}`,
        remedy: 'Replace the file with a smaller one or one of another format.',
      })
    case 'fitted':
      return await fittedFile(parts, file, fitted, limits)
  }
}

/** Networks that fetch get a stored copy; to the others the bytes are handed as they are. */
async function fittedFile(
  parts: Parts,
  file: StoredFile,
  { bytes, facts }: { bytes: Buffer; facts: MediaFacts },
  limits: Limits,
): Promise<MediaFile> {
  const storageKey = `fitted/${file.id}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
  if (pullsKind(limits, facts.kind)) await parts.ctx.media.write(storageKey, oneChunk(bytes), bytes.length)
  return {
    ...factsOf(facts),
    open: async () => bytes,
    stream: async () => new Blob([new Uint8Array(bytes)]).stream() as ReadableStream<Uint8Array>,
    publicUrl: () => publicUrl(parts, storageKey, facts),
  }
}

async function* oneChunk(bytes: Uint8Array) {
  yield bytes
}

function factsOf(file: MediaFacts): MediaFacts {
  const { id, kind, mimeType, filename, bytes, width, height, durationMs, altText } = file
  return { id, kind, mimeType, filename, bytes, width, height, durationMs, altText }
}

function publicUrl({ options }: Parts, storageKey: string, { mimeType, filename }: MediaFacts): string {
  if (!options.publicMediaUrl) throw new Error('This engine was started without addresses for media')
  return options.publicMediaUrl({ storageKey, mimeType, filename })
}

async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (fitting >= fittingMax) await new Promise<void>((go) => queue.push(go))
  else fitting++
  try {
    return await work()
  } finally {
    const next = queue.shift()
    if (next) next()
    else fitting--
  }
}

const gone = (file: StoredFile): Failure => ({
  class: 'permanent',
  rule: 'media_gone',
  message: `The file ${file.filename} is not in the media store any more.`,
  remedy: 'Upload it again and replace it in the post.',
})
