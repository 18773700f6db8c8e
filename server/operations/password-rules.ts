import { invalidAt } from '../domain/refusal.ts'

/** NIST SP 800-63B: length is what counts, no rules about kinds of characters. The upper bound limits hashing work. */
export const passwordLengthMin = 8
export const passwordLengthMax = 200

export function requireGoodPassword(password: string): void {
  if (password.length < passwordLengthMin || password.length > passwordLengthMax)
    throw invalidAt(
      'password',
      `The password must have ${passwordLengthMin} to ${passwordLengthMax} characters`,
      'password_length',
    )
}
