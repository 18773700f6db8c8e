import { threadParts } from '../../domain/split-thread.ts'
import { asId, graphError, graphFailure, graphObject, sendGraph } from '../graph-api.ts'
import { PrepareFailed, readyContainer } from '../graph-containers.ts'
import { quotaFailure } from '../graph-quota.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  MediaFile,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import {
  answerStep,
  containers,
  permalinkOf,
  type ThreadsPayload,
  threadsGraph,
  tokenOf,
  version,
} from './api.ts'
import { optionsOf } from './options.ts'

/** Making an answer's container, waiting for it and publishing it, together. */
export const writeTimeoutMs = 60_000
const publishTimeoutMs = 30_000
/** A container of text is ready within a second or two; the publishing request must still fit behind it. */
const answerWaitMs = 15_000

/** Makes and fills the container of the first post: nothing of it is visible. */
export async function prepare(ctx: PublishContext, delivery: DeliveryInput): Promise<Prepared> {
  try {
    const token = await tokenOf(ctx)
    const full = await quotaFailure(ctx, threadsGraph, token, `${version}/me/threads_publishing_limit`)
    if (full) return { outcome: 'failed', failure: full }
    const children =
      delivery.media.length > 1
        ? await Promise.all(delivery.media.map((file, index) => carouselItem(ctx, token, file, index)))
        : []
    const containerId = await readyContainer(ctx, containers, token, {
      name: 'post',
      path: `${version}/me/threads`,
      form: () => firstForm(delivery, children),
    })
    return { outcome: 'ready', prepared: { containerId } }
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'failed', failure: error.failure }
    throw error
  }
}

const carouselItem = (ctx: PublishContext, token: string, file: MediaFile, index: number) =>
  readyContainer(ctx, containers, token, {
    name: `file ${index + 1}`,
    path: `${version}/me/threads`,
    form: () => ({ ...mediaForm(file), is_carousel_item: 'true' }),
  })

function firstForm({ draft, media, limits }: DeliveryInput, children: string[]): Record<string, string> {
  const options = optionsOf(draft)
  const [text = ''] = threadParts(draft, limits)
  const [file] = media
  return {
    ...(children.length > 0
      ? { media_type: 'CAROUSEL', children: children.join(',') }
      : file
        ? mediaForm(file)
        : { media_type: 'TEXT' }),
    ...(text !== '' && { text }),
    ...(options.replyControl && { reply_control: options.replyControl }),
    ...(options.topicTag && { topic_tag: options.topicTag }),
    ...(options.quotePostId && { quote_post_id: options.quotePostId }),
    ...(options.replyTo && { reply_to_id: options.replyTo }),
    ...(options.linkAttachment && { link_attachment: options.linkAttachment }),
    ...(options.poll && { poll_attachment: JSON.stringify(pollOf(options.poll)) }),
    ...(options.spoiler && file && { is_spoiler_media: 'true' }),
  }
}

const mediaForm = (file: MediaFile): Record<string, string> => ({
  ...(file.kind === 'video'
    ? { media_type: 'VIDEO', video_url: file.publicUrl() }
    : { media_type: 'IMAGE', image_url: file.publicUrl() }),
  ...(file.altText && { alt_text: file.altText }),
})

const pollOf = (answers: string[]) =>
  Object.fromEntries(answers.map((answer, index) => [`option_${'abcd'[index]}`, answer]))

/** The post, the further parts of a thread as answers to one another, and the first comment as an answer to the last. */
export function plan({ draft, limits }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { containerId } = prepared as { containerId: string }
  const options = optionsOf(draft)
  const parts = threadParts(draft, limits)
  const write = (kind: Write['kind'], text: string, container: string | null): Write => ({
    kind,
    key: container ?? keys.uuid(),
    payload: {
      text,
      containerId: container,
      replyControl: options.replyControl ?? null,
    } satisfies ThreadsPayload,
  })
  return [
    write('post', parts[0] ?? '', containerId),
    ...parts.slice(1).map((text) => write('reply', text, null)),
    ...(options.firstComment ? [write('comment', options.firstComment, null)] : []),
  ]
}

// ---------------------------------------------------------------- sending

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const payload = write.payload as ThreadsPayload
  const token = await tokenOf(ctx)
  let containerId = payload.containerId
  try {
    containerId ??= await answerContainer(ctx, token, write, done)
  } catch (error) {
    if (error instanceof PrepareFailed) return { outcome: 'rejected', failure: error.failure }
    throw error
  }
  const answer = await sendGraph(ctx, token, {
    method: 'POST',
    path: `${version}/me/threads_publish`,
    form: { creation_id: containerId },
    timeoutMs: publishTimeoutMs,
  })
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  const id = asId(graphObject(answer)?.id)
  if (id) return { outcome: 'accepted', externalId: id, url: await permalinkOf(ctx, token, id) }
  // "Publishing does not return a media id" (docs/threads/troubleshooting): then the container knows.
  if (answer.kind === 'answer' && (!graphError(answer) || answer.status >= 500))
    return {
      outcome: 'unknown',
      why: `Threads answered ${answer.status} without saying whether it published`,
    }
  return { outcome: 'rejected', failure: graphFailure(threadsGraph, answer, 'publish the post') }
}

/** An answer names the post before it, which has its id only now. Nothing of a container is visible. */
function answerContainer(ctx: PublishContext, token: string, write: Write, done: Written[]): Promise<string> {
  const { text, replyControl } = write.payload as ThreadsPayload
  const answered = done.at(-1)?.externalId
  if (!answered) throw new Error('An answer needs the post before it')
  return readyContainer(ctx, containers, token, {
    name: answerStep(write),
    path: `${version}/me/threads`,
    waitMs: answerWaitMs,
    form: () => ({
      media_type: 'TEXT',
      text,
      reply_to_id: answered,
      ...(replyControl && { reply_control: replyControl }),
    }),
  })
}
