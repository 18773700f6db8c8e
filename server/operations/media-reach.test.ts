import { expect, test } from 'vitest'
import { scriptedNetworks } from '../../test/scripted-network.ts'
import { draftOf } from '../networks/conformance-samples.ts'
import type { Context } from './context.ts'
import { unreachableMedia } from './media-reach.ts'

const { square } = scriptedNetworks()
const pulling = { ...square.limits, pullsMedia: true }
const media = [
  {
    id: '1',
    kind: 'image' as const,
    mimeType: 'image/jpeg',
    filename: 'a.jpg',
    bytes: 1,
    width: 1,
    height: 1,
    durationMs: null,
    altText: null,
  },
]
/** Only what the check looks at. */
const at = (publicUrl: string, network = 'https://graph.square.com') =>
  ({ settings: { publicUrl }, origins: () => network }) as unknown as Context
const rules = (ctx: Context, limits = pulling, draft = draftOf({ media })) =>
  unreachableMedia(ctx, square, limits, draft, 'live').map(({ rule }) => rule)

test('a network that fetches media is told of an address it cannot reach, before anything is scheduled', () => {
  expect(rules(at('http://localhost:8007'))).toEqual(['media_unreachable'])
  expect(rules(at('https://fanfare.acme.org'))).toEqual([])
})

test('words alone, networks that take uploads, and networks on this machine need no public address', () => {
  expect(rules(at('http://localhost:8007'), pulling, draftOf({ text: 'x' }))).toEqual([])
  expect(rules(at('http://localhost:8007'), square.limits)).toEqual([])
  expect(rules(at('http://localhost:8007', 'http://localhost:8007/sandbox/square'))).toEqual([])
})
