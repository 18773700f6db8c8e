import { type Static, Type } from 'typebox'
import { postBounds } from '../../domain/post-bounds.ts'
import type { Overrides, PostFields } from '../../operations/compose-post.ts'
import { ContentTypeName, Options } from './present-post.ts'
import { Id, Instant, Nullable } from './schemas.ts'

const OverrideBody = Type.Object(
  {
    content: Type.Optional(Nullable(Type.String())),
    mediaIds: Type.Optional(Nullable(Type.Array(Id))),
    options: Type.Optional(Nullable(Options)),
  },
  { description: 'What is different for one account; absent or null means as in the post' },
)

/** B19's fields and those of answers 1.13. Sizes are checked with the post, where the messages say more. */
export const postFields = {
  content: Type.Optional(
    Type.String({
      description: `At most ${postBounds.textCharactersMax} characters, and what each network takes`,
    }),
  ),
  mediaIds: Type.Optional(Type.Array(Id, { description: `In order; at most ${postBounds.mediaMax}` })),
  targetAccountIds: Type.Optional(
    Type.Array(Id, { description: `Accounts of the brand; at most ${postBounds.targetsMax}` }),
  ),
  title: Type.Optional(Nullable(Type.String())),
  link: Type.Optional(Nullable(Type.String())),
  hashtags: Type.Optional(Type.Array(Type.String())),
  contentType: Type.Optional(Nullable(ContentTypeName)),
  timezone: Type.Optional(
    Nullable(Type.String({ maxLength: 100, description: 'IANA zone in which the time was meant' })),
  ),
  campaignId: Type.Optional(Nullable(Id)),
  labelIds: Type.Optional(Type.Array(Id)),
  options: Type.Optional(
    Type.Unsafe<Record<string, unknown>>({
      ...Options,
      description: 'Each network takes those it knows: visibility, thread, ...',
    }),
  ),
  overrides: Type.Optional(
    Type.Record(Type.String({ format: 'uuid' }), OverrideBody, { description: 'By account id' }),
  ),
}

export const scheduledAt = Type.Optional(Nullable(Instant))

const PostBody = Type.Object(postFields)
type PostBody = Static<typeof PostBody>

/** What a body says, in the words of the operations; what it does not say stays unsaid. */
export function fieldsIn(
  body: PostBody,
): Partial<Omit<PostFields, 'targets'>> & { targetAccountIds?: string[]; overrides?: Overrides } {
  const { content, mediaIds, targetAccountIds, overrides, labelIds, campaignId, ...same } = body
  return {
    ...pick(same, ['title', 'link', 'hashtags', 'contentType', 'timezone', 'options']),
    ...(content !== undefined && { text: content }),
    ...(mediaIds && { mediaIds: mediaIds.map(lower) }),
    ...(labelIds && { labelIds: labelIds.map(lower) }),
    ...(campaignId !== undefined && { campaignId: campaignId && lower(campaignId) }),
    ...(targetAccountIds && { targetAccountIds: targetAccountIds.map(lower) }),
    ...(overrides && { overrides: overridesIn(overrides) }),
  }
}

const overridesIn = (overrides: NonNullable<PostBody['overrides']>): Overrides =>
  Object.fromEntries(
    Object.entries(overrides).map(([accountId, { content, mediaIds, options }]) => [
      lower(accountId),
      { text: content, mediaIds: mediaIds?.map(lower), options },
    ]),
  )

/** Ids are compared as PostgreSQL writes them. */
const lower = (id: string) => id.toLowerCase()

function pick<T extends object, K extends keyof T>(from: T, names: K[]): Pick<T, K> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  ) as Pick<T, K>
}
