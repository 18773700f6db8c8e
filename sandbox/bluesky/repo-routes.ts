import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refused, send } from '../answer.ts'
import type { World } from '../simulator.ts'
import { checkKey, checkRecord } from './check-record.ts'
import { internalError, invalidRequest, missingKey, rateLimitHeaders, refuse, tooMany } from './refusals.ts'
import {
  type Account,
  blobCid,
  findAccount,
  type KeptRecord,
  newTid,
  postCollection,
  type RecordValue,
  recordCid,
  tables,
  uriOf,
} from './state.ts'
import type { Tokens } from './tokens.ts'

interface WriteBody {
  repo?: string
  collection?: string
  rkey?: string
  record?: RecordValue
  swapRecord?: string | null
}

/** Points an account may spend on writes (docs.bsky.app, rate-limits); a creation costs 3, a change 2, a deletion 1. */
const writePoints = [
  { limit: 5_000, windowMs: 3_600_000 },
  { limit: 35_000, windowMs: 24 * 3_600_000 },
]

/** Repositories: what an account keeps on its server. */
export function repoRoutes(app: FastifyInstance, world: World, tokens: Tokens) {
  const { records } = tables(world)
  const budgets = writePoints.map((rule) => ({ rule, window: world.rateLimit(rule) }))

  function spend(account: Account, points: number, reply: FastifyReply) {
    for (const { rule, window } of budgets) {
      const taken = window.take(account.did, points)
      if (!taken.allowed) throw new Refused(tooMany(taken.resetAt, rule.limit, rule.windowMs))
      // The tightest window is told, and an hour's runs out first.
      if (rule === writePoints[0]) reply.headers(rateLimitHeaders(taken, rule))
    }
  }

  function ownRepo(account: Account, repo: string | undefined) {
    if (repo === undefined) throw missingKey('repo')
    const found = findAccount(world, repo)
    if (!found) throw refuse(403, 'AccountNotFound', 'Account not found')
    if (found.did !== account.did) throw refuse(401, 'AuthenticationRequired', 'Authentication Required')
  }

  function keep(account: Account, collection: string, rkey: string, value: RecordValue) {
    const uri = uriOf(account.did, collection, rkey)
    const cid = recordCid(value)
    records.put(uri, {
      uri,
      did: account.did,
      collection,
      rkey,
      cid,
      value,
      indexedAt: world.now().toISOString(),
    })
    return { uri, cid, commit: newCommit(), validationStatus: 'valid' }
  }

  const newCommit = () => {
    const rev = newTid(world)
    return { cid: recordCid(rev), rev }
  }

  const writing = (operation: string) => ({
    config: {
      simulated: {
        operation,
        text: (request: FastifyRequest) => {
          const { collection, record } = (request.body ?? {}) as WriteBody
          return collection === postCollection ? String(record?.text ?? '') : null
        },
        account: (request: FastifyRequest) => (request.body as WriteBody | undefined)?.repo,
      },
    },
  })

  app.post('/xrpc/com.atproto.repo.putRecord', writing('putRecord'), async (request, reply) => {
    const account = tokens.account(request)
    const { repo, collection, rkey, record, swapRecord } = request.body as WriteBody
    if (collection === undefined) throw missingKey('collection')
    if (rkey === undefined) throw missingKey('rkey')
    if (record === undefined) throw missingKey('record')
    ownRepo(account, repo)
    spend(account, 2, reply)
    checkKey(collection, rkey)
    const value = checkRecord(world, collection, record)
    const current = records.get(uriOf(account.did, collection, rkey))
    // The same record again is no change, whatever else was asked.
    if (current && current.cid === recordCid(value))
      return { uri: current.uri, cid: current.cid, validationStatus: 'valid' }
    if (swapRecord !== undefined && swapRecord !== (current?.cid ?? null))
      throw refuse(400, 'InvalidSwap', `Record was at ${current?.cid ?? 'null'}`)
    return keep(account, collection, rkey, value)
  })

  app.post('/xrpc/com.atproto.repo.createRecord', writing('createRecord'), async (request, reply) => {
    const account = tokens.account(request)
    const { repo, collection, rkey = newTid(world), record } = request.body as WriteBody
    if (collection === undefined) throw missingKey('collection')
    if (record === undefined) throw missingKey('record')
    ownRepo(account, repo)
    spend(account, 3, reply)
    checkKey(collection, rkey)
    const value = checkRecord(world, collection, record)
    if (records.get(uriOf(account.did, collection, rkey))) throw new Refused(internalError)
    return keep(account, collection, rkey, value)
  })

  app.post(
    '/xrpc/com.atproto.repo.deleteRecord',
    { config: { simulated: { operation: 'deleteRecord' } } },
    async (request, reply) => {
      const account = tokens.account(request)
      const { repo, collection, rkey } = request.body as WriteBody
      if (collection === undefined) throw missingKey('collection')
      if (rkey === undefined) throw missingKey('rkey')
      ownRepo(account, repo)
      spend(account, 1, reply)
      return records.delete(uriOf(account.did, collection, rkey)) ? { commit: newCommit() } : {}
    },
  )

  app.get<{ Querystring: Record<string, string> }>(
    '/xrpc/com.atproto.repo.getRecord',
    { config: { simulated: { operation: 'getRecord' } } },
    async ({ query: { repo = '', collection = '', rkey = '' } }) => {
      const uri = uriOf(findAccount(world, repo)?.did ?? repo, collection, rkey)
      const kept = records.get(uri)
      if (!kept) throw refuse(400, 'RecordNotFound', `Could not locate record: ${uri}`)
      return { uri, cid: kept.cid, value: kept.value }
    },
  )

  app.get<{ Querystring: Record<string, string> }>(
    '/xrpc/com.atproto.repo.listRecords',
    { config: { simulated: { operation: 'listRecords' } } },
    async ({ query: { repo = '', collection, limit = '50', cursor, reverse } }) => {
      const account = findAccount(world, repo)
      if (!account) throw invalidRequest(`Could not find repo: ${repo}`)
      const size = Math.min(Math.max(Number(limit) || 50, 1), 100)
      const own = records
        .all()
        .filter((kept) => kept.did === account.did && kept.collection === collection)
        .toSorted((one, other) => (one.rkey < other.rkey ? 1 : -1))
      const ordered = reverse === 'true' ? own.toReversed() : own
      const from = cursor === undefined ? 0 : ordered.findIndex(({ rkey }) => rkey === cursor) + 1
      const shown = ordered.slice(from, from + size)
      const last = shown.at(-1)
      return {
        records: shown.map(({ uri, cid, value }: KeptRecord) => ({ uri, cid, value })),
        ...(last ? { cursor: last.rkey } : {}),
      }
    },
  )

  app.post(
    '/xrpc/com.atproto.repo.uploadBlob',
    { config: { simulated: { operation: 'uploadBlob' } } },
    async (request, reply) => {
      tokens.account(request)
      const bytes = request.simulatedBody ?? Buffer.alloc(0)
      if (bytes.length > blobBytesMax)
        return send(reply, {
          status: 413,
          body: { error: 'PayloadTooLarge', message: 'request entity too large' },
        })
      return { blob: await keepBlob(world, bytes, request.headers['content-type']) }
    },
  )
}

/** PDS_BLOB_UPLOAD_LIMIT as Bluesky's own installer sets it (bluesky-social/pds, 2026). */
export const blobBytesMax = 104_857_600

/** Keeps a file and answers the reference that records name it by. The type is told by the bytes where they tell it. */
export async function keepBlob(world: World, bytes: Buffer, contentType: string | undefined) {
  const cid = blobCid(bytes)
  const known = tables(world).blobs.get(cid)
  const mimeType = known?.mimeType ?? contentType?.split(';')[0]?.trim() ?? 'application/octet-stream'
  if (!known) {
    const file = await world.media.keep(bytes, { mimeType })
    tables(world).blobs.put(cid, { cid, fileId: file.id, mimeType: file.mimeType, size: bytes.length })
  }
  const kept = tables(world).blobs.get(cid)
  return {
    $type: 'blob',
    ref: { $link: cid },
    mimeType: kept?.mimeType ?? mimeType,
    size: bytes.length,
  }
}
