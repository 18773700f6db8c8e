/**
 * The world of stories about media: a server whose media are in a folder of their own for each story. Importing this
 * file sets it up for the importing test file.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { localMediaStore } from '../server/storage/local-media-store.ts'
import { type Caller, testApp } from './app.ts'

export let world: Awaited<ReturnType<typeof testApp>>
export let owner: Caller
export let folder: string
export let png: Buffer
export let jpeg: Buffer

beforeAll(async () => {
  world = await testApp()
  owner = world.owner
  png = await picture().png().toBuffer()
  jpeg = await picture().jpeg().withMetadata({ orientation: 6 }).toBuffer()
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
  folder = await mkdtemp(join(tmpdir(), 'fanfare-media-'))
  world.ctx.media = localMediaStore(folder)
})

export const picture = () => sharp({ create: { width: 300, height: 200, channels: 3, background: 'teal' } })
export const mediaOf = (brandId: string) => `/api/v1/brands/${brandId}/media`

export interface Upload {
  id: string
  uploadUrl: string
  headers: Record<string, string>
}

export async function begin(body: object, caller = owner): Promise<Upload> {
  const answer = await caller('POST', mediaOf(caller.brandId), body)
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

export const send = (upload: Upload, bytes: Buffer, headers = upload.headers) =>
  world.app.inject({ method: 'PUT', url: new URL(upload.uploadUrl).pathname, headers, payload: bytes })

export const complete = (id: string, body?: object) => owner('POST', `/api/v1/media/${id}/complete`, body)

/** All three steps. */
export async function uploaded(bytes: Buffer, mimeType: string, filename = 'file', more: object = {}) {
  const upload = await begin({ filename, mimeType, size: bytes.length, ...more })
  expect((await send(upload, bytes)).statusCode).toBe(200)
  const answer = await complete(upload.id)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

/** Every file below the media folder. */
export async function onDisk(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

export const fetchFile = (
  url: string,
  headers: Record<string, string> = {},
  method: 'GET' | 'HEAD' = 'GET',
) => {
  const { pathname, search } = new URL(url)
  return world.app.inject({ method, url: pathname + search, headers })
}

/** 320 by 180, two seconds, its index at the end. */
export const clip = () => readFile(join(import.meta.dirname, 'media/clip.mp4'))
