/** The database is killed with SIGKILL while posts go out, and comes back: nothing is lost and nothing doubled. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { startEngine } from '../../server/engine/engine.ts'
import { startEmbedded } from '../../server/storage/embedded.ts'
import { migrate } from '../../server/storage/migrate.ts'
import { bareContext } from '../bare-context.ts'
import { addAccounts, schedulePosts, until } from '../deliveries.ts'
import { quickTiming } from '../engine.ts'
import { scriptedNetwork } from '../engine-network.ts'
import { testTenant } from '../tenant.ts'

test('the database is killed three times while two hundred posts go out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-crash-'))
  const server = await startEmbedded({ folder })
  await migrate(server.connectionString)
  const scripted = scriptedNetwork()
  const { ctx, close } = bareContext(server.connectionString, [scripted.network])
  const tenant = await testTenant(ctx)
  const accountIds = await addAccounts(ctx, tenant, 20)
  const killDatabase = async () => {
    const pid = Number((await readFile(join(folder, 'cluster/postmaster.pid'), 'utf8')).split('\n')[0])
    process.kill(pid, 'SIGKILL')
  }
  const engine = startEngine(ctx, { listenUrl: server.connectionString, timing: quickTiming })
  const left = async () => {
    const { rows } = await sql<{ left: number }>`
      select count(*)::int as left from deliveries where state <> 'published'`.execute(ctx.db)
    return rows[0]?.left ?? -1
  }

  await schedulePosts(
    ctx,
    tenant,
    Array.from({ length: 200 }, (_, n) => ({
      accountIds: [accountIds[n % 20] as string],
      text: `Post ${n}`,
      dueAt: new Date(),
    })),
  )
  for (const share of [20, 80, 140]) {
    await until(
      () => scripted.posts.length,
      (count) => count >= share,
      60_000,
    )
    await killDatabase()
  }
  await until(left, (count) => count === 0, 90_000)
  expect(scripted.posts).toHaveLength(200)
  expect(new Set(scripted.posts.map((post) => post.text)).size).toBe(200)

  await engine.stop()
  await close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}, 180_000)
