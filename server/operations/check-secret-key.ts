import { keepSecretKeyProof, readSecretKeyProof } from '../storage/secret-key-proof.ts'
import type { Context } from './context.ts'

const vaultContext = 'secret-key-proof'

/**
 * Holds the configured key against the one this database was sealed with. A server that starts with another key would
 * work until the first account is needed, and then seal new secrets that the next start cannot open.
 * With an older key in second place the proof opens and is sealed anew with the current one.
 * @throws Error for the operator.
 */
export async function checkSecretKey(ctx: Context): Promise<void> {
  const sealed = () => ctx.vault.seal('Fanfare', vaultContext).toString('base64')
  const proof = await readSecretKeyProof(ctx.db)
  if (proof !== null) {
    try {
      ctx.vault.open(Buffer.from(proof, 'base64'), vaultContext)
    } catch {
      throw new Error(
        'The secret key is not the one this database was sealed with. Restore the file secret-key of the data ' +
          'directory or set FANFARE_SECRET_KEY to it; to change the key, set FANFARE_SECRET_KEY to "new,old".',
      )
    }
  }
  await keepSecretKeyProof(ctx.db, sealed(), ctx.clock.now())
}
