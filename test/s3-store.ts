/** A media store on an S3 server in this process: s3rver, which checks no signatures, and what it lacks. */
import { mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { s3MediaStore } from '../server/storage/s3-media-store.ts'

export type S3Store = Awaited<ReturnType<typeof openS3>>

export async function openS3({ directUploads = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-s3-'))
  const unfinished = join(folder, 'media', '._S3rver_uploads')
  const server = withUnfinishedUploads(
    new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'media', configs: [] }],
    }),
    unfinished,
  )
  const { port } = await server.run()
  const endpoint = `http://127.0.0.1:${port}`
  const store = await s3MediaStore({
    endpoint,
    region: 'us-east-1',
    bucket: 'media',
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    pathStyle: true,
    directUploads,
  })
  return {
    store,
    endpoint,
    /** Ids of uploads in parts that are neither complete nor aborted: the store bills them, and no list of objects shows them. */
    unfinished: () => readdir(unfinished).catch(() => [] as string[]),
    /** Begins an upload in parts, as a process does that is killed before its end. */
    async leaveUnfinished(key: string, begunAt: Date) {
      const answer = await fetch(`${endpoint}/media/${key}?uploads`, { method: 'POST' })
      const [, id = ''] = /<UploadId>(.*?)<\/UploadId>/.exec(await answer.text()) ?? []
      await utimes(join(unfinished, id, 'key'), begunAt, begunAt)
    },
    async close() {
      store.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface KoaContext {
  method: string
  query: Record<string, string | undefined>
  status: number
  type: string
  body: unknown
}

/** Adds ListMultipartUploads and AbortMultipartUpload, which s3rver has not. It is a Koa application. */
function withUnfinishedUploads(server: S3rver, folder: string): S3rver {
  const { middleware } = server as unknown as {
    middleware: ((ctx: KoaContext, next: () => Promise<void>) => Promise<void>)[]
  }
  middleware.unshift(async (ctx, next) => {
    if (ctx.method === 'DELETE' && ctx.query.uploadId !== undefined) {
      await rm(join(folder, ctx.query.uploadId), { recursive: true, force: true })
      ctx.status = 204
    } else if (ctx.method === 'GET' && ctx.query.uploads !== undefined) {
      ctx.type = 'application/xml'
      ctx.body = await listOf(folder, ctx.query.prefix ?? '')
    } else await next()
  })
  return server
}

async function listOf(folder: string, prefix: string): Promise<string> {
  const ids = await readdir(folder).catch(() => [] as string[])
  const uploads = await Promise.all(
    ids.map(async (id) => {
      const file = join(folder, id, 'key')
      const begun = (await stat(file)).mtime.toISOString()
      const key = await readFile(file, 'utf8')
      if (!key.startsWith(prefix)) return ''
      return `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${begun}</Initiated></Upload>`
    }),
  )
  return `<?xml version="1.0"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`
}
