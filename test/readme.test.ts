import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startFanfare } from './fanfare.ts'

const root = join(import.meta.dirname, '..')

test('the first post of the README goes out by its very commands', async () => {
  const text = await readFile(join(root, 'README.md'), 'utf8')
  const [start, commands = ''] = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
  expect(start).toContain('npm start')
  const fanfare = await startFanfare()
  try {
    const script = commands.replace('http://localhost:8007', fanfare.url)
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-eo', 'pipefail', '-c', script], {
      timeout: 60_000,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    })
    expect(stdout).toContain("status: 'published'")
    expect(await (await fetch(`${fanfare.url}/sandbox`)).text()).toContain('Fresh rolls at six.')
  } finally {
    await fanfare.stop()
  }
}, 180_000)

test('the pages name files that exist', async () => {
  for (const page of ['README.md', 'ARCHITECTURE.md', 'STYLE.md', 'docs/running.md', 'docs/sandbox.md']) {
    const text = await readFile(join(root, page), 'utf8')
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) =>
      join(root, dirname(page), link ?? ''),
    )
    const files = [...text.matchAll(/`(server\/[a-z/-]+\.ts)`/g)].map(([, file]) => join(root, file ?? ''))
    for (const path of [...links, ...files]) expect(existsSync(path), `${page} names ${path}`).toBe(true)
  }
})
