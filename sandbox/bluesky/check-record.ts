/** What the reference server checks of a post before it keeps it, in its order and words (app.bsky.feed.post). */
import type { World } from '../simulator.ts'
import { invalidRequest, refuse } from './refusals.ts'
import { isTid, postCollection, type RecordValue, tables } from './state.ts'

export function checkKey(collection: string, rkey: string) {
  if (collection === postCollection && !isTid(rkey))
    throw invalidRequest(`Invalid record key for ${collection}: Invalid TID string (got "${rkey}") at $`)
}

/** Answers the record as it is kept: a missing `$type` is filled in. */
export function checkRecord(world: World, collection: string, record: RecordValue): RecordValue {
  if (record.$type !== undefined && record.$type !== collection)
    throw invalidRequest(`Invalid $type: expected ${collection}, got ${record.$type}`)
  if (collection === postCollection) {
    const wrong = wrongInPost(record)
    if (wrong) throw invalidRequest(`Invalid ${collection} record: ${wrong}`)
  }
  for (const cid of blobsIn(record))
    if (!tables(world).blobs.get(cid)) throw refuse(400, 'BlobNotFound', `Could not find blob: ${cid}`)
  return { ...record, $type: collection }
}

function wrongInPost(record: RecordValue): string | null {
  const { text, createdAt, facets, langs, tags, embed, reply } = record
  if (text === undefined) return 'Missing required key "text" at $.record'
  if (createdAt === undefined) return 'Missing required key "createdAt" at $.record'
  if (typeof text !== 'string') return 'Expected string value type at $.record.text'
  const bytes = Buffer.byteLength(text)
  if (bytes > 3000) return `string too big (maximum 3000, got ${bytes}) at $.record.text`
  const graphemes = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text)].length
  if (graphemes > 300) return `grapheme too big (maximum 300, got ${graphemes}) at $.record.text`
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt)) || !createdAt.includes('T'))
    return `Invalid datetime (got ${JSON.stringify(createdAt)}) at $.record.createdAt`
  return (
    tooMany(langs, 3, 'langs') ??
    tooMany(tags, 8, 'tags') ??
    wrongInFacets(facets) ??
    wrongInEmbed(embed as RecordValue | undefined) ??
    wrongInReply(reply as RecordValue | undefined)
  )
}

const tooMany = (value: unknown, max: number, name: string) =>
  Array.isArray(value) && value.length > max
    ? `array too big (maximum ${max}, got ${value.length}) at $.record.${name}`
    : null

function wrongInFacets(facets: unknown): string | null {
  if (facets === undefined) return null
  if (!Array.isArray(facets)) return 'Expected array value type at $.record.facets'
  for (const [index, facet] of (facets as RecordValue[]).entries()) {
    const at = `$.record.facets[${index}]`
    const slice = facet.index as { byteStart?: unknown; byteEnd?: unknown } | undefined
    if (!Number.isInteger(slice?.byteStart)) return `Missing required key "byteStart" at ${at}.index`
    if (!Number.isInteger(slice?.byteEnd)) return `Missing required key "byteEnd" at ${at}.index`
    const features = facet.features
    if (!Array.isArray(features)) return `Missing required key "features" at ${at}`
    for (const [position, feature] of (features as RecordValue[]).entries()) {
      const wrong = wrongInFeature(feature)
      if (wrong) return `${wrong[0]} at ${at}.features[${position}].${wrong[1]}`
    }
  }
  return null
}

function wrongInFeature(feature: RecordValue): [string, string] | null {
  switch (feature.$type) {
    case 'app.bsky.richtext.facet#mention':
      return /^did:[a-z]+:\S+$/.test(String(feature.did))
        ? null
        : [`Invalid DID (got ${JSON.stringify(feature.did)})`, 'did']
    case 'app.bsky.richtext.facet#link':
      return /^[a-z][a-z0-9+.-]*:\S+$/i.test(String(feature.uri))
        ? null
        : [`Invalid URI (got ${JSON.stringify(feature.uri)})`, 'uri']
    case 'app.bsky.richtext.facet#tag':
      return typeof feature.tag === 'string' && feature.tag.length <= 640 ? null : ['string too big', 'tag']
    default:
      return null
  }
}

/** By `$type`: how many files, how large, of which type. */
function wrongInEmbed(embed: RecordValue | undefined): string | null {
  switch (embed?.$type) {
    case 'app.bsky.embed.images': {
      const images = embed.images as RecordValue[]
      if (images.length > 4) return `array too big (maximum 4, got ${images.length}) at $.record.embed.images`
      for (const [index, image] of images.entries()) {
        const at = `$.record.embed.images[${index}]`
        if (typeof image.alt !== 'string') return `Missing required key "alt" at ${at}`
        const wrong = wrongInBlob(image.image as RecordValue, 2_000_000, 'image/', `${at}.image`)
        if (wrong) return wrong
      }
      return null
    }
    case 'app.bsky.embed.video':
      return wrongInBlob(embed.video as RecordValue, 300_000_000, 'video/mp4', '$.record.embed.video')
    case 'app.bsky.embed.external': {
      const external = (embed.external ?? {}) as RecordValue
      for (const name of ['uri', 'title', 'description'])
        if (typeof external[name] !== 'string')
          return `Missing required key "${name}" at $.record.embed.external`
      return external.thumb === undefined
        ? null
        : wrongInBlob(external.thumb as RecordValue, 1_000_000, 'image/', '$.record.embed.external.thumb')
    }
    default:
      return null
  }
}

function wrongInBlob(
  blob: RecordValue | undefined,
  bytesMax: number,
  type: string,
  at: string,
): string | null {
  if (blob?.$type !== 'blob') return `Expected blob value type at ${at}`
  if (Number(blob.size) > bytesMax) return `blob too big (maximum ${bytesMax}, got ${blob.size}) at ${at}`
  const accepted = type.endsWith('/') ? `${type}*` : type
  return String(blob.mimeType).startsWith(type)
    ? null
    : `Expected "${accepted}" (got "${blob.mimeType}") at ${at}.mimeType`
}

function wrongInReply(reply: RecordValue | undefined): string | null {
  if (reply === undefined) return null
  for (const name of ['root', 'parent']) {
    const ref = reply[name] as RecordValue | undefined
    if (!ref) return `Missing required key "${name}" at $.record.reply`
    if (!String(ref.uri).startsWith('at://')) return `Invalid at-uri at $.record.reply.${name}.uri`
    if (!/^b[a-z2-7]{50,}$/.test(String(ref.cid))) return `Invalid CID string at $.record.reply.${name}.cid`
  }
  return null
}

/** The content ids of all files that a record names, wherever they stand. */
export function blobsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(blobsIn)
  if (value === null || typeof value !== 'object') return []
  const blob = value as { $type?: unknown; ref?: { $link?: unknown } }
  if (blob.$type === 'blob') return [String(blob.ref?.$link)]
  return Object.values(value).flatMap(blobsIn)
}
