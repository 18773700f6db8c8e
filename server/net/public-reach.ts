import { isIP } from 'node:net'
import { closedPolicy, isAllowedAddress } from './address-policy.ts'

/** Names that no public DNS answers (RFC 6761, RFC 6762, RFC 8375), and those of a single machine. */
const innerName = /(^|\.)(localhost|local|internal|test|invalid|example|home\.arpa)$/i

/**
 * Whether somebody elsewhere on the internet can possibly fetch from this address. It is judged by the address alone: a
 * public name may still lead nowhere, but `localhost` and private ranges lead nowhere for certain.
 */
export function isOutsideReachable(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host)) return isAllowedAddress(closedPolicy, host)
  return host.includes('.') && !innerName.test(host)
}
