import type { Failure } from '../../domain/delivery.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  Lookup,
  MediaFile,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
} from '../network.ts'
import { contentOf, type Uploaded } from './content.ts'
import { failureOf } from './failure.ts'
import { optionsOf } from './options.ts'
import { asNumber, asRecord, asString, resultOf, sendForAccount } from './request.ts'

/** A site on a small host that runs a dozen plug-ins at every post. */
export const writeTimeoutMs = 60_000
const uploadTimeoutMs = 300_000

/** Puts the files into the media library, each as a step; they are not part of any post yet. */
export async function prepare(ctx: PublishContext, { media }: DeliveryInput): Promise<Prepared> {
  const uploaded: Uploaded[] = []
  try {
    for (const file of media) {
      uploaded.push(await ctx.step(`media:${file.id}`, () => upload(ctx, file)))
      await ctx.step(`alt:${file.id}`, () => describe(ctx, uploaded.at(-1) as Uploaded))
    }
  } catch (error) {
    if (error instanceof UploadFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
  return { outcome: 'ready', prepared: uploaded }
}

class UploadFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

async function upload(ctx: PublishContext, file: MediaFile): Promise<Uploaded> {
  const answer = await sendForAccount(ctx, {
    method: 'POST',
    route: '/wp/v2/media',
    headers: {
      'content-type': file.mimeType,
      'content-disposition': `attachment; filename="${asciiName(file.filename)}"`,
    },
    bytes: await file.open(),
    timeoutMs: uploadTimeoutMs,
  })
  const body = resultOf(answer)
  const id = asNumber(body?.id)
  const url = asString(body?.source_url)
  if (id === undefined || !url) throw new UploadFailed(failureOf(answer, `take ${file.filename}`))
  return { id, url, kind: file.kind, altText: file.altText ?? '', filename: file.filename }
}

/** The library has the alternative text too, for when the picture is used again. */
async function describe(ctx: PublishContext, { id, altText, filename }: Uploaded): Promise<boolean> {
  if (altText === '') return false
  const route = `/wp/v2/media/${id}`
  const answer = await sendForAccount(ctx, { method: 'POST', route, json: { alt_text: altText } })
  if (!resultOf(answer)) throw new UploadFailed(failureOf(answer, `describe ${filename}`))
  return true
}

/** The header takes ASCII, and a quotation mark would end it. */
const asciiName = (filename: string) => filename.replaceAll(/[^\w.-]+/g, '-')

export function plan({ draft }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const options = optionsOf(draft)
  const media = prepared as unknown as Uploaded[]
  const featured = options.featureFirstImage ? media.find(({ kind }) => kind === 'image') : undefined
  const slug = slugOf(draft.title ?? draft.text, keys.uuid())
  const payload = {
    slug,
    status: options.status ?? 'publish',
    title: draft.title ?? '',
    content: contentOf(
      draft.text,
      media.filter((file) => file !== featured),
    ),
    ...(options.excerpt && { excerpt: options.excerpt }),
    ...(options.categories && { categories: options.categories }),
    ...(options.tags && { tags: options.tags }),
    ...(options.sticky && { sticky: true }),
    ...(featured && { featured_media: featured.id }),
  }
  return [{ kind: 'post', key: slug, payload }]
}

/**
 * Words of the title for people, and twelve hexadecimal digits that no other post has: WordPress makes a slug unique by a
 * suffix of its own, so one that is taken would not be found again (seen on 6.1.9: `fixed-slug-2`).
 */
function slugOf(words: string, uuid: string): string {
  const readable = words
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, '')
  return [readable, uuid.replaceAll('-', '').slice(-12)].filter(Boolean).join('-')
}

export async function commit(ctx: PublishContext, write: Write): Promise<WriteResult> {
  const answer = await sendForAccount(ctx, {
    method: 'POST',
    route: '/wp/v2/posts',
    json: write.payload,
    timeoutMs: writeTimeoutMs,
  })
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  const post = resultOf(answer)
  const id = asNumber(post?.id)
  if (post && id !== undefined)
    return { outcome: 'accepted', externalId: String(id), url: asString(post.link) ?? null }
  // A plug-in that fails after the post was saved ends in a 500, or in a page of HTML.
  if (
    answer.kind === 'answer' &&
    (answer.ok || (answer.status >= 500 && answer.status !== 503) || answer.status === 408)
  )
    return { outcome: 'unknown', why: `The site answered ${answer.status}` }
  return { outcome: 'rejected', failure: failureOf(answer, 'publish the post') }
}

/** The post with the slug that was chosen for it, in whatever state it is; a list that is empty proves that there is none. */
export async function lookup(ctx: PublishContext, write: Write): Promise<Lookup> {
  const answer = await sendForAccount(ctx, {
    method: 'GET',
    route: '/wp/v2/posts',
    query: { slug: write.key, status: 'any', _fields: 'id,link,slug' },
  })
  if (answer.kind !== 'answer' || !answer.ok || !Array.isArray(answer.json))
    return {
      outcome: 'unknown',
      why: answer.kind === 'answer' ? `The site answered ${answer.status}` : answer.why,
    }
  const post = answer.json.map(asRecord).find((one) => one?.slug === write.key)
  const id = asNumber(post?.id)
  if (id === undefined) return { outcome: 'absent' }
  return { outcome: 'published', externalId: String(id), url: asString(post?.link) ?? null }
}
