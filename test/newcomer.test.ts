import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startFanfare } from './fanfare.ts'

/** The page a newcomer follows, run as it stands. */
const page = join(import.meta.dirname, '../docs/sandbox.md')

test('a newcomer connects three networks, publishes and looks at the feed, by the commands of docs/sandbox.md', async () => {
  const [start, ...commands] = await shellBlocks(page)
  expect(start).toContain('npm start')
  expect(commands.length).toBeGreaterThan(4)
  const fanfare = await startFanfare()
  try {
    const script = commands.join('\n').replace('FANFARE=http://localhost:8007', `FANFARE=${fanfare.url}`)
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-eo', 'pipefail', '-c', script], {
      timeout: 120_000,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    })
    const text = 'Good morning! The ovens are on since four. https://bakery.example/today'
    for (const network of ['telegram', 'discord', 'mastodon'])
      expect(stdout.split('\n')).toContain(`${network}: ${text}`)
    expect(stdout).toMatch(/\d+ entries in the log/)
    expect(stdout).toContain('telegram 2')
    const feed = await (await fetch(`${fanfare.url}/sandbox`)).text()
    expect(feed).toContain('Fresh rolls at six')
  } finally {
    await fanfare.stop()
  }
}, 240_000)

async function shellBlocks(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
}
