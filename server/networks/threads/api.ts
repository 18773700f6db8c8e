import type { Failure } from '../../domain/delivery.ts'
import { asRecord, asString, type GraphNetwork, graphObject, sendGraph } from '../graph-api.ts'
import type { ContainerRules } from '../graph-containers.ts'
import type { AccountContext, Json, PublishContext, Write } from '../network.ts'

/** Threads has had one version since it began (docs/threads/reference, read 2026-11-22). */
export const version = '/v1.0'

export const threadsGraph: GraphNetwork = { id: 'threads', name: 'Threads', codes: {} }

export interface ThreadsSecret {
  accessToken: string
}

export const tokenOf = async (ctx: AccountContext): Promise<string> =>
  ((await ctx.secret.current()) as unknown as ThreadsSecret).accessToken

export const sealedSecret = (accessToken: string): Json => ({ accessToken })

export const containers: ContainerRules = {
  network: threadsGraph,
  version,
  statusField: 'status',
  detailField: 'error_message',
  errorOf,
}

/**
 * Words of a container that failed (docs/threads/troubleshooting, read 2026-11-22). Downloading may work the next time,
 * and so may what names no reason; the rest is about the file.
 */
function errorOf(detail: string): Omit<Failure, 'message'> {
  switch (detail) {
    case 'FAILED_DOWNLOADING_VIDEO':
    case 'FAILED_DOWNLOADING_IMAGE':
      return {
        class: 'transient',
        rule: 'threads.media_not_fetched',
        remedy:
          "Threads could not fetch the file from this server's public address. If it goes on, check FANFARE_PUBLIC_URL.",
      }
    case 'UNKNOWN':
    case '':
      return {
        class: 'transient',
        rule: 'threads.processing_failed',
        remedy: 'Nothing to do: it is tried again.',
      }
    default:
      return {
        class: 'permanent',
        rule: 'threads.media_refused',
        remedy:
          'Encode the video as MP4 with H.264 and AAC, at most 5 minutes long, or use a JPEG or PNG image.',
      }
  }
}

/** One post, as it is published and as it is recognised again. */
export type ThreadsPayload = {
  text: string
  /** The container of the first post, made and filled while preparing. Answers make theirs when they are sent. */
  containerId: string | null
  replyControl: string | null
}

/** Where the container of an answer is kept. */
export const answerStep = (write: Write) => `answer ${write.key}`

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
