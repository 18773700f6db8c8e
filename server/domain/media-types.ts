/** The files a library takes: what some network publishes, and nothing that a browser would run. */
const types = {
  'image/jpeg': { kind: 'image', extension: 'jpg' },
  'image/png': { kind: 'image', extension: 'png' },
  'image/gif': { kind: 'image', extension: 'gif' },
  'image/webp': { kind: 'image', extension: 'webp' },
  'image/avif': { kind: 'image', extension: 'avif' },
  'video/mp4': { kind: 'video', extension: 'mp4' },
  'video/quicktime': { kind: 'video', extension: 'mov' },
  'video/webm': { kind: 'video', extension: 'webm' },
  'application/pdf': { kind: 'document', extension: 'pdf' },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': {
    kind: 'document',
    extension: 'docx',
  },
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': {
    kind: 'document',
    extension: 'pptx',
  },
} as const satisfies Record<string, { kind: MediaKind; extension: string }>

export type MediaKind = 'image' | 'video' | 'document'
export type MediaType = keyof typeof types

/** What is known of a file once its bytes were looked at. */
export interface FileFacts {
  mimeType: MediaType
  kind: MediaKind
  /** As it is shown: after the turn that a camera wrote down. Null for documents. */
  width: number | null
  height: number | null
  durationMs: number | null
}

/**
 * The largest file of a kind that the library takes, in bytes; networks have smaller limits of their own. A video may
 * be as large as the server allows at all. An image is unpacked in memory, a document never.
 */
export const mediaBytesMax: Record<MediaKind, number> = {
  image: 100_000_000,
  document: 300_000_000,
  video: Number.POSITIVE_INFINITY,
}

export const mediaTypes = Object.keys(types) as MediaType[]

export const isMediaType = (mimeType: string): mimeType is MediaType => Object.hasOwn(types, mimeType)
export const mediaKind = (mimeType: MediaType): MediaKind => types[mimeType].kind
/** Without a dot. */
export const mediaExtension = (mimeType: MediaType): string => types[mimeType].extension

/** By the ending of a file name that this server made; null for an ending that is none of ours. */
export function mediaTypeOfExtension(extension: string): MediaType | null {
  return mediaTypes.find((type) => types[type].extension === extension) ?? null
}

/** Lower case, without parameters, under the name this server uses: `image/JPG` and `video/x-m4v` are known ones. */
export function normalMediaType(mimeType: string): string {
  const plain = mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return aliases[plain] ?? plain
}

const aliases: Record<string, string> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/apng': 'image/png',
  'video/x-m4v': 'video/mp4',
}
