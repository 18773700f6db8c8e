import { createHmac } from 'node:crypto'
import type { HttpAnswer } from '../../net/http.ts'
import { type GraphCodes, type GraphNetwork, type GraphRequest, sendGraph } from '../graph-api.ts'
import type { AccountContext, Json } from '../network.ts'

/** The guides of 2026 show v25.0. */
export const version = '/v25.0'

/** Beyond what all Graph APIs say (pages-api/posts, video-api, read 2026-11-22). */
const codes: GraphCodes = {
  '352': {
    class: 'permanent',
    rule: 'video_format',
    remedy: 'Encode the video as MP4 with H.264 and AAC, then retry.',
  },
  '389': { class: 'transient', rule: 'upload_failed', remedy: 'Nothing to do: it is tried again.' },
  '390': { class: 'transient', rule: 'upload_failed', remedy: 'Nothing to do: it is tried again.' },
  '1609005': {
    class: 'permanent',
    rule: 'bad_link',
    remedy: 'Facebook does not take this link. Check that it opens in a browser, or remove it.',
  },
}

export const facebookGraph: GraphNetwork = { id: 'facebook', name: 'Facebook', codes }

export interface FacebookSecret {
  /** A page's own token; it does not run out. */
  pageToken: string
}

export const tokenOf = async (ctx: AccountContext): Promise<string> =>
  ((await ctx.secret.current()) as unknown as FacebookSecret).pageToken

export const sealedSecret = (pageToken: string): Json => ({ pageToken })

/**
 * Asks as the page. Apps that require it get the proof that we know the app's secret
 * (docs/facebook-login/security, "Proof of secret", read 2026-11-22); others ignore it.
 */
export async function sendAsPage(ctx: AccountContext, request: GraphRequest): Promise<HttpAnswer> {
  const token = await tokenOf(ctx)
  const proof = appSecretProof(token, ctx.app?.clientSecret ?? null)
  return sendGraph(ctx, token, { ...request, query: { ...request.query, ...proof } })
}

export const appSecretProof = (token: string, appSecret: string | null): { appsecret_proof?: string } =>
  appSecret ? { appsecret_proof: createHmac('sha256', appSecret).update(token).digest('hex') } : {}

/** The page's own edge: `/v25.0/<id>/feed`. */
export const pagePath = (ctx: AccountContext, edge: string) => `${version}/${ctx.account.externalId}/${edge}`
