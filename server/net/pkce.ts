import { createHash } from 'node:crypto'

/** The S256 challenge of a PKCE code verifier (RFC 7636, section 4.2). */
export const challengeOf = (codeVerifier: string): string =>
  createHash('sha256').update(codeVerifier).digest('base64url')
