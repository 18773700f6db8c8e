import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * Passwords are kept as argon2id in the PHC string form, `$argon2id$v=19$m=..,t=..,p=..$salt$hash`.
 * 19 MiB, 2 passes, 1 lane: OWASP's recommendation (Password Storage Cheat Sheet, read 2026-11). About 50 ms.
 */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }

const derive = promisify(argon2)

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive('argon2id', { message: normal(password), nonce: salt, tagLength: 32, ...cost })
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(hash)}`
}

/**
 * Takes as long for `stored: null` (no such user, or one without a password) as for a wrong password, so that the
 * time of an answer does not tell which e-mail addresses exist.
 */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const parsed = parse(stored ?? nobodys)
  const hash = await derive('argon2id', {
    message: normal(password),
    nonce: parsed.salt,
    tagLength: parsed.hash.length,
    ...parsed.cost,
  })
  return timingSafeEqual(hash, parsed.hash) && stored !== null
}

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

function parse(stored: string) {
  const [, memory, passes, parallelism, salt = '', hash = ''] = phc.exec(stored) ?? []
  if (!hash) throw new Error('A stored password hash is not in the argon2id PHC form')
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')

/** The same password typed on two keyboards may differ in composition; NFKC makes them one (NIST SP 800-63B 5.1.1.2). */
const normal = (password: string) => Buffer.from(password.normalize('NFKC'))

const nobodys = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(randomBytes(16))}$${text(randomBytes(32))}`
