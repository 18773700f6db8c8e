import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { errors, Success, success } from './envelope.ts'

const Platform = Type.Object({
  id: Type.String(),
  name: Type.String(),
  supports_images: Type.Boolean(),
  supports_videos: Type.Boolean(),
  supports_carousel: Type.Boolean(),
  supports_stories: Type.Boolean(),
  max_characters: Type.Integer(),
  max_images: Type.Integer(),
  max_video_duration: Type.Integer({ description: 'Seconds; 0 where videos are not taken' }),
  oauth_supported: Type.Boolean(),
})
type Platform = Static<typeof Platform>

const everything = { supports_images: true, supports_videos: true, oauth_supported: true }

/** The three rows that the document prints, as it prints them (answers part 2). Checks use the adapters' own limits. */
const documented: Platform[] = [
  {
    id: 'facebook',
    name: 'Facebook',
    ...everything,
    supports_carousel: true,
    supports_stories: true,
    max_characters: 63206,
    max_images: 10,
    max_video_duration: 240,
  },
  {
    id: 'instagram',
    name: 'Instagram',
    ...everything,
    supports_carousel: true,
    supports_stories: true,
    max_characters: 2200,
    max_images: 10,
    max_video_duration: 60,
  },
  {
    id: 'twitter',
    name: 'Twitter/X',
    ...everything,
    supports_carousel: false,
    supports_stories: false,
    max_characters: 280,
    max_images: 4,
    max_video_duration: 140,
  },
]

export const platformRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/platforms',
      {
        schema: {
          summary: 'The networks and what they take',
          tags: ['Platforms'],
          response: { 200: Success(Type.Object({ platforms: Type.Array(Platform) })), ...errors() },
        },
      },
      async () => success({ platforms: platforms(ctx) }),
    )
  }

function platforms({ networks }: Context): Platform[] {
  const rows = documented.filter(({ id }) => networks.has(id))
  for (const { id, name, limits, connect } of networks.values()) {
    if (rows.some((row) => row.id === id)) continue
    rows.push({
      id,
      name,
      supports_images: limits.image !== null,
      supports_videos: limits.video !== null,
      supports_carousel: limits.contentTypes.includes('carousel'),
      supports_stories: limits.contentTypes.includes('story'),
      max_characters: limits.text.max,
      max_images: limits.image?.countMax ?? 0,
      max_video_duration: limits.video ? Math.floor(limits.video.durationMsMax / 1000) : 0,
      oauth_supported: connect.kind === 'oauth',
    })
  }
  return rows
}
