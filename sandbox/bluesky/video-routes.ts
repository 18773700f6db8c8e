import type { FastifyInstance } from 'fastify'
import { send } from '../answer.ts'
import type { World } from '../simulator.ts'
import { invalidRequest, refuse } from './refusals.ts'
import { keepBlob } from './repo-routes.ts'
import { tables, type VideoJob } from './state.ts'
import type { Tokens } from './tokens.ts'

const videoBytesMax = 300_000_000
const dailyVideos = 25
const dailyBytes = 10_000_000_000

/** The video service: takes a video with an account's word, works on it for a while, and puts it on its server. */
export function videoRoutes(app: FastifyInstance, world: World, tokens: Tokens) {
  const { jobs, blobs } = tables(world)
  const named = (operation: string) => ({ config: { simulated: { operation } } })

  function statusOf(job: VideoJob) {
    const { jobId, did } = job
    const left = Date.parse(job.readyAt) - world.now().getTime()
    if (left > 0) {
      const progress = Math.max(0, 100 - Math.round((100 * left) / Math.max(world.processingMs(), 1)))
      return { jobId, did, state: 'JOB_STATE_ENCODING', progress }
    }
    const blob = blobs.get(job.cid)
    return {
      jobId,
      did,
      state: 'JOB_STATE_COMPLETED',
      blob: {
        $type: 'blob',
        ref: { $link: job.cid },
        mimeType: blob?.mimeType ?? 'video/mp4',
        size: blob?.size ?? 0,
      },
    }
  }

  app.get('/video/xrpc/app.bsky.video.getUploadLimits', named('getUploadLimits'), async (request) => {
    tokens.spokenFor(request, 'app.bsky.video.getUploadLimits')
    return { canUpload: true, remainingDailyVideos: dailyVideos, remainingDailyBytes: dailyBytes }
  })

  app.post('/video/xrpc/app.bsky.video.uploadVideo', named('uploadVideo'), async (request, reply) => {
    const did = tokens.spokenFor(request, 'com.atproto.repo.uploadBlob')
    const bytes = request.simulatedBody ?? Buffer.alloc(0)
    if (bytes.length === 0) throw invalidRequest('No video in the request')
    if (bytes.length > videoBytesMax) throw refuse(413, 'PayloadTooLarge', 'request entity too large')
    const blob = await keepBlob(world, bytes, 'video/mp4')
    const known = jobs.all().find((job) => job.did === did && job.cid === blob.ref.$link)
    if (known)
      return send(reply, {
        status: 409,
        body: { ...statusOf(known), error: 'already_exists', message: 'Video already processed' },
      })
    const jobId = world.randomHex(10)
    const readyAt = new Date(world.now().getTime() + world.processingMs()).toISOString()
    jobs.put(jobId, { jobId, did, cid: blob.ref.$link, readyAt })
    // The real service answers the job itself, against its own description (docs.bsky.app/docs/tutorials/video).
    return { jobId, did, state: 'JOB_STATE_CREATED' }
  })

  app.get('/video/xrpc/app.bsky.video.getJobStatus', named('getJobStatus'), async (request) => {
    const { jobId = '' } = request.query as { jobId?: string }
    const job = jobs.get(jobId)
    if (!job) throw invalidRequest('Job not found')
    return { jobStatus: statusOf(job) }
  })
}
