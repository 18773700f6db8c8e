/** Against a real WordPress, where it is installed (test/peers). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ProxyFault, startFaultProxy } from '../../../test/fault-proxy.ts'
import {
  startWordPress,
  type WordPress,
  type WordPressUser,
  wordpressMissing,
} from '../../../test/peers/wordpress.ts'
import {
  describeConformance,
  rateLimitSeconds,
  type Seen,
  type World,
  type WriteFault,
} from '../conformance.ts'
import { deliveryOf, draftOf, sampleImage, uniqueText } from '../conformance-samples.ts'
import { Trial } from '../conformance-trial.ts'
import type { Written } from '../network.ts'
import { connect } from './connect.ts'
import { wordpress } from './index.ts'
import type { WordPressSecret } from './request.ts'

if (wordpressMissing) console.warn(`WordPress is not tried against a real one: ${wordpressMissing}`)

describe.skipIf(wordpressMissing)('a real WordPress', () => {
  let site: WordPress
  /** Sees everything, whatever became of the accounts. */
  let editor: WordPressUser
  beforeAll(async () => {
    site = await startWordPress()
    editor = await site.createUser('administrator')
  })
  afterAll(() => site?.close())
  const open = () => openWorld(site, editor)

  describeConformance(wordpress, open, {
    where: 'a real WordPress',
    lacks: {
      expireToken: 'application passwords never run out',
      like: 'WordPress counts comments and no likes',
    },
  })

  describe('what a real one shows', () => {
    const trial = new Trial(wordpress, open)
    beforeAll(() => trial.open())
    afterAll(() => trial.close())
    const publish = async (changes: Parameters<typeof draftOf>[0]) => {
      const [written] = await trial.publish(deliveryOf(trial.limits, draftOf(changes)))
      return written as Written
    }

    test('readers find the post, with the words, the link and the picture', async () => {
      const text = `${uniqueText('Fresh')} & <warm> "bread": https://example.com/a?b=1&c=2.\n\nSecond`
      const [written] = await trial.publish(
        deliveryOf(trial.limits, draftOf({ title: 'Bread & butter', text, contentType: 'image' }), [
          await sampleImage(trial.limits),
        ]),
      )
      const answer = await fetch(`${site.url}/?rest_route=/wp/v2/posts/${written?.externalId}`)
      const { title, content, link } = (await answer.json()) as Shown
      expect(new URL(link).search).toBe(new URL(String(written?.url)).search)
      expect(title.rendered).toMatch(/^Bread &(amp|#038); butter$/)
      expect(content.rendered).toMatch(/<a href="https:\/\/example\.com\/a\?b=1&(amp|#038);c=2">/)
      expect(content.rendered).toContain('&lt;warm&gt;')
      expect(content.rendered).toMatch(/<img[^>]+alt="What picture.jpg shows"/)
    })

    test('a draft and a private post are found by their slug, though readers do not see them', async () => {
      for (const status of ['draft', 'private']) {
        const text = uniqueText(status)
        const [write] = await trial.ready(
          deliveryOf(trial.limits, draftOf({ text, title: status, options: { status } })),
        )
        await trial.world.breakNextWrite('cut_after')
        expect(await trial.commit(write as never)).toMatchObject({ outcome: 'unknown' })
        expect(await trial.lookup(write as never)).toMatchObject({ outcome: 'published' })
      }
    })

    test('the same slug twice is two posts, which is why nothing is sent twice', async () => {
      const text = uniqueText('Twice')
      const [write] = await trial.ready(deliveryOf(trial.limits, draftOf({ text })))
      await trial.accept(write as never)
      await trial.accept(write as never)
      expect(await trial.seen(text)).toHaveLength(2)
    })

    test('a deleted post waits in the bin; deleting it again is no trouble', async () => {
      const written = await publish({ text: uniqueText('To go') })
      const published = { externalId: written.externalId, url: written.url, data: null }
      for (const _ of [1, 2])
        expect(await wordpress.remove?.(trial.context(), published)).toMatchObject({ outcome: 'done' })
      const answer = await ask(site, editor, `/wp/v2/posts/${written.externalId}`, 'context=edit')
      expect(await answer.json()).toMatchObject({ status: 'trash' })
    })

    test('comments and posts are counted', async () => {
      const { externalId, url } = await publish({ text: uniqueText('Talk') })
      const counts = () => wordpress.metrics?.(trial.context(), [{ externalId, url, data: null }])
      expect(await counts()).toMatchObject({ value: [{ externalId, comments: 0 }] })
      const said = await ask(site, editor, '/wp/v2/comments', '', {
        post: Number(externalId),
        content: 'Lovely',
      })
      expect(said.status).toBe(201)
      expect(await counts()).toMatchObject({ value: [{ externalId, comments: 1 }] })
      const posts = await wordpress.accountMetrics?.(trial.context())
      expect(posts).toMatchObject({ outcome: 'done', value: { posts: expect.any(Number) } })
    })

    test('a user who may write but not publish is told so at once', async () => {
      const { applicationPassword, username } = await site.createUser('contributor')
      const ctx = { ...trial.context(), settings: {} }
      const opened = await connect.open(ctx, { siteUrl: site.url, username, applicationPassword })
      expect(opened).toMatchObject({ outcome: 'failed', failure: { rule: 'wordpress.rights_missing' } })
    })
  })
})

interface Shown {
  title: { rendered: string }
  content: { rendered: string }
  link: string
}

async function ask(site: WordPress, user: WordPressUser, route: string, query = '', json?: object) {
  const { username, applicationPassword } = user
  const credential = Buffer.from(`${username}:${applicationPassword}`).toString('base64')
  return await fetch(`${site.url}/?rest_route=${route}&${query}`, {
    method: json ? 'POST' : 'GET',
    headers: { authorization: `Basic ${credential}`, 'content-type': 'application/json' },
    body: json && JSON.stringify(json),
  })
}

async function openWorld(site: WordPress, editor: WordPressUser): Promise<World> {
  const proxy = await startFaultProxy(site.url)
  return {
    origin: () => proxy.url,
    settings: { siteUrl: proxy.url },
    app: null,
    person: {
      kind: 'credentials',
      credentials: async () => ({ siteUrl: proxy.url, ...(await site.createUser()) }),
      wrongCredentials: async () => ({ siteUrl: proxy.url, username: 'admin', applicationPassword: 'wrong' }),
    },
    async visible(account) {
      const answer = await ask(
        site,
        editor,
        '/wp/v2/posts',
        `context=edit&status=any&per_page=100&author=${account.externalId.split('@')[0]}`,
      )
      return ((await answer.json()) as Kept[]).toReversed().map(seenOf)
    },
    async breakNextWrite(fault) {
      proxy.breakNext(
        proxyFault(fault),
        ({ method, path }) =>
          method === 'POST' && decodeURIComponent(path).includes('rest_route=/wp/v2/posts'),
      )
    },
    revokeAccess: ({ secret }) => site.revokePasswords((secret as unknown as WordPressSecret).username),
    close: () => proxy.close(),
  }
}

interface Kept {
  id: number
  content: { raw: string }
}

const seenOf = ({ id, content: { raw } }: Kept): Seen => ({
  externalId: String(id),
  text: plain(raw),
  media: [...raw.matchAll(/<(?:img|video)\b/g)].length,
  altTexts: [...raw.matchAll(/<img[^>]*\balt="([^"]*)"/g)].map(([, alt]) => plain(alt ?? '')),
  replyTo: null,
})

/** The words of the blocks, as a reader has them. */
const plain = (html: string) =>
  html
    .replaceAll(/<!--.*?-->|<figure.*?<\/figure>/gs, '')
    .replaceAll(/<br\s*\/?>/g, '\n')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .trim()

function proxyFault(fault: WriteFault): ProxyFault {
  switch (fault) {
    case 'rate_limited':
      // WordPress has no limits; this is what a host in front of it says.
      return {
        kind: 'answer',
        when: 'before',
        status: 429,
        headers: { 'retry-after': String(rateLimitSeconds) },
        body: { code: 'too_many_requests', message: 'Slow down' },
      }
    case 'rejected':
      return {
        kind: 'answer',
        when: 'before',
        status: 400,
        body: { code: 'rest_invalid_param', message: 'Invalid parameter(s): status', data: { status: 400 } },
      }
    case 'error_before':
    case 'error_after':
      return { kind: 'answer', when: fault === 'error_before' ? 'before' : 'after', status: 500, body: {} }
    case 'cut_before':
    case 'silence_before':
      return { kind: fault === 'cut_before' ? 'cut' : 'silence', when: 'before' }
    case 'cut_after':
    case 'silence_after':
      return { kind: fault === 'cut_after' ? 'cut' : 'silence', when: 'after' }
  }
}
