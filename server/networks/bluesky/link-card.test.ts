import sharp from 'sharp'
import { expect, test } from 'vitest'
import { sampleImage } from '../conformance-samples.ts'
import type { Json } from '../network.ts'
import { bluesky as network } from './index.ts'
import { previewIn } from './page-preview.ts'
import { answer, methodOf, type Script, testAccount } from './test-account.ts'

const page = `<!doctype html><html><head>
<meta property="og:title" content="The &amp; page">
<meta property='og:description' content="What it
  says">
<meta property="og:image" content="/picture.png">
</head><body><p>Hello</p></body></html>`

const picture = await sharp({ create: { width: 2400, height: 1200, channels: 3, background: 'teal' } })
  .png()
  .toBuffer()

const site =
  (overrides: Record<string, ReturnType<typeof answer>> = {}): Script =>
  ({ url }) => {
    if (!url.startsWith('https://page.example/')) return null
    const path = new URL(url).pathname
    if (overrides[path]) return overrides[path]
    if (path === '/a/page') return answer(200, page, { 'content-type': 'text/html; charset=utf-8' })
    if (path === '/picture.png') return answer(200, picture, { 'content-type': 'image/png' })
    return answer(404, 'not here', { 'content-type': 'text/html' })
  }

const link = 'https://page.example/a/page'

type External = {
  uri: string
  title: string
  description: string
  thumb?: { mimeType: string; size: number }
}
const cardOf = (record: Record<string, Json> | undefined) =>
  (record?.embed as { external?: External } | undefined)?.external

test('a link becomes a card with what the page says of itself, its picture made small', async () => {
  await using bluesky = await testAccount()
  bluesky.script(site())
  const [record] = bluesky.records(await bluesky.plan({ text: 'Look', link, contentType: 'link' }))
  expect(cardOf(record)).toMatchObject({
    uri: link,
    title: 'The & page',
    description: 'What it says',
    thumb: { mimeType: 'image/jpeg' },
  })
  expect(cardOf(record)?.thumb?.size).toBeLessThan(1_000_000)
})

test('the first address in the text becomes the card, unless it is not wanted', async () => {
  await using bluesky = await testAccount()
  bluesky.script(site())
  const text = `Look at ${link} and https://other.example`
  expect(cardOf(bluesky.records(await bluesky.plan({ text }))[0])?.title).toBe('The & page')
  const [without] = bluesky.records(await bluesky.plan({ text, options: { linkCard: false } }))
  expect(without?.embed).toBeUndefined()
})

test('whatever the page does, the post goes out: a plain card names the address', async () => {
  await using bluesky = await testAccount()
  const broken: Record<string, ReturnType<typeof answer>>[] = [
    { '/a/page': answer(500, 'broken') },
    { '/a/page': { kind: 'no_answer', why: 'No answer in time' } },
    { '/a/page': { kind: 'not_sent', why: 'private', blocked: true } },
    { '/a/page': answer(200, Buffer.from('%PDF'), { 'content-type': 'application/pdf' }) },
  ]
  for (const overrides of broken) {
    bluesky.script(site(overrides))
    const [record] = bluesky.records(await bluesky.plan({ text: 'Look', link, contentType: 'link' }))
    expect(cardOf(record)).toEqual({ uri: link, title: 'page.example', description: '' })
  }
})

test('a picture that is none, or does not come, is left out', async () => {
  await using bluesky = await testAccount()
  for (const bad of [
    answer(200, Buffer.from('not a picture'), { 'content-type': 'image/png' }),
    answer(404, 'gone'),
    { kind: 'no_answer', why: 'No answer in time' } as const,
  ]) {
    bluesky.script(site({ '/picture.png': bad }))
    const [record] = bluesky.records(await bluesky.plan({ text: 'Look', link, contentType: 'link' }))
    expect(cardOf(record)).toEqual({ uri: link, title: 'The & page', description: 'What it says' })
  }
})

test('beside media there is no card, so the link goes to the end of the text and is marked there', async () => {
  await using bluesky = await testAccount()
  bluesky.script(site())
  const image = await sampleImage(network.limits)
  const [record] = bluesky.records(await bluesky.plan({ text: 'Look', link, contentType: 'image' }, [image]))
  expect(record?.text).toBe(`Look\n\n${link}`)
  expect(record?.embed).toMatchObject({ $type: 'app.bsky.embed.images' })
  expect(JSON.stringify(record?.facets)).toContain(link)
  expect(bluesky.sent.map(methodOf)).toEqual(['com.atproto.repo.uploadBlob'])
})

test('a page is read as browsers read it', () => {
  expect(previewIn('<title>Only a title</title>', link)).toEqual({
    title: 'Only a title',
    description: '',
    imageUrl: null,
  })
  const twice =
    '<meta property="og:image" content="http://a.example/1.png"><meta property="og:image" content="2.png">'
  expect(previewIn(twice, link).imageUrl).toBe('http://a.example/1.png')
  expect(previewIn('<meta name="twitter:image" content="2.png">', link).imageUrl).toBe(
    'https://page.example/a/2.png',
  )
  expect(previewIn('<meta property="og:image" content="javascript:alert(1)">', link).imageUrl).toBeNull()
  const long = previewIn(`<title>${'word '.repeat(200)}</title>`, link).title
  expect(long).toHaveLength(300)
  expect(long.endsWith('…')).toBe(true)
  expect(previewIn('<<<not html at all', link).title).toBe('')
})
