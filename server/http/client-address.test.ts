import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import type { TrustedProxies } from './client-address.ts'

const proxy = '10.0.0.1'

async function withServer(
  trustedProxies: TrustedProxies,
  story: (server: Awaited<ReturnType<typeof testApp>>) => Promise<void>,
) {
  const server = await testApp({ trustedProxies })
  try {
    await story(server)
  } finally {
    await server.close()
  }
}

type Server = Awaited<ReturnType<typeof testApp>>

const guess = (server: Server, forwarded: string, remoteAddress = proxy) =>
  server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    remoteAddress,
    headers: { 'x-forwarded-for': forwarded },
    payload: { email: 'owner@example.com', password: 'a guess' },
  })

/** Guesses until the server has had enough, and tells how many it took. */
async function guessesLetThrough(server: Server, forwarded: (guess: number) => string, from?: string) {
  for (let count = 0; count < 15; count++)
    if ((await guess(server, forwarded(count), from)).statusCode === 429) return count
  return 15
}

/** The address that the audit log has for what the owner does now. */
async function auditedAddress({ owner, ctx }: Server, forwarded: string, remoteAddress = proxy) {
  await owner(
    'PATCH',
    `/api/v1/workspaces/${owner.workspaceId}`,
    { name: ctx.newId() },
    {
      headers: { 'x-forwarded-for': forwarded },
      remoteAddress,
    },
  )
  const { ip } = await ctx.db
    .selectFrom('events')
    .select('ip')
    .where('type', '=', 'workspace.updated')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  return ip
}

test('a forged X-Forwarded-For changes nothing: guesses are counted by the connection, and so is the audit log', async () => {
  await withServer(null, async (server) => {
    expect(await guessesLetThrough(server, (count) => `198.51.100.${count}`)).toBe(10)
    expect(await auditedAddress(server, '198.51.100.99')).toBe(proxy)
  })
})

test('behind one proxy the address it saw counts, and nothing that the caller wrote before it', async () => {
  await withServer({ hops: 1 }, async (server) => {
    expect(await guessesLetThrough(server, (count) => `192.0.2.${count}, 198.51.100.1`)).toBe(10)
    expect((await guess(server, '198.51.100.2')).statusCode).toBe(401)
    expect(await auditedAddress(server, '192.0.2.1, 198.51.100.3')).toBe('198.51.100.3')
  })
})

test('proxies named by address are believed, and nobody else who forwards', async () => {
  await withServer({ ranges: ['10.0.0.0/8'] }, async (server) => {
    expect(await auditedAddress(server, '192.0.2.1, 198.51.100.3, 10.9.9.9')).toBe('198.51.100.3')
    expect(await auditedAddress(server, '198.51.100.3', '203.0.113.5')).toBe('203.0.113.5')
    expect(await guessesLetThrough(server, (count) => `198.51.100.${count}`, '203.0.113.5')).toBe(10)
  })
})

test('words that are no address leave the proxy as the caller', async () => {
  await withServer({ hops: 1 }, async (server) => {
    expect(await auditedAddress(server, 'unknown')).toBe(proxy)
    expect(await auditedAddress(server, '198.51.100.3:51234')).toBe(proxy)
  })
})
