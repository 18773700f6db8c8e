import { grown } from '../growth.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { type Board, type Pin, tables, type Upload, userId } from './state.ts'

/** The API's objects of one world's rows. */
export function createEntities(world: World) {
  const { pins, reactions } = tables(world)
  const picture = (name: string) => world.publicUrl(`/web/pictures/${encodeURIComponent(name)}.png`)
  const born = Date.parse('2024-01-01T00:00:00.000Z')

  function account(person: Person) {
    const own = pins.all().filter(({ author }) => author.id === person.id)
    return {
      id: userId(person),
      username: person.handle,
      account_type: 'BUSINESS',
      business_name: person.name,
      about: 'A simulated account.',
      profile_image: picture(person.handle),
      website_url: '',
      board_count: 2,
      pin_count: own.length,
      follower_count: grown(`${person.id}:followers`, world.now().getTime() - born, 300),
      following_count: 7,
      monthly_views: grown(`${person.id}:views`, world.now().getTime() - born, 5_000),
    }
  }

  function board(one: Board) {
    const on = pins.all().filter(({ boardId }) => boardId === one.id)
    return {
      id: one.id,
      name: one.name,
      description: null,
      privacy: 'PUBLIC',
      owner: { username: one.owner.handle },
      created_at: wire(one.createdAt),
      board_pins_modified_at: wire(on.at(-1)?.at ?? one.createdAt),
      pin_count: on.length,
      follower_count: grown(`${one.id}:followers`, world.now().getTime() - born, 40),
      collaborator_count: 0,
      is_ads_only: false,
      media: { image_cover_url: null, pin_thumbnail_urls: [] },
    }
  }

  function pin(one: Pin, { withMetrics = false } = {}) {
    return {
      id: one.id,
      created_at: wire(one.at),
      link: one.link,
      title: one.title,
      description: one.description,
      alt_text: one.altText,
      board_id: one.boardId,
      board_section_id: one.boardSectionId,
      board_owner: { username: one.author.handle },
      dominant_color: '#6E7874',
      parent_pin_id: null,
      is_owner: true,
      is_standard: true,
      has_been_promoted: false,
      creative_type: { image: 'REGULAR', multiple_images: 'CAROUSEL', video: 'VIDEO' }[one.mediaType],
      media: media(one),
      pin_metrics: withMetrics ? { lifetime_metrics: countsOf(one) } : null,
    }
  }

  function media(one: Pin) {
    const images = one.fileIds.map((id) => {
      const file = world.media.get(id)
      const size = { width: file?.width ?? null, height: file?.height ?? null, url: world.media.url(id) }
      return { '150x150': size, '600x': size, '1200x': size }
    })
    if (one.mediaType === 'video')
      return {
        media_type: 'video',
        cover_image_url: picture(`cover-${one.id}`),
        video_url: null,
        duration: null,
        width: null,
        height: null,
      }
    if (one.mediaType === 'image') return { media_type: 'image', images: images[0] }
    return {
      media_type: 'multiple_images',
      items: images.map((sizes) => ({
        item_type: 'image',
        title: null,
        description: null,
        link: null,
        images: sizes,
      })),
    }
  }

  function countsOf(one: Pin) {
    const ageMs = world.now().getTime() - Date.parse(one.at)
    const count = (name: string, typical: number) => grown(`${one.id}:${name}`, ageMs, typical)
    return {
      impression: count('impression', 800),
      pin_click: count('pin_click', 40),
      clickthrough: count('clickthrough', 12),
      save: count('save', 15),
      reaction: count('reaction', 8) + reactions.all().filter((id) => id === one.id).length,
      comment: count('comment', 2),
    }
  }

  const upload = (one: Upload) => ({ media_id: one.id, media_type: 'video', status: statusOf(one) })

  function statusOf(one: Upload) {
    if (one.readyAt === null) return 'registered'
    if (one.readyAt > world.now().toISOString()) return 'processing'
    return one.failed ? 'failed' : 'succeeded'
  }

  return {
    account,
    board,
    pin,
    countsOf,
    upload,
    statusOf,
    permalink: (id: string) => world.publicUrl(`/web/pin/${id}/`),
  }
}
export type Entities = ReturnType<typeof createEntities>

/** Whole seconds, as Pinterest writes times. */
const wire = (at: string) => `${at.slice(0, 19)}+00:00`
