/**
 * The sandbox alone, in a process of its own: `node sandbox/main.ts --folder ./data/sandbox --port 8008`.
 * `--own-origin <address>` names a server that consent may lead back to and media may be pulled from; addresses of this
 * machine need no naming while `--public-url` is none but its own. Prints one line of JSON, `{"sandbox":"http://127.0.0.1:8008/sandbox"}`, when it is ready.
 */
import { parseArgs } from 'node:util'
import { startSandbox } from './start.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: './data/sandbox' },
    port: { type: 'string', default: '8008' },
    'public-url': { type: 'string' },
    'own-origin': { type: 'string', multiple: true, default: [] },
    'control-key': { type: 'string' },
    feed: { type: 'string', default: 'local' },
  },
})

const running = await startSandbox({
  folder: values.folder,
  port: Number(values.port),
  publicUrl: values['public-url'] ?? null,
  ownOrigins: values['own-origin'],
  controlKey: values['control-key'] ?? null,
  feed: values.feed === 'open' ? 'open' : 'local',
})
console.log(JSON.stringify({ sandbox: running.url }))

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void running.close().then(() => process.exit(0)))
