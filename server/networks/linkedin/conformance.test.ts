import { describeConformance } from '../conformance.ts'
import { linkedin } from './index.ts'
import { openWorld, pageFacts, pagesOnly } from './test-world.ts'

describeConformance(linkedin, () => openWorld({ settings: { memberAnalytics: true } }), {
  where: 'its simulator, as a member with an ordinary app',
  lacks: {
    expireToken: 'only approved partners can renew access; for everyone else the end of it is the end',
  },
})

describeConformance(pagesOnly, () => openWorld(pageFacts), {
  where: 'its simulator, as a page with the app of a partner',
})
