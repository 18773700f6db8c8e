import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchMedia } from './fetch-media.ts'
import { createHttp } from './http.ts'

/** A web server that answers by path; the policy allows it by its port alone. */
const answers: Record<string, (response: ServerResponse) => void> = {
  '/missing.png': (response) => response.writeHead(404).end(),
  '/busy.png': (response) => response.writeHead(503).end(),
  '/page.png': (response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end('<html>No picture</html>'),
  '/inward': (response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
}
const server = createServer((request, response) => {
  answers[request.url ?? '']?.(response)
})
let base: string
let http: ReturnType<typeof createHttp>

beforeAll(async () => {
  const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  answers['/photo%20one.bin'] = (response) =>
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(png)
  answers['/moved'] = (response) => response.writeHead(301, { location: '/photo%20one.bin' }).end()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  http = createHttp({ allowPrivate: false, trustedOrigins: [base] })
})
afterAll(async () => {
  await http.close()
  server.close()
})

test('a picture is known by its bytes, over a redirect, whatever its server calls it', async () => {
  expect(await fetchMedia(http, `${base}/moved`)).toMatchObject({
    outcome: 'fetched',
    facts: { mimeType: 'image/png', kind: 'image', width: 30, height: 20 },
  })
})

test('no way of writing a private address gets past, neither in the address itself nor in a redirect', async () => {
  const inward = [
    'http://localhost/x.png',
    'http://2130706433/x.png',
    'http://0x7f.1/x.png',
    'http://0.0.0.0/x.png',
    'http://10.0.0.1/x.png',
    'http://[::ffff:127.0.0.1]/x.png',
    'http://[fd00::1]/x.png',
    'http://[fe80::1]/x.png',
    'http://100.64.0.1/x.png',
    'file:///etc/passwd',
  ]
  for (const [index, address] of inward.entries()) {
    const path = `/redirect-${index}`
    answers[path] = (response) => response.writeHead(307, { location: address }).end()
    for (const url of [address, `${base}${path}`]) {
      const fetched = await fetchMedia(http, url)
      expect([url, fetched.outcome === 'failed' && fetched.failure.rule]).toEqual([url, 'media_url_blocked'])
    }
  }
})

test('redirects that lead in a circle come to an end', async () => {
  answers['/round'] = (response) => response.writeHead(302, { location: '/round' }).end()
  expect(await fetchMedia(http, `${base}/round`)).toMatchObject({ outcome: 'failed' })
})

test('what cannot be had is told apart: gone for good, away for now, not a picture, not allowed, too large', async () => {
  const failureOf = async (path: string, options = {}) => {
    const fetched = await fetchMedia(http, path.startsWith('http') ? path : `${base}${path}`, options)
    if (fetched.outcome !== 'failed') throw new Error(`${path} was fetched`)
    return [fetched.failure.class, fetched.failure.rule]
  }
  expect(await failureOf('/missing.png')).toEqual(['permanent', 'media_url_unavailable'])
  expect(await failureOf('/busy.png')).toEqual(['transient', 'media_url_unavailable'])
  expect(await failureOf('/page.png')).toEqual(['permanent', 'media_url_unusable'])
  expect(await failureOf('/inward')).toEqual(['permanent', 'media_url_blocked'])
  expect(await failureOf('http://127.0.0.1:9/x.png')).toEqual(['permanent', 'media_url_blocked'])
  expect(await failureOf('http://[::1]/x.png')).toEqual(['permanent', 'media_url_blocked'])
  expect(await failureOf('/photo%20one.bin', { bytesMax: 20 })).toEqual(['permanent', 'media_url_unusable'])
})
