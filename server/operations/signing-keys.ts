import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import {
  currentSigningKey,
  insertSigningKey,
  lockSigningKeys,
  publicSigningKeys,
  type SigningKey,
} from '../storage/signing-keys.ts'
import type { Context } from './context.ts'

/** The key that signs access tokens; made at the first need and kept, sealed, in the database. */
export async function signingKey(ctx: Context): Promise<{ id: string; key: KeyObject }> {
  const stored = (await currentSigningKey(ctx.db)) ?? (await makeSigningKey(ctx))
  const pem = ctx.vault.open(stored.privateKey, vaultContext(stored.id)) as string
  return { id: stored.id, key: createPrivateKey(pem) }
}

/** What /.well-known/jwks.json shows, so that a gateway can check our tokens by itself. */
export async function publicKeys(ctx: Context): Promise<JWK[]> {
  await signingKey(ctx)
  return (await publicSigningKeys(ctx.db)) as JWK[]
}

async function makeSigningKey(ctx: Context): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const id = ctx.newId()
  const publicJwk = {
    ...createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }),
    kid: id,
    alg: 'RS256',
    use: 'sig',
  }
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  return await ctx.db.transaction().execute(async (tx) => {
    await lockSigningKeys(tx)
    const others = await currentSigningKey(tx)
    if (others) return others
    const key = { id, privateKey: ctx.vault.seal(pem, vaultContext(id)) }
    await insertSigningKey(tx, { ...key, publicJwk }, ctx.clock.now())
    return key
  })
}

const vaultContext = (keyId: string) => `signing-key:${keyId}`
