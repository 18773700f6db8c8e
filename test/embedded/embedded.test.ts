/**
 * The embedded PostgreSQL, each promise tried by doing: as an ordinary user, and as root when the tests run as root.
 * Every server runs in a process of its own, which is killed and started again.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isAlive, postmasterPid } from '../../server/storage/embedded/postmaster-file.ts'
import { canReach, type SystemUser } from '../../server/storage/embedded/system-user.ts'

const script = join(import.meta.dirname, 'server.ts')
const isRoot = userInfo().uid === 0
/** Some user of every system who is not root and never runs our database for root. */
const ordinary: SystemUser | null = isRoot ? await namedUser('daemon') : null

async function namedUser(wanted: string): Promise<SystemUser> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const [, , uid, gid] = users.find(([name]) => name === wanted) ?? []
  if (!uid || !gid) throw new Error(`There is no user ${wanted}`)
  return { uid: Number(uid), gid: Number(gid) }
}

// Each test starts servers several times; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000 })

const children: ChildProcess[] = []
const folders: string[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) {
    await killPostmaster(join(folder, 'pg')).catch(() => undefined)
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
})

interface Said {
  connectionString?: string
  refused?: string
  gone?: string
}

/** A folder of the user's own; the database goes into `pg` in it. */
async function newFolder(user: SystemUser | null, mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-embedded-'))
  folders.push(folder)
  if (user) await chown(folder, user.uid, user.gid)
  await chmod(folder, mode)
  return folder
}

async function start(folder: string, user: SystemUser | null) {
  const child = spawn(process.execPath, [script, join(folder, 'pg')], {
    ...user,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  const said = (): Said =>
    Object.assign(
      {},
      ...text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    )
  const ended = once(child, 'exit')
  return {
    child,
    ended,
    said,
    async ready(): Promise<string> {
      await vi.waitFor(() => expect(text).not.toBe(''), { timeout: 60_000 })
      expect(said(), text).toHaveProperty('connectionString')
      return said().connectionString as string
    },
    async kill(signal: NodeJS.Signals) {
      child.kill(signal)
      return await ended
    },
  }
}

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function killPostmaster(folder: string) {
  const pid = await postmasterPid(join(folder, 'cluster'))
  if (pid !== null) process.kill(pid, 'SIGKILL')
}

const remember = (connectionString: string) =>
  query(connectionString, "create table kept (word text); insert into kept values ('kept')")
const recall = (connectionString: string) => query(connectionString, 'select word from kept')

const users: [string, SystemUser | null][] = isRoot
  ? [
      ['root', null],
      ['an ordinary user', ordinary],
    ]
  : [['an ordinary user', null]]

for (const [name, user] of users) {
  const reachable = await canReach(user, process.execPath).then(
    async (runs) => runs && (await canReach(user, dirname(script))),
  )
  if (!reachable) console.warn(`${name} cannot read this checkout; its embedded PostgreSQL is not tried.`)

  describe.runIf(reachable)(`as ${name}`, () => {
    test('first start, clean stop, later start with everything still there', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      await remember(await first.ready())
      expect(await first.kill('SIGTERM')).toEqual([0, null])
      expect(await postmasterPid(join(folder, 'pg/cluster'))).toBeNull()
      const second = await start(folder, user)
      expect(await recall(await second.ready())).toEqual([{ word: 'kept' }])
    })

    test('what was acknowledged is there after SIGKILL of everything', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      await remember(await first.ready())
      await first.kill('SIGKILL')
      await killPostmaster(join(folder, 'pg'))
      const second = await start(folder, user)
      expect(await recall(await second.ready())).toEqual([{ word: 'kept' }])
    })

    test('a database whose Fanfare was killed goes on under the next one', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      await remember(await first.ready())
      const pid = await postmasterPid(join(folder, 'pg/cluster'))
      await first.kill('SIGKILL')
      expect(await isAlive(pid as number)).toBe(true)
      const second = await start(folder, user)
      expect(await recall(await second.ready())).toEqual([{ word: 'kept' }])
      expect(await postmasterPid(join(folder, 'pg/cluster'))).toBe(pid)
      expect(await second.kill('SIGTERM')).toEqual([0, null])
      expect(await isAlive(pid as number)).toBe(false)
    })

    test('a second Fanfare on the folder is refused and told who runs there; the first notices nothing', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      const connectionString = await first.ready()
      const second = await start(folder, user)
      expect(await second.ended).toEqual([2, null])
      expect(second.said().refused).toMatch(/Another Fanfare runs on this data directory/)
      expect(second.said().refused).toContain(`process ${first.child.pid} on`)
      expect(await query(connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
    })

    test('of two first starts at once, one runs and one is refused', async () => {
      const folder = await newFolder(user)
      const both = await Promise.all([start(folder, user), start(folder, user)])
      await vi.waitFor(
        () =>
          expect(both.map((one) => Object.keys(one.said())[0]).sort()).toEqual([
            'connectionString',
            'refused',
          ]),
        { timeout: 60_000 },
      )
      const runs = both.find((one) => one.said().connectionString)
      expect(await query(runs?.said().connectionString as string, 'select 1 as one')).toEqual([{ one: 1 }])
    })

    test('a start killed in the middle of initdb leaves nothing in the way', async () => {
      const folder = await folderKilledInInitdb(user)
      const second = await start(folder, user)
      expect(await query(await second.ready(), 'select 1 as one')).toEqual([{ one: 1 }])
      expect((await readdir(join(folder, 'pg'))).filter((one) => one.startsWith('cluster.new'))).toEqual([])
    })

    test('a database that is killed while it runs comes back', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      const connectionString = await first.ready()
      await remember(connectionString)
      const pid = await postmasterPid(join(folder, 'pg/cluster'))
      await killPostmaster(join(folder, 'pg'))
      await vi.waitFor(
        async () => {
          expect(await recall(connectionString)).toEqual([{ word: 'kept' }])
          expect(await postmasterPid(join(folder, 'pg/cluster'))).not.toBe(pid)
        },
        { timeout: 25_000, interval: 100 },
      )
      expect(first.child.exitCode).toBeNull()
    })

    test('a process number that now belongs to another program is seen through', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      await remember(await first.ready())
      await first.kill('SIGKILL')
      const file = join(folder, 'pg/cluster/postmaster.pid')
      const text = await readFile(file, 'utf8')
      await killPostmaster(join(folder, 'pg'))
      const owner = await stat(join(folder, 'pg/cluster'))
      const bystander = spawn('sleep', ['600'], { uid: owner.uid, gid: owner.gid, cwd: '/' })
      children.push(bystander)
      await writeFile(file, text.replace(/^\d+/, String(bystander.pid)))
      const second = await start(folder, user)
      expect(await recall(await second.ready())).toEqual([{ word: 'kept' }])
      expect(bystander.exitCode).toBeNull()
    })

    test('a path too long for a socket has its socket elsewhere, still for its user alone', async () => {
      const outer = await newFolder(user)
      const folder = join(outer, 'a-long-name-'.repeat(8))
      await mkdir(folder)
      if (user) await chown(folder, user.uid, user.gid)
      const first = await start(folder, user)
      const connectionString = await first.ready()
      expect(await query(connectionString, 'select 1 as one')).toEqual([{ one: 1 }])
      const run = decodeURIComponent(connectionString.split('host=')[1] as string)
      expect(run.startsWith(folder)).toBe(false)
      expect((await stat(run)).mode & 0o777).toBe(0o700)
      expect(await first.kill('SIGTERM')).toEqual([0, null])
      await rm(run, { recursive: true })
    })

    test('nobody else reads the data, and the server listens on no port', async () => {
      const folder = await newFolder(user)
      const first = await start(folder, user)
      const connectionString = await first.ready()
      for (const part of ['', 'cluster', 'run'])
        expect((await stat(join(folder, 'pg', part))).mode & 0o077).toBe(0)
      expect(await query(connectionString, 'show listen_addresses')).toEqual([{ listen_addresses: '' }])
    })

    test('a folder with something else in it, and a database of another version, are left alone', async () => {
      const folder = await newFolder(user)
      const cluster = join(folder, 'pg/cluster')
      await mkdir(cluster, { recursive: true })
      for (const path of [join(folder, 'pg'), cluster]) if (user) await chown(path, user.uid, user.gid)
      await writeFile(join(cluster, 'holiday.jpg'), '')
      const first = await start(folder, user)
      expect(await first.ended).toEqual([2, null])
      expect(first.said().refused).toMatch(/holds something that is no PostgreSQL data folder/)
      await writeFile(join(cluster, 'PG_VERSION'), '17\n')
      const second = await start(folder, user)
      expect(await second.ended).toEqual([2, null])
      expect(second.said().refused).toMatch(/made by PostgreSQL 17; this Fanfare brings 18/)
    })
  })
}

test.runIf(isRoot)('a user without a name is told what to do', async () => {
  const user = { uid: 23_456, gid: 23_456 }
  if (!(await canReach(user, dirname(script))))
    return console.warn('Left out: this checkout is not readable to all.')
  const folder = await newFolder(user)
  const first = await start(folder, user)
  expect(await first.ended).toEqual([2, null])
  expect(first.said().refused).toMatch(/wants a user with a name.*DATABASE_URL/)
})

if (!isRoot) console.warn('The tests do not run as root; the embedded PostgreSQL is not tried as root.')

describe.runIf(isRoot)('as root, with data only root may reach', () => {
  test('the database runs as another user below a 0700 folder, before and after a SIGKILL of everything', async () => {
    const folder = await newFolder(null, 0o700)
    const first = await start(folder, null)
    await remember(await first.ready())
    const pid = (await postmasterPid(join(folder, 'pg/cluster'))) as number
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0')
    await first.kill('SIGKILL')
    const second = await start(folder, null)
    expect(await recall(await second.ready())).toEqual([{ word: 'kept' }])
    await second.kill('SIGKILL')
    await killPostmaster(join(folder, 'pg'))
    await pause(0)
    const third = await start(folder, null)
    expect(await recall(await third.ready())).toEqual([{ word: 'kept' }])
    expect(await third.kill('SIGTERM')).toEqual([0, null])
  })
})

/** A data folder whose first start was killed while initdb ran. On a slow machine the kill may come too late: again. */
async function folderKilledInInitdb(user: SystemUser | null): Promise<string> {
  for (let tries = 0; tries < 10; tries++) {
    const folder = await newFolder(user)
    const first = await start(folder, user)
    const inside = (name: string) => readdir(join(folder, 'pg', name)).catch((): string[] => [])
    await vi.waitFor(
      async () => {
        const begun = (await inside(`cluster.new-${first.child.pid}`)).includes('base')
        expect(begun || (await inside('.')).includes('cluster')).toBe(true)
      },
      { timeout: 20_000, interval: 5 },
    )
    await first.kill('SIGKILL')
    if (!(await inside('.')).includes('cluster')) return folder
  }
  throw new Error('initdb was too fast to be killed, ten times')
}
