import type { Failure } from '../../domain/delivery.ts'
import { asList, asRecord, asString } from '../../net/read-json.ts'
import type { ConnectContext, Outcome } from '../network.ts'
import { failureOf } from './failure.ts'
import { readTimeoutMs } from './session.ts'

/**
 * Where an account lives: its handle names an identity (DID), and the identity's document names the server (PDS).
 * The app password is then given to that server alone.
 */
export async function findServer(ctx: ConnectContext, identifier: string): Promise<Outcome<string>> {
  // An e-mail address is known to Bluesky's own front door only.
  if (identifier.includes('@')) return { outcome: 'done', value: ctx.origin() }
  const did = identifier.startsWith('did:')
    ? ({ outcome: 'done', value: identifier } as const)
    : await resolveHandle(ctx, ctx.origin('appview'), identifier)
  if (did.outcome === 'failed') return did
  if (did.value === null) return { outcome: 'failed', failure: unknownHandle(identifier) }
  return serverOfDid(ctx, did.value)
}

/** The DID behind a handle; null when there is none. `origin` is any server that resolves: a PDS, or the app view. */
export async function resolveHandle(
  ctx: Pick<ConnectContext, 'http' | 'now' | 'signal'>,
  origin: string,
  handle: string,
): Promise<Outcome<string | null>> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: `${origin}/xrpc/com.atproto.identity.resolveHandle`,
    query: { handle },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  if (answer.kind === 'answer' && answer.ok) {
    const did = asString(asRecord(answer.json)?.did)
    if (did?.startsWith('did:')) return { outcome: 'done', value: did }
  }
  const failure = failureOf(answer, `find ${handle}`, ctx.now())
  return failure.class === 'permanent' ? { outcome: 'done', value: null } : { outcome: 'failed', failure }
}

async function serverOfDid(ctx: ConnectContext, did: string): Promise<Outcome<string>> {
  const url = documentUrl(ctx, did)
  if (!url) return { outcome: 'failed', failure: noServer(did) }
  const answer = await ctx.http.send({ method: 'GET', url, timeoutMs: readTimeoutMs, signal: ctx.signal })
  const server = answer.kind === 'answer' && answer.ok ? serverIn(answer.json) : null
  if (server) return { outcome: 'done', value: server }
  const failure = failureOf(answer, `find the server of ${did}`, ctx.now())
  return { outcome: 'failed', failure: failure.class === 'permanent' ? noServer(did) : failure }
}

function documentUrl(ctx: ConnectContext, did: string): string | null {
  if (did.startsWith('did:plc:')) return `${ctx.origin('plc')}/${did}`
  const host = /^did:web:([a-zA-Z0-9.-]+)$/.exec(did)?.[1]
  return host ? `https://${host}/.well-known/did.json` : null
}

/** The address of the personal data server in an identity's document, without a trailing slash. */
export function serverIn(didDocument: unknown): string | null {
  const service = asList(asRecord(didDocument)?.service)
    .map(asRecord)
    .find((one) => asString(one?.id)?.endsWith('#atproto_pds') && one?.type === 'AtprotoPersonalDataServer')
  const endpoint = asString(service?.serviceEndpoint)
  return endpoint && /^https?:\/\//.test(endpoint) ? endpoint.replace(/\/+$/, '') : null
}

const unknownHandle = (handle: string): Failure => ({
  class: 'permanent',
  rule: 'bluesky.handle_unknown',
  message: `There is no account with the handle ${handle}.`,
  remedy: "Check the spelling (name.bsky.social), or give the address of the account's own server as well.",
})

const noServer = (did: string): Failure => ({
  class: 'permanent',
  rule: 'bluesky.server_unknown',
  message: `The identity ${did} names no server on which the account lives.`,
  remedy: "Give the address of the account's own server as well.",
})
