import type { OAuthRules } from '../oauth.ts'
import { type Person, somePeople } from '../people.ts'
import type { World } from '../simulator.ts'

export type AssetKind = 'image' | 'video' | 'document'

export interface Asset {
  urn: string
  kind: AssetKind
  owner: string
  /** Kept media, one for each part. */
  fileIds: string[]
  /** Available from this instant on; null until everything is uploaded. */
  readyAt: string | null
  /** What processing will find. */
  broken: boolean
}

export interface Post {
  urn: string
  author: string
  person: Person
  body: PostBody
  at: string
}

export interface PostBody {
  author?: string
  commentary?: string
  visibility?: string
  lifecycleState?: string
  content?: {
    media?: { id: string; altText?: string; title?: string }
    multiImage?: { images: { id: string; altText?: string }[] }
    article?: { source: string; title: string; description?: string }
  }
}

export interface Comment {
  id: string
  urn: string
  postUrn: string
  actor: string
  person: Person
  text: string
  at: string
}

export const tables = (world: World) => ({
  assets: world.table<Asset>('assets', { max: 2_000 }),
  posts: world.table<Post>('posts', { max: 5_000 }),
  comments: world.table<Comment>('comments', { max: 5_000 }),
  /** Post URNs by `<urn>:<n>`: likes a test gave. */
  likes: world.table<string>('likes', { max: 5_000 }),
})

/** Refresh tokens are for approved partners; here those are the apps whose id begins with `partner`. */
export const isPartner = (clientId: string) => clientId.startsWith('partner')

export const oauthRules: OAuthRules = {
  people: somePeople({ withPages: true }),
  pageWord: 'page',
  pkce: 'ignored',
  scopeSeparator: ' ',
  codeMs: 30 * 60_000,
  accessTokenMs: 60 * 86_400_000,
  refreshTokens: 'reusable',
  refreshTokenMs: 365 * 86_400_000,
}

/** A number for a page, since LinkedIn's pages have numbers. */
export const pageNumber = (id: string) =>
  String([...id].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) % 90_000_000, 7))

export const personUrn = ({ id }: Person) => `urn:li:person:${id}`
export const pageUrn = ({ id }: { id: string }) => `urn:li:organization:${pageNumber(id)}`
export const isPageUrn = (urn: string) => urn.startsWith('urn:li:organization:')

/** Everyone the person may act for. */
export const actorsOf = (person: Person) => [personUrn(person), ...(person.pages ?? []).map(pageUrn)]

export const mediaOf = ({ content }: PostBody): { id: string; altText?: string }[] => [
  ...(content?.media ? [content.media] : []),
  ...(content?.multiImage?.images ?? []),
]

export const likesOf = (world: World, urn: string) =>
  tables(world)
    .likes.all()
    .filter((liked) => liked === urn).length

/** "Little text" as people read it. */
export const plain = (commentary: string) => commentary.replaceAll(/\\([\\|{}@[\]()<>#*_~])/g, '$1')
