// `npm test`: the same for the tests, so that it works right after `npm start` and after `npm ci`.
import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { findNode, install, root } from './installed.mjs'

install({ tests: true })

const node = findNode()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(node, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
})
process.exit(status === null ? 1 : status)
