/** What a post is, in the words of dialect D (DR9). */
export const contentTypes = ['text', 'image', 'video', 'carousel', 'story', 'link'] as const
export type ContentType = (typeof contentTypes)[number]
