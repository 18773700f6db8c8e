import type { World } from '../simulator.ts'
import type { AssetInput, AssetSource } from './inputs.ts'
import { invalid } from './problems.ts'
import type { Asset } from './state.ts'

const kinds = ['image', 'video', 'document', 'link'] as const
/** The most pictures any of the networks takes. */
const assetsMax = 20

const mimeTypes = { image: 'image/jpeg', video: 'video/mp4', document: 'application/pdf', link: 'text/html' }

/** Fetches what a post will show, as Buffer does when it is made. */
export async function takeAssets(world: World, inputs: AssetInput[]): Promise<Asset[]> {
  if (inputs.length > assetsMax) throw invalid(`A post has at most ${assetsMax} assets`)
  const assets: Asset[] = []
  for (const input of inputs) assets.push(await takeAsset(world, input))
  return assets
}

async function takeAsset(world: World, input: AssetInput): Promise<Asset> {
  const given = kinds.filter((kind) => input[kind])
  const kind = given[0]
  if (!kind || given.length > 1)
    throw invalid('Exactly one of image, video, document or link must be provided')
  const source = input[kind] as AssetSource
  if (!/^https?:\/\//.test(source.url)) throw invalid(`Not a public URL: ${source.url}`)
  const file = kind === 'link' ? null : await fetchFile(world, source.url)
  if (file && kind !== 'document' && !file.mimeType.startsWith(`${kind}/`))
    throw invalid(`The ${kind} at ${source.url} is of type ${file.mimeType}`)
  const { altText, dimensions } = source.metadata ?? {}
  return {
    id: world.randomHex(12),
    kind,
    url: source.url,
    thumbnailUrl: source.thumbnailUrl ?? null,
    title: source.title ?? source.metadata?.title ?? null,
    altText: altText ?? '',
    mimeType: file?.mimeType ?? mimeTypes[kind],
    width: file?.width ?? dimensions?.width ?? 0,
    height: file?.height ?? dimensions?.height ?? 0,
    fileId: file?.id ?? null,
  }
}

/** Null for a file on another server: the sandbox asks nobody but the server it belongs to. */
async function fetchFile(world: World, url: string) {
  const pulled = await world.pull(url)
  if (pulled.outcome === 'done') return world.media.keep(pulled.bytes, { mimeType: pulled.mimeType })
  if (pulled.isElsewhere) return null
  throw invalid(`The file at ${url} could not be fetched: ${pulled.why}`)
}
