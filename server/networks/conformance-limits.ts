import { expect } from 'vitest'
import { checkDraft } from '../domain/check-draft.ts'
import type { Draft, MediaFacts } from '../domain/draft.ts'
import { deliveryOf, draftOf, uniqueText } from './conformance-samples.ts'
import type { Story, Trial } from './conformance-trial.ts'
import type { DeliveryInput } from './network.ts'

/**
 * The edges that can be tried without sending: exactly the most passes, one more is refused, and no request is made. Bytes
 * of images are no edge here, since the engine makes them smaller.
 */
export const limitStories: Story[] = [
  {
    name: 'a video of exactly the most bytes may go out, and one byte more is refused before anything is sent',
    appliesTo: (network) => network.limits.video !== null,
    async run(trial) {
      const { bytesMax = 0 } = trial.limits.video ?? {}
      const delivery = deliveryOf(trial.limits, draftOf({ text: uniqueText('Film'), contentType: 'video' }), [
        await trial.video(),
      ])
      expectEdge(trial, delivery, (file, over) => ({ ...file, bytes: bytesMax + over }), 'media_too_large')
    },
  },
  {
    name: 'a document of exactly the most bytes may go out, and one byte more is refused before anything is sent',
    appliesTo: (network) => network.limits.document !== null,
    async run(trial) {
      const { bytesMax = 0 } = trial.limits.document ?? {}
      const pdf = {
        mimeType: 'application/pdf',
        filename: 'slides.pdf',
        bytes: Buffer.from('%PDF-1.7'),
        width: 0,
        height: 0,
        durationMs: null,
      }
      const draft = draftOf({ text: uniqueText('Slides'), contentType: 'carousel' })
      const delivery = deliveryOf(trial.limits, draft, [pdf])
      expectEdge(trial, delivery, (file, over) => ({ ...file, bytes: bytesMax + over }), 'media_too_large')
    },
  },
  {
    name: 'an alternative text of exactly the most may go out, and one more is refused before anything is sent',
    appliesTo: ({ limits }) => limits.altTextMax !== null && limits.image !== null,
    async run(trial) {
      const most = trial.limits.altTextMax ?? 0
      const image = {
        mimeType: 'image/jpeg',
        filename: 'picture.jpg',
        bytes: Buffer.alloc(1000),
        width: 480,
        height: 480,
        durationMs: null,
      }
      const draft = draftOf({ text: uniqueText('Seen'), contentType: 'image' })
      const delivery = deliveryOf(trial.limits, draft, [image])
      const withAlt = (file: MediaFacts, over: number) => ({ ...file, altText: 'a'.repeat(most + over) })
      expectEdge(trial, delivery, withAlt, 'alt_text_too_long')
    },
  },
]

function expectEdge(
  trial: Trial,
  { draft }: DeliveryInput,
  file: (file: MediaFacts, over: number) => MediaFacts,
  rule: string,
) {
  const requests = trial.http.sent.length
  const issues = (over: number) => {
    const changed: Draft = { ...draft, media: draft.media.map((one) => file(one, over)) }
    return checkDraft(trial.network, changed, trial.limits)
  }
  expect(issues(0)).toEqual([])
  const [issue] = issues(1)
  expect(issue?.rule).toBe(rule)
  expect(issue?.message).toContain(trial.network.name)
  expect(issue?.remedy).toBeTruthy()
  expect(trial.http.sent.length).toBe(requests)
}
