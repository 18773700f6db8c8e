import type { NewEvent } from '../storage/events.ts'
import type { Media } from '../storage/media.ts'
import type { Context } from './context.ts'

export const mediaEvent = (
  ctx: Context,
  media: Media,
  type: string,
  more: Record<string, unknown> = {},
): NewEvent => ({
  id: ctx.newId(),
  workspaceId: media.workspaceId,
  type,
  resourceType: 'media',
  resourceId: media.id,
  data: {
    mediaId: media.id,
    brandId: media.brandId,
    filename: media.filename,
    mimeType: media.mimeType,
    ...more,
  },
})
