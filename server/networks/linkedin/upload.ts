import { asString, at } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { awaitAvailable } from './processing.ts'
import { authorized } from './session.ts'
import { action, failed, put, valueIn } from './upload-requests.ts'
import { uploadVideo } from './video.ts'

/** Uploads one file as the account's own; answers its URN. */
export async function uploadMedia(ctx: PublishContext, file: MediaFile, index: number): Promise<string> {
  switch (file.kind) {
    case 'image':
      return await ctx.step(`image ${index}`, () => uploadWhole(ctx, file, 'image'))
    case 'video': {
      const urn = await ctx.step(`video ${index}`, () => uploadVideo(ctx, file))
      await ctx.step(`processed ${index}`, () =>
        awaitAvailable(ctx, file, `videos/${encodeURIComponent(urn)}`),
      )
      return urn
    }
    case 'document': {
      const urn = await ctx.step(`document ${index}`, () => uploadWhole(ctx, file, 'document'))
      await ctx.step(`processed ${index}`, () =>
        awaitAvailable(ctx, file, `documents/${encodeURIComponent(urn)}`),
      )
      return urn
    }
  }
}

/** Images and documents go up in one request, at an address that wants the token again. */
async function uploadWhole(
  ctx: PublishContext,
  file: MediaFile,
  kind: 'image' | 'document',
): Promise<string> {
  const started = await authorized(ctx, () =>
    action(ctx, `${kind}s`, 'initializeUpload', {
      initializeUploadRequest: { owner: ctx.account.externalId },
    }),
  )
  const value = valueIn(started)
  const [url, urn] = [asString(at(value, 'uploadUrl')), asString(at(value, kind))]
  if (!url || !urn) throw failed(ctx, started, file)
  const sent = await authorized(ctx, async () => put(ctx, url, await file.stream(), file.bytes))
  if (sent.kind !== 'answer' || !sent.ok) throw failed(ctx, sent, file)
  return urn
}
