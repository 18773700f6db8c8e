/** Counts of one published delivery as last collected; null where the network does not offer the number. */
export interface Figures {
  impressions: number | null
  reach: number | null
  likes: number | null
  comments: number | null
  shares: number | null
  clicks: number | null
}

/** Likes, comments and shares; clicks do not count (answers part 2, from the documents' own arithmetic). */
export const engagementOf = ({
  likes,
  comments,
  shares,
}: Pick<Figures, 'likes' | 'comments' | 'shares'>): number => (likes ?? 0) + (comments ?? 0) + (shares ?? 0)

/** 100 * engagement / impressions with two decimals, 0 when nothing was seen (answers 1.15). */
export const engagementRate = (engagement: number, impressions: number): number =>
  impressions === 0 ? 0 : Math.round((10_000 * engagement) / impressions) / 100

/** The longest period one question may span: a leap year. */
export const analyticsDaysMax = 366
export const analyticsDaysDefault = 30
