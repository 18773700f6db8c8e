import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { allNetworks } from './index.ts'
import type { Network } from './network.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/networks.md', import.meta.url)), 'utf8')

test("the page of networks says what the networks' own data says", () => {
  // When this fails: the rows between the two marks of docs/networks.md become those that are expected here.
  const shown = page.split('<!-- from the data -->\n')[1]?.split('<!-- end -->')[0]
  expect(rowsOf(shown ?? '')).toEqual(rowsOf(allNetworks.map(rowOf).join('\n')))
})

test('and says for every network what its simulator is held against, and what stayed unconfirmed', () => {
  const held = page.split('## What the simulators are held against')[1] ?? ''
  for (const { name } of allNetworks) expect(held).toContain(`| ${name} |`)
})

/** The rows of a table, without its head, and without the blanks that align it. */
const rowsOf = (table: string) =>
  table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| network'))
    .map((line) => line.replaceAll(/\s*\|\s*/g, ' | ').trim())

function rowOf(network: Network): string {
  const { limits } = network
  const yes = (is: unknown) => (is ? 'yes' : '')
  const files = (['image', 'video', 'document'] as const).flatMap((kind) => {
    const limit = limits[kind]
    return limit ? [`${limit.countMax} ${limit.countMax === 1 ? kind : `${kind}s`}`] : []
  })
  const cells = [
    network.name,
    `${limits.text.max} ${limits.text.unit}`,
    `${files.join(', ')}${limits.mediaRequired ? ' (one is a must)' : ''}`,
    limits.altTextMax === null ? '' : String(limits.altTextMax),
    yes(limits.threads),
    yes(limits.firstComment),
    yes(network.remove),
    yes(network.metrics),
    yes(network.accountMetrics),
    repeatable(network),
    limits.pullsMedia ? 'fetches them' : 'takes them',
  ]
  return `| ${cells.join(' | ')} |`
}

/** For how long the same write can be sent again without a double. */
function repeatable({ recovery, recoveryFor }: Network): string {
  if (recovery.repeatableMs > 0) return `${recovery.repeatableMs / 60_000} min`
  return recoveryFor ? 'some accounts' : ''
}
