import { expect, test } from 'vitest'
import type { SimulatedWorld } from '../../../test/simulated-world.ts'
import {
  linkedinAllowances,
  linkedinDescription,
} from '../../../test/spec-validation/linkedin-description.ts'
import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
import { specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
import { deliveryOf, draftOf, sampleImage, sampleVideo } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { SampleFile } from '../conformance-world.ts'
import type { Network, Written } from '../network.ts'
import { linkedin } from './index.ts'
import { openWorld, pageFacts, pagesOnly } from './test-world.ts'

const slides: SampleFile = {
  mimeType: 'application/pdf',
  filename: 'slides.pdf',
  bytes: Buffer.from('%PDF-1.7\n%%EOF'),
  width: null as never,
  height: null as never,
  durationMs: null,
}

test("everything that a page and a member say to LinkedIn, and hear, is as LinkedIn's workspaces describe it", async (context) => {
  const description = linkedinDescription()
  if (!description) return context.skip(specIsAbsent)
  const ofPage = await everything(pagesOnly, pageFacts)
  const ofMember = await everything(linkedin, { settings: { memberAnalytics: true } })
  const exchanges = await observedExchanges([...ofPage, ...ofMember])
  const validator = openApiValidator(description, {
    mount: observedMount('linkedin'),
    allow: linkedinAllowances,
  })
  expect(validator.check(exchanges)).toEqual([])
  // A network that said nothing would have passed too.
  expect(exchanges.length).toBeGreaterThan(60)
}, 60_000)

async function everything(network: Network, facts: Parameters<typeof openWorld>[0]) {
  let world: SimulatedWorld | undefined
  const trial = new Trial(network, async () => {
    world = await openWorld(facts)
    return world
  })
  await trial.open()
  try {
    const { limits } = trial
    const picture = () => sampleImage(limits)
    const link = 'https://example.com/bread'
    const drafts: [Parameters<typeof draftOf>[0], SampleFile[]][] = [
      [
        { text: 'Words #only (and signs)', options: { firstComment: 'And more', visibility: 'LOGGED_IN' } },
        [],
      ],
      [{ text: 'A picture', contentType: 'image' }, [await picture()]],
      [{ text: 'Pictures', contentType: 'carousel' }, [await picture(), await picture()]],
      [{ text: 'A film', contentType: 'video', title: 'Bread' }, [sampleVideo()]],
      [{ text: 'Slides', contentType: 'carousel', title: 'Bread' }, [slides]],
      [{ text: 'A card', contentType: 'link', link, options: { linkDescription: 'Fresh' } }, []],
    ]
    const posts: Written[] = []
    for (const [draft, files] of drafts) {
      const delivery = deliveryOf(limits, draftOf(draft), files)
      const writes = await trial.ready(delivery)
      const done: Written[] = []
      for (const write of writes) {
        done.push(await trial.accept(write, done))
        await trial.lookup(write, done)
      }
      posts.push(done[0] as Written)
    }
    const broken = await trial.ready(await trial.plainDelivery('Refused'))
    for (const fault of ['rejected', 'rate_limited', 'error_before'] as const)
      await trial.commitBroken(broken[0] as never, fault)
    await network.metrics?.(trial.context(), posts)
    await network.accountMetrics?.(trial.context())
    await world?.expireToken?.(trial.account)
    await network.probe(trial.context())
    for (const post of posts) await network.remove?.(trial.context(), post)
    await network.connect.revoke?.(trial.context())
    await network.probe(trial.context())
    return world?.exchanges ?? []
  } finally {
    await trial.close()
  }
}
