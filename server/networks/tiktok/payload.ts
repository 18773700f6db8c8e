import type { Json } from '../network.ts'

/** An upload that TikTok has opened; kept before a byte is sent, because it is how the post is found again. */
export type Upload = { publishId: string; uploadUrl: string }

export type VideoPayload = {
  kind: 'video'
  mediaId: string
  init: { path: string; body: { [name: string]: Json } }
  upload: Upload
}
export type PhotoPayload = {
  kind: 'photo'
  body: { [name: string]: Json }
}
export type Payload = VideoPayload | PhotoPayload
