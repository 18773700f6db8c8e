import type { Failure } from '../../domain/delivery.ts'
import type { GraphCodes, GraphNetwork } from '../graph-api.ts'
import { asRecord, asString, graphObject, sendGraph } from '../graph-api.ts'
import type { ContainerRules } from '../graph-containers.ts'
import type { AccountContext, Json, PublishContext } from '../network.ts'

/** The guides of 2026 show v25.0. */
export const version = '/v25.0'

const wait = 'Nothing to do: it is tried again.'
const format = 'Encode the video as MP4 with H.264 and AAC, 3 seconds to 15 minutes long, then retry.'

/** developers.facebook.com/docs/instagram-platform/.../reference/error-codes (2 June 2026). */
const codes: GraphCodes = {
  '9/2207042': {
    class: 'rate_limited',
    rule: 'quota_reached',
    remedy: 'Nothing to do: it is tried again as posts of the last day fall out of the count.',
  },
  '4/2207051': {
    class: 'rate_limited',
    rule: 'blocked',
    remedy:
      'Instagram takes these posts for spam and has blocked them for a while. Look at the account there.',
  },
  '9007/2207027': { class: 'transient', rule: 'not_ready', remedy: wait },
  '24/2207008': { class: 'transient', rule: 'container_missing', remedy: wait },
  '24/2207006': { class: 'transient', rule: 'container_missing', remedy: wait },
  '-2/2207003': { class: 'transient', rule: 'download_timeout', remedy: wait },
  '-2/2207020': { class: 'transient', rule: 'container_expired', remedy: wait },
  '-1/2207001': { class: 'transient', rule: 'server_error', remedy: wait },
  '-1/2207032': { class: 'transient', rule: 'creation_failed', remedy: wait },
  '-1/2207053': { class: 'transient', rule: 'upload_failed', remedy: wait },
  '9004/2207052': {
    class: 'administrator',
    rule: 'media_not_fetched',
    remedy:
      "Instagram could not fetch the file from this server's public address. Check FANFARE_PUBLIC_URL and that nothing shuts Meta out.",
  },
  '25/2207050': {
    class: 'reconnect',
    rule: 'account_restricted',
    remedy: 'Instagram has restricted the account. Log in there, follow what it asks, then reconnect.',
  },
  '352/2207026': { class: 'permanent', rule: 'video_format', remedy: format },
  '36000/2207004': {
    class: 'permanent',
    rule: 'image_too_large',
    remedy: 'Make the picture smaller than 8 MB.',
  },
  '36001/2207005': { class: 'permanent', rule: 'image_format', remedy: 'Use a JPEG picture.' },
  '36003/2207009': {
    class: 'permanent',
    rule: 'image_ratio',
    remedy: 'Crop the picture to between 4:5 and 1.91:1.',
  },
  '36004/2207010': {
    class: 'permanent',
    rule: 'caption_too_long',
    remedy: 'Shorten the caption to 2,200 characters, 30 hashtags and 20 mentions.',
  },
  '1/2207057': { class: 'permanent', rule: 'thumb_offset', remedy: 'Choose a cover within the video.' },
}

export const instagramGraph: GraphNetwork = { id: 'instagram', name: 'Instagram', codes }

export interface InstagramSecret {
  accessToken: string
}

export const tokenOf = async (ctx: AccountContext): Promise<string> =>
  ((await ctx.secret.current()) as unknown as InstagramSecret).accessToken

export const sealedSecret = (accessToken: string): Json => ({ accessToken })

/** The account's own edge: `/v25.0/<id>/media`. */
export const accountPath = (ctx: AccountContext, edge: string) =>
  `${version}/${ctx.account.externalId}/${edge}`

export const containers: ContainerRules = {
  network: instagramGraph,
  version,
  statusField: 'status_code',
  detailField: 'status',
  errorOf,
}

/** `status` of a failed container holds the subcode: `Error: Media upload has failed with error code 2207026`. */
function errorOf(detail: string): Omit<Failure, 'message'> {
  const subcode = /\b220\d{4}\b/.exec(detail)?.[0]
  const found = Object.entries(codes).find(([key]) => key.endsWith(`/${subcode}`))?.[1]
  if (found) return { ...found, rule: `instagram.${found.rule}` }
  return { class: 'permanent', rule: 'instagram.media_refused', remedy: format }
}

/** The post is out already: without an answer it has no address yet. */
export async function permalinkOf(ctx: PublishContext, token: string, id: string): Promise<string | null> {
  const answer = await sendGraph(ctx, token, {
    method: 'GET',
    path: `${version}/${id}`,
    query: { fields: 'permalink' },
    timeoutMs: 5_000,
  })
  return asString(asRecord(graphObject(answer))?.permalink) ?? null
}
