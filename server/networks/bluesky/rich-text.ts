import type { AccountContext, Json, PublishContext } from '../network.ts'
import { resolveHandle } from './find-server.ts'
import { PrepareFailed } from './prepare-failed.ts'

/** A link, mention or hashtag, at UTF-8 byte positions of its text (app.bsky.richtext.facet). */
export type Facet = {
  index: { byteStart: number; byteEnd: number }
  features: { [key: string]: Json }[]
}

export type FacetedText = { text: string; facets: Facet[] }

/** More names than this in one post are noise; the rest stay plain text. */
const mentionsMax = 60

/** Each text with its links, hashtags and mentions found; a mention of nobody stays plain text, as in Bluesky's own app. */
export async function withFacets(ctx: PublishContext, texts: string[]): Promise<FacetedText[]> {
  const detected = await Promise.all(texts.map(detect))
  const handles = [...new Set(detected.flatMap(({ facets }) => facets.flatMap(handleOf)))].slice(
    0,
    mentionsMax,
  )
  const dids =
    handles.length > 0 ? await ctx.step('mentions', () => resolveAll(ctx, handles)) : ({} as Resolved)
  return detected.map(({ text, facets }) => ({
    text,
    facets: facets.flatMap((facet) => {
      const [handle] = handleOf(facet)
      if (handle === undefined) return [facet]
      const did = dids[handle]
      return did ? [{ ...facet, features: [{ $type: 'app.bsky.richtext.facet#mention', did }] }] : []
    }),
  }))
}

type Resolved = { [handle: string]: string | null }

/** The library knows the rules of Bluesky's own app; loading it takes most of a second and 60 MB, so not before a post. */
async function detect(text: string): Promise<FacetedText> {
  const { RichText } = await import('@atproto/api')
  const richText = new RichText({ text })
  richText.detectFacetsWithoutResolution()
  const facets = (richText.facets ?? []).map(({ index, features }) => ({
    index: { byteStart: index.byteStart, byteEnd: index.byteEnd },
    features: features.map((feature) => ({ ...feature }) as { [key: string]: Json }),
  }))
  return { text, facets }
}

const handleOf = ({ features }: Facet): string[] =>
  features.flatMap((feature) =>
    feature.$type === 'app.bsky.richtext.facet#mention' && typeof feature.did === 'string'
      ? [feature.did.toLowerCase()]
      : [],
  )

/** One after the other: the account's server asks the servers of others, and is not to be pressed. */
async function resolveAll(ctx: AccountContext, handles: string[]): Promise<Resolved> {
  const dids: Resolved = {}
  for (const handle of handles) {
    const found = await resolveHandle(ctx, ctx.origin(), handle)
    // A blip must not turn a mention into plain text for good.
    if (found.outcome === 'failed') throw new PrepareFailed(found.failure)
    dids[handle] = found.value
  }
  return dids
}
