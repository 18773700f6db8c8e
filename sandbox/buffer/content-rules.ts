import { invalid } from './problems.ts'
import type { Asset, Channel, Post, Service } from './state.ts'

/** The networks' own limits, in characters as a reader sees them (X's weighting of addresses is left out). */
const textMax: Partial<Record<Service, number>> = {
  twitter: 280,
  bluesky: 300,
  threads: 500,
  mastodon: 500,
  instagram: 2_200,
  linkedin: 3_000,
}
const needsMedia: Service[] = ['instagram', 'pinterest', 'tiktok', 'youtube']

/** Refuses what Buffer's composer would: the schema's notes, and the network's rules once the network is known. */
export function checkContent(channel: Channel, content: Pick<Post, 'text' | 'assets' | 'metadata'>) {
  const { text, assets, metadata } = content
  if (text.trim() === '' && assets.length === 0) throw invalid('Text is required')
  const settings = metadata[metadataKey(channel.service)] ?? {}
  if (settings.linkAttachment && assets.length > 0)
    throw invalid('linkAttachment and assets are mutually exclusive')
  const strangers = Object.keys(metadata).filter((key) => key !== metadataKey(channel.service))
  if (strangers.length > 0)
    throw invalid(`Metadata of ${strangers.join(', ')} cannot go to a ${channel.service} channel`)
  if (!channel.isGuess) checkNetwork(channel.service, text, assets, settings)
}

/** What `PostInputMetaData` calls the service. */
export const metadataKey = (service: Service) => (service === 'googlebusiness' ? 'google' : service)

function checkNetwork(service: Service, text: string, assets: Asset[], settings: Record<string, unknown>) {
  const most = textMax[service] ?? Number.POSITIVE_INFINITY
  if (lengthOf(text) > most) throw invalid(`Text is too long: ${service} allows ${most} characters`)
  const media = assets.filter(({ kind }) => kind === 'image' || kind === 'video')
  if (needsMedia.includes(service) && media.length === 0)
    throw invalid(`A post on ${service} needs an image or a video`)
  if (service === 'pinterest' && !settings.boardServiceId) throw invalid('boardServiceId is required')
  if (service === 'instagram' && settings.type === undefined)
    throw invalid('Instagram posts require a type (post, story, or reel)')
  if (service === 'facebook' && settings.type === undefined)
    throw invalid('Facebook posts require a type (post, story, or reel)')
  if (service === 'youtube' && (!settings.title || !settings.categoryId))
    throw invalid('YouTube posts require a title and a categoryId')
}

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
/** X counts every address as 23 characters. */
const addressLength = 23

const lengthOf = (text: string) =>
  [...segmenter.segment(text.replaceAll(/https?:\/\/\S+/g, (url) => url.slice(0, addressLength)))].length
