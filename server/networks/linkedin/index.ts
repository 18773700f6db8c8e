import { Type } from 'typebox'
import type { Limits } from '../../domain/limits.ts'
import type { Network } from '../network.ts'
import { connect, probe } from './connect.ts'
import { commit, lookup, plan, prepare, remove, writeTimeoutMs } from './publish.ts'

/** learn.microsoft.com/linkedin, posts-api, images-api, videos-api, multiimage-post-api, digests of 19 September 2026. */
const limits: Limits = {
  text: { unit: 'utf16', max: 3000, required: false },
  link: 'card',
  contentTypes: ['text', 'image', 'carousel', 'video', 'link'],
  mediaMax: 20,
  mediaRequired: false,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    bytesMax: 10_000_000, // UNCONFIRMED: LinkedIn documents pixels only
    countMax: 20,
    pixelsMax: 36_152_319,
  },
  video: {
    mimeTypes: ['video/mp4'],
    bytesMax: 500_000_000,
    countMax: 1,
    durationMsMin: 3_000,
    durationMsMax: 30 * 60_000,
  },
  document: null,
  altTextMax: 4086,
  titleMax: 200,
  hashtagsMax: null,
  threads: false,
  firstComment: false,
  pullsMedia: false,
}

/** LinkedIn: members, and company pages where the app may. README.md has its peculiarities. */
export const linkedin: Network = {
  id: 'linkedin',
  name: 'LinkedIn',
  origins: {
    api: 'https://api.linkedin.com',
    oauth: 'https://www.linkedin.com',
    web: 'https://www.linkedin.com',
  },
  limits,
  options: Type.Object(
    {
      visibility: Type.Optional(
        Type.Union([Type.Literal('PUBLIC'), Type.Literal('CONNECTIONS'), Type.Literal('LOGGED_IN')], {
          description: 'Who sees it. Absent: everyone.',
        }),
      ),
      disableReshare: Type.Optional(Type.Boolean({ description: 'Let nobody share it further.' })),
    },
    { additionalProperties: false },
  ),
  connect,
  // The refusal of the same post lasts "about" ten minutes; a third of it is left unused.
  recovery: { writeTimeoutMs, settleMs: 20_000, repeatableMs: 7 * 60_000 },
  prepare,
  plan,
  commit,
  lookup,
  remove,
  probe,
}
