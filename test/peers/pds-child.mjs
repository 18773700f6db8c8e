/**
 * A real Bluesky server (PDS) with its directory of identities (PLC), both in memory or a temporary folder, both on
 * loopback only. Started by pds.ts as a child process; plain JavaScript, because its packages are not the project's.
 *
 * Messages: it sends `{ url, plcUrl }` once it listens, and takes `{ advanceMs }`, which moves its clock forward.
 */
import { mkdir } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'

// The packages listen on every interface; a test server must not.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' && typeof rest[0] !== 'string'
    ? listen.call(this, port, '127.0.0.1', ...rest)
    : listen.call(this, port, ...rest)
}

// Tokens expire by this clock, so that "two hours later" is a message and not a wait.
const RealDate = Date
let shiftMs = 0
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shiftMs)
    else super(...parts)
  }
  static now() {
    return RealDate.now() + shiftMs
  }
}
process.on('message', (message) => {
  if (typeof message?.advanceMs === 'number') {
    shiftMs += message.advanceMs
    process.send?.({ shiftMs })
  }
})
process.on('disconnect', () => process.exit(0))

const [folder] = process.argv.slice(2)
const plc = await import('@did-plc/server')
const { PDS } = await import('@atproto/pds')
const { Secp256k1Keypair } = await import('@atproto/crypto')

const plcPort = await freePort()
const plcServer = plc.PlcServer.create({ db: plc.Database.mock(), port: plcPort })
await plcServer.start()

const port = await freePort()
const rotationKey = await Secp256k1Keypair.create({ exportable: true })
await mkdir(join(folder, 'data'), { recursive: true })
const pds = await PDS.fromEnv({
  devMode: true,
  hostname: 'localhost',
  port,
  dataDirectory: join(folder, 'data'),
  blobstoreDiskLocation: join(folder, 'blobs'),
  didPlcUrl: `http://localhost:${plcPort}`,
  recoveryDidKey: (await Secp256k1Keypair.create()).did(),
  plcRotationKeyK256PrivateKeyHex: Buffer.from(await rotationKey.export()).toString('hex'),
  adminPassword: 'admin-password-of-the-tests',
  jwtSecret: 'jwt-secret-of-the-tests-and-only-theirs',
  serviceHandleDomains: ['.test'],
  bskyAppViewUrl: 'https://appview.invalid',
  bskyAppViewDid: 'did:example:invalid',
  modServiceUrl: 'https://moderator.invalid',
  modServiceDid: 'did:example:invalid',
  inviteRequired: false,
  disableSsrfProtection: true,
  rateLimitsEnabled: true,
  logEnabled: false,
})
await pds.start()
// Handles of this server are asked of this server, since `.test` is in no DNS.
pds.ctx.idResolver.handle.resolve = async (handle) => {
  const account = await pds.ctx.accountManager.getAccount(handle)
  return account?.did
}
process.send?.({ url: `http://localhost:${port}`, plcUrl: `http://localhost:${plcPort}` })

async function freePort() {
  const server = net.createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: found } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return found
}
