import { createHash } from 'node:crypto'

/** Random tokens are kept as their SHA-256: they have 256 bits of their own, so no salt and no slow hash is needed. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()
