/**
 * snac2, a real server with Mastodon's API that is nothing like Mastodon inside: for tests of what such servers do
 * differently. Started in a folder of its own, as a user that may do nothing, on loopback.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const installed = join(import.meta.dirname, '.snac2', 'snac')

/** Why there is no snac2 to test against; null when there is one. */
export const snac2Missing: string | null = existsSync(installed)
  ? null
  : 'snac2 is not installed (sh test/peers/install-snac2.sh)'

/** snac2 refuses to run as root; `nobody` on Debian. */
const nobody = 65_534
/** It starts in half a second. */
const startTimeoutMs = 20_000

export interface Snac2 {
  /** `http://127.0.0.1:<port>` */
  url: string
  createUser(): Promise<Snac2User>
  close(): Promise<void>
}

export interface Snac2User {
  name: string
  password: string
}

export async function startSnac2(): Promise<Snac2> {
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: nobody, gid: nobody } : {}
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-snac2-'))
  // Where the program was unpacked, another user may not look.
  const program = join(folder, 'snac')
  await copyFile(installed, program)
  await chmod(program, 0o755)
  if (isRoot) await chown(folder, nobody, nobody)
  const data = join(folder, 'data')
  const port = await freePort()
  const host = `127.0.0.1:${port}`

  // Address, port, host name, path prefix, admin's address: what it asks for on its terminal.
  await run(program, ['init', data], as, ['127.0.0.1', String(port), host, '', ''])
  const config = join(data, 'server.json')
  const settings = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>
  await writeFile(config, JSON.stringify({ ...settings, protocol: 'http' }))

  const server = spawn(program, ['httpd', data], { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
  const url = `http://${host}`
  await untilItAnswers(url, server)
  let users = 0

  return {
    url,
    async createUser() {
      const name = `person${++users}`
      const said = await run(program, ['adduser', data, name], as, ['', '', ''])
      const password = /User password is (\S+)/.exec(said)?.[1]
      if (!password) throw new Error(`snac2 made no user: ${said}`)
      return { name, password }
    },
    async close() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGKILL')
        await once(server, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Logs in on the consent page as a person does, by its HTML form; answers where it sends the browser. */
export async function consentAtSnac2(authorizeUrl: string, user: Snac2User): Promise<string> {
  const page = await (await fetch(authorizeUrl)).text()
  const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]
  if (!action) throw new Error(`This is no consent page: ${page.slice(0, 200)}`)
  const form = new URLSearchParams({ login: user.name, passwd: user.password })
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
    form.set(String(name), String(value).replaceAll('&amp;', '&'))
  const answer = await fetch(action, { method: 'POST', body: form, redirect: 'manual' })
  const location = answer.headers.get('location')
  if (!location) throw new Error(`The login was refused: ${answer.status}`)
  return location
}

async function run(program: string, args: string[], as: object, lines: string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...as, timeout: startTimeoutMs }, (error, out, complaints) =>
      error ? reject(new Error(`snac2 ${args[0]}: ${error.message}`)) : resolve(out + complaints),
    )
    child.stdin?.end(`${lines.join('\n')}\n`)
  })
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  let complaints = ''
  server.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-2000)
  })
  while (Date.now() < deadline && server.exitCode === null) {
    const answers = await fetch(`${url}/api/v1/instance`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) return
    await new Promise((again) => setTimeout(again, 50))
  }
  server.kill('SIGKILL')
  throw new Error(`snac2 did not start: ${complaints}`)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
