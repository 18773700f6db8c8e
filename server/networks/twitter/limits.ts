import twitterText from 'twitter-text'
import type { Limits } from '../../domain/limits.ts'

/** As X counts: most scripts 1, CJK and emoji 2, every address 23 (docs.x.com, counting-characters; twitter-text v3). */
export const measure = (text: string) => twitterText.parseTweet(text).weightedLength

/** Subscribers may write long posts (docs.x.com, changelog, 2024). */
const longTextMax = 25_000

/**
 * docs.x.com, x-api/media/quickstart/best-practices, read 2026-08-22. Animated GIFs may have 15 MB there; we take 5 MB, as
 * for other images, since they are never made smaller. Longer videos of subscribers are UNCONFIRMED, so not offered.
 */
export const limits: Limits = {
  text: { unit: 'weighted', max: 280, urlLength: 23, required: false },
  link: 'text',
  contentTypes: ['text', 'image', 'carousel', 'video', 'link'],
  mediaMax: 4,
  mediaRequired: false,
  mixedMedia: false,
  image: {
    mimeTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
    bytesMax: 5_000_000,
    countMax: 4,
  },
  video: {
    mimeTypes: ['video/mp4', 'video/quicktime'],
    bytesMax: 512_000_000,
    countMax: 1,
    durationMsMin: 500,
    durationMsMax: 140_000,
    ratioMin: 1 / 3,
    ratioMax: 3,
  },
  document: null,
  altTextMax: 1000,
  titleMax: null,
  hashtagsMax: null,
  threads: true,
  firstComment: true,
  poll: {
    optionsMin: 2,
    optionsMax: 4,
    optionGraphemesMax: 25,
    durationMsMin: 5 * 60_000,
    durationMsMax: 10_080 * 60_000,
  },
  pullsMedia: false,
}

/** The account's own: `subscription_type` of users/me is Basic, Premium, PremiumPlus or None. */
export const limitsFor = (subscription: string | undefined): Limits =>
  subscription && /^(basic|premium|premiumplus)$/i.test(subscription)
    ? { ...limits, text: { ...limits.text, max: longTextMax } }
    : limits
