import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import { bad, missing } from './refusals.ts'
import { type AssetKind, tables } from './state.ts'

const partBytes = 4_194_304

/** Images, videos and documents: an address to upload to, the bytes, and whether they are ready. */
export function assetRoutes(app: FastifyInstance, world: World, callers: Callers) {
  const { assets } = tables(world)
  const named = (operation: string) => ({ config: { simulated: { operation } } })
  const readyAt = () => new Date(world.now().getTime() + world.processingMs()).toISOString()

  app.post<{ Params: { kind: string }; Querystring: { action?: string } }>(
    '/rest/:kind(^images$|^videos$|^documents$)',
    named('upload'),
    async (request) => {
      const person = callers.versioned(request)
      const kind = request.params.kind.slice(0, -1) as AssetKind
      const body = request.body as Record<string, Record<string, unknown> | undefined>
      if (kind === 'video' && request.query.action === 'finalizeUpload') return finalize(body)
      if (request.query.action !== 'initializeUpload')
        throw bad('ILLEGAL_ARGUMENT', `There is no action ${request.query.action}`)
      const { owner, fileSizeBytes } = body.initializeUploadRequest ?? {}
      const urn = `urn:li:${kind}:${world.nextNumber('asset', 5_000_000)}`
      const asset = {
        urn,
        kind,
        owner: callers.mayActFor(person, String(owner), 'upload for this owner'),
        fileIds: [],
        readyAt: null,
        broken: false,
      }
      assets.put(urn, asset)
      return { value: invitation(request, urn, kind, Number(fileSizeBytes)) }
    },
  )

  function invitation(request: FastifyRequest, urn: string, kind: AssetKind, bytes: number) {
    const address = (part: number) =>
      world.ownUrl(request, `/upload/${kind}/${urn.split(':').at(-1)}/${part}`)
    const uploadUrlExpiresAt = world.now().getTime() + 86_400_000
    if (kind !== 'video') return { uploadUrl: address(0), [kind]: urn, uploadUrlExpiresAt }
    if (!(bytes > 0)) throw bad('MISSING_FIELD', 'initializeUploadRequest: fileSizeBytes is missing')
    const uploadInstructions = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, part) => ({
      uploadUrl: address(part),
      firstByte: part * partBytes,
      lastByte: Math.min((part + 1) * partBytes, bytes) - 1,
    }))
    return { video: urn, uploadToken: '', uploadInstructions, uploadUrlsExpireAt: uploadUrlExpiresAt }
  }

  function finalize(body: Record<string, Record<string, unknown> | undefined>) {
    const { video, uploadedPartIds } = body.finalizeUploadRequest ?? {}
    const asset = assets.get(String(video))
    if (!asset) throw bad('INVALID_URN_ID', `No such video: ${video}`)
    const parts = uploadedPartIds as string[]
    if (parts.length !== asset.fileIds.length || parts.some((id) => !asset.fileIds.includes(id)))
      throw bad('INVALID_PART_IDS', 'uploadedPartIds are not those of the uploaded parts')
    assets.put(asset.urn, { ...asset, fileIds: parts, readyAt: readyAt() })
    return {}
  }

  app.put<{ Params: { kind: string; id: string } }>(
    '/upload/:kind/:id/:part',
    named('put'),
    async (request, reply) => {
      const urn = `urn:li:${request.params.kind}:${request.params.id}`
      const asset = assets.get(urn)
      if (!asset) throw bad('EXPIRED_UPLOAD_URL', 'The upload address has expired')
      // The parts of a video carry their permission in their address, the others want the token again.
      if (asset.kind !== 'video') callers.person(request)
      const bytes = request.simulatedBody ?? Buffer.alloc(0)
      const file = await world.media.keep(bytes, { mimeType: mimeTypes[asset.kind] })
      if (asset.kind === 'video') assets.put(urn, { ...asset, fileIds: [...asset.fileIds, file.id] })
      else {
        const broken = asset.kind === 'document' && !isDocument(bytes)
        const at = asset.kind === 'image' ? world.now().toISOString() : readyAt()
        assets.put(urn, { ...asset, fileIds: [file.id], readyAt: at, broken })
      }
      return reply
        .code(asset.kind === 'video' ? 200 : 201)
        .header('etag', file.id)
        .send()
    },
  )

  app.get<{ Params: { kind: string; urn: string } }>(
    '/rest/:kind(^images$|^videos$|^documents$)/:urn',
    named('assets.get'),
    async (request) => {
      callers.versioned(request)
      const asset = assets.get(request.params.urn)
      if (!asset || `${asset.kind}s` !== request.params.kind) throw missing()
      const isReady = asset.readyAt !== null && asset.readyAt <= world.now().toISOString()
      const processed = asset.broken ? 'PROCESSING_FAILED' : 'AVAILABLE'
      const waiting = asset.readyAt === null ? 'WAITING_UPLOAD' : 'PROCESSING'
      return { id: asset.urn, owner: asset.owner, status: isReady ? processed : waiting }
    },
  )
}

const mimeTypes: Record<AssetKind, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  document: 'application/pdf',
}

/** PDF, or the zip that newer office documents are. */
const isDocument = (bytes: Buffer) => ['%PDF', 'PK\u0003\u0004'].includes(bytes.toString('latin1', 0, 4))
