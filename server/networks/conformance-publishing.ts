import { expect } from 'vitest'
import { checkDraft } from '../domain/check-draft.ts'
import { deliveryOf, draftOf, sampleImage, textOfExactly, uniqueText } from './conformance-samples.ts'
import type { Story } from './conformance-trial.ts'

/** More images than this in one post prove nothing new. */
const imagesTried = 4

export const publishingStories: Story[] = [
  {
    name: 'a post goes out once, as it was written',
    async run(trial) {
      const delivery = await trial.plainDelivery('Grüße aus Köln 👋🏽, “quoted” & <tagged>')
      expect(checkDraft(trial.network, delivery.draft, trial.limits)).toEqual([])
      const [written] = await trial.publish(delivery)
      const seen = await trial.seen(delivery.draft.text)
      expect(seen).toHaveLength(1)
      expect(seen[0]?.externalId).toBe(written?.externalId)
      if (written?.url) expect(() => new URL(String(written.url))).not.toThrow()
    },
  },
  {
    name: 'a text of exactly the most the network takes goes out, and one more is refused before anything is sent',
    async run(trial) {
      const { most, over } = textOfExactly(trial.network, trial.limits, uniqueText('Exactly'))
      const longest = await trial.deliveryOfText(most)
      expect(checkDraft(trial.network, longest.draft, trial.limits)).toEqual([])
      const tooLong = await trial.deliveryOfText(over)
      const [issue] = checkDraft(trial.network, tooLong.draft, trial.limits)
      expect(issue).toMatchObject({ path: 'text', network: trial.network.id })
      expect(issue?.rule).toMatch(/^text_too_/)
      expect(issue?.message).toContain(trial.network.name)
      expect(issue?.remedy).toBeTruthy()
      await trial.publish(longest)
      expect(await trial.seen(most)).toHaveLength(1)
    },
  },
  {
    name: 'images go out with their alternative texts, as many as the network takes and no more',
    appliesTo: (network) => network.limits.image !== null,
    async run(trial) {
      const countMax = Math.min(trial.limits.image?.countMax ?? 0, trial.limits.mediaMax)
      const images = async (count: number) =>
        Promise.all(
          Array.from({ length: count }, (_, index) => sampleImage(trial.limits, `picture-${index}`)),
        )
      const deliveryWith = async (count: number) =>
        deliveryOf(
          trial.limits,
          draftOf({ text: uniqueText('With pictures'), contentType: count > 1 ? 'carousel' : 'image' }),
          await images(count),
        )
      const many = await deliveryWith(countMax + 1)
      expect(checkDraft(trial.network, many.draft, trial.limits)[0]?.rule).toMatch(/^too_many_/)
      for (const count of new Set([1, Math.min(countMax, imagesTried)])) {
        const delivery = await deliveryWith(count)
        expect(checkDraft(trial.network, delivery.draft, trial.limits)).toEqual([])
        await trial.publish(delivery)
        const [seen] = await trial.seen(delivery.draft.text)
        expect(seen?.media).toBe(count)
        if (seen?.altTexts && trial.limits.altTextMax !== null)
          expect(seen.altTexts).toEqual(delivery.media.map((file) => file.altText))
      }
    },
  },
  {
    name: 'a video goes out',
    appliesTo: (network) => network.limits.video !== null,
    timeoutMs: 60_000,
    async run(trial) {
      const draft = draftOf({ text: uniqueText('With a video'), contentType: 'video' })
      const delivery = deliveryOf(trial.limits, draft, [await trial.video()])
      expect(checkDraft(trial.network, delivery.draft, trial.limits)).toEqual([])
      await trial.publish(delivery)
      expect(await trial.seen(draft.text)).toMatchObject([{ media: 1 }])
    },
  },
  {
    name: 'a text over the limit goes out as a thread, its parts in order, each answering the one before',
    appliesTo: (network) => network.limits.threads,
    async run(trial) {
      const words = Math.ceil((trial.limits.text.max * 2.4) / 8)
      const text = `${uniqueText('Thread')} ${Array.from({ length: words }, (_, index) => `word${String(index).padStart(3, '0')}`).join(' ')}`
      const delivery = await trial.deliveryOfText(text, { options: { thread: true } })
      expect(checkDraft(trial.network, delivery.draft, trial.limits)).toEqual([])
      const written = await trial.publish(delivery)
      expect(written.length).toBeGreaterThanOrEqual(3)
      const visible = await trial.world.visible(trial.account)
      const parts = written.map(({ externalId }) => visible.find((post) => post.externalId === externalId))
      expect(parts.map((part) => part?.text).join(' ')).toBe(text)
      const parents = parts.map((part) => part?.replyTo ?? null)
      expect(parents).toEqual([null, ...written.slice(0, -1).map(({ externalId }) => externalId)])
    },
  },
  {
    name: 'posts are counted, several at once',
    appliesTo: (network) => network.metrics !== undefined,
    async run(trial) {
      const [one] = await trial.publish(await trial.plainDelivery('To be counted'))
      const [other] = await trial.publish(await trial.plainDelivery('To be counted too'))
      if (!one || !other) throw new Error('Nothing was published')
      const both = [one, other].map(({ externalId, url, data }) => ({ externalId, url, data }))
      const counted = await trial.network.metrics?.(trial.context(), both)
      trial.hear(counted)
      if (counted?.outcome !== 'done') throw new Error(`Not counted: ${JSON.stringify(counted)}`)
      for (const { externalId, raw, ...counts } of counted.value) {
        expect(both.map((post) => post.externalId)).toContain(externalId)
        expect(Object.keys(counts).length).toBeGreaterThan(0)
        for (const count of Object.values(counts)) expect(count).toBeGreaterThanOrEqual(0)
      }
    },
  },
  {
    name: 'a like is counted',
    appliesTo: (network) => network.metrics !== undefined,
    needs: 'like',
    async run(trial) {
      const [liked] = await trial.publish(await trial.plainDelivery('To be liked'))
      if (!liked) throw new Error('Nothing was published')
      await trial.world.like?.(trial.account, liked.externalId)
      const counted = await trial.network.metrics?.(trial.context(), [liked])
      expect(counted).toMatchObject({ outcome: 'done', value: [{ externalId: liked.externalId, likes: 1 }] })
    },
  },
  {
    name: "the account's own numbers are counted",
    appliesTo: (network) => network.accountMetrics !== undefined,
    async run(trial) {
      const counted = await trial.network.accountMetrics?.(trial.context())
      trial.hear(counted)
      expect(counted).toMatchObject({ outcome: 'done' })
    },
  },
  {
    name: 'a post that is removed is gone, and removing it again is no error',
    appliesTo: (network) => network.remove !== undefined,
    async run(trial) {
      const delivery = await trial.plainDelivery('To be removed')
      const [written] = await trial.publish(delivery)
      if (!written) throw new Error('Nothing was published')
      for (let time = 1; time <= 2; time++) {
        const removed = await trial.network.remove?.(trial.context(), written)
        trial.hear(removed)
        expect(removed).toEqual({ outcome: 'done', value: null })
        expect(await trial.seen(delivery.draft.text)).toEqual([])
      }
    },
  },
]
