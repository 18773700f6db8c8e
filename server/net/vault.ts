import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/**
 * Seals secrets with AES-256-GCM. A sealed value is: key id (4 bytes), nonce (12), tag (16), ciphertext.
 * `context` is bound in as additional data, so that a sealed value moved to another row or column does not open.
 */
export interface Vault {
  seal(value: unknown, context: string): Buffer
  open(sealed: Uint8Array, context: string): unknown
  /** Signs text that goes out in an address: HMAC-SHA256 in base64url, the same for the same text. */
  sign(text: string, context: string): string
  /** In constant time; signatures of older keys still hold. */
  verify(text: string, signature: string, context: string): boolean
}

/** @param secretKeys the current key first, then older ones that may still open; each any string of 32 or more characters. */
export function createVault(secretKeys: string[]): Vault {
  if (secretKeys.length === 0 || secretKeys.some((key) => key.length < 32))
    throw new Error('FANFARE_SECRET_KEY must have at least 32 characters')
  const keys = secretKeys.map((secret) => {
    const material = Buffer.from(hkdfSync('sha256', secret, 'fanfare', 'vault', 36))
    const signing = Buffer.from(hkdfSync('sha256', secret, 'fanfare', 'signing', 32))
    return { id: material.subarray(0, 4), key: material.subarray(4), signing }
  })
  const current = keys[0] as (typeof keys)[0]
  return {
    seal(value, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([current.id, nonce, cipher.getAuthTag(), text])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      const key = keys.find(({ id }) => id.equals(bytes.subarray(0, 4)))
      if (!key)
        throw new Error('This secret was sealed with a key that is not configured (FANFARE_SECRET_KEY)')
      const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(4, 16))
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(16, 32))
      return JSON.parse(
        Buffer.concat([decipher.update(bytes.subarray(32)), decipher.final()]).toString('utf8'),
      )
    },
    sign: (text, context) => signature(current.signing, text, context).toString('base64url'),
    verify(text, given, context) {
      const bytes = Buffer.from(given, 'base64url')
      return keys.some(({ signing }) => {
        const right = signature(signing, text, context)
        return right.length === bytes.length && timingSafeEqual(right, bytes)
      })
    },
  }
}

/** The length of the context stands in front, so that no context and text can pass for another pair. */
const signature = (key: Buffer, text: string, context: string) =>
  createHmac('sha256', key).update(`${context.length}:${context}:${text}`).digest()
