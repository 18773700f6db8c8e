import { expect, test } from 'vitest'
import { begin, fetchFile, onDisk, owner, png, send, uploaded, world } from '../../test/media-world.ts'
import { cleanUp } from './clean-up.ts'

test('clean-up takes what was never finished and bytes nobody knows, and no ready file however old', async () => {
  await world.ctx.db.deleteFrom('postMedia').execute()
  await world.ctx.db.deleteFrom('media').execute()
  const ready = await uploaded(png, 'image/png')
  await fetchFile(ready.thumbnailUrl)
  const begun = await begin({ filename: 'a.png', mimeType: 'image/png', size: png.length })
  await send(begun, png)
  const { ctx } = world
  const stray = ctx.newId()
  for (const key of [
    `media/${stray}/abcd`,
    `thumbnails/${stray}.webp`,
    `uploads/${stray}`,
    'partial/left-over',
  ])
    await ctx.media.write(key, ReadableStream.from([png]), png.length)
  expect(await cleanUp(ctx)).toEqual({ uploads: 0, strays: 0 })
  expect(await onDisk()).toHaveLength(7)

  world.clock.advance(25 * 3_600_000)
  expect(await cleanUp(ctx)).toEqual({ uploads: 1, strays: 4 })
  expect(await onDisk()).toHaveLength(2)
  expect((await owner('GET', `/api/v1/media/${begun.id}`)).statusCode).toBe(404)
  expect((await owner('GET', `/api/v1/media/${ready.id}`)).json().status).toBe('ready')
})
