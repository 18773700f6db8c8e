import type { ShareMode } from './state.ts'

/** The mutations' inputs, as the schema has made sure of them (`schema/inputs.graphql`). */
export interface CreatePostInput extends PostChanges {
  channelId: string
  assets: AssetInput[]
}

export interface EditPostInput extends PostChanges {
  id: string
  /** Absent: they stay as they are. */
  assets?: AssetInput[] | null
}

export interface PostChanges {
  schedulingType: 'automatic' | 'notification'
  mode: ShareMode
  /** ISO 8601 in UTC. */
  dueAt?: string | null
  text?: string | null
  metadata?: Record<string, Record<string, unknown> | null> | null
  tagIds?: string[] | null
  saveToDraft?: boolean | null
}

/** Exactly one of its four members is given; the schema cannot say so. */
export type AssetInput = Partial<Record<'image' | 'video' | 'document' | 'link', AssetSource | null>>

export interface AssetSource {
  url: string
  thumbnailUrl?: string | null
  title?: string | null
  metadata?: {
    altText?: string | null
    title?: string | null
    dimensions?: { width: number; height: number } | null
  } | null
}
